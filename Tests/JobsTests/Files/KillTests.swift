import Foundation
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(10)),
  .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct KillTests {
  /// `Scripts/kill-test 1000` does the same for longer.
  @Test("runs of all jobs, killed at random moments and started again, end with the same bits")
  func killed() throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Scripts/kill-test").standardizedFileURL
    let process = Process()
    process.executableURL = script
    process.arguments = ["24", "7"]
    var environment = ProcessInfo.processInfo.environment
    environment["OHMWEAVE"] = OhmweaveCommand.path
    process.environment = environment
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
  }
}
