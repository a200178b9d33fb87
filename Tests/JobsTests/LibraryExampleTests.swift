import Foundation
import InputOutput
import TestSupport
import Testing

/// Examples/library: a package that depends on the product Ohmweave.
struct LibraryExampleTests {
  private static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL
  /// Built from the same source as the package's own executable.
  private static let program = OhmweaveCommand.path.map {
    URL(filePath: $0).deletingLastPathComponent().appending(path: "LibraryExample").path
  }.flatMap { FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil }

  @Test(
    "one import maps a matrix onto a crossbar and reads it",
    .enabled(if: program != nil, "the executable LibraryExample is not built"))
  func runs() throws {
    let result = try OhmweaveCommand.run([], executable: Self.program, folder: Self.project.path)
    #expect(result.status == 0, "\(result.complaints)")
    let lines = result.output.split(separator: "\n")
    try #require(lines.count == 4 && lines[0].hasPrefix("device   hfo2-1t1r"))
    for line in lines.dropFirst() {
      let numbers = line.split(separator: " ").compactMap { Double($0) }
      try #require(numbers.count == 3, "\(line)")
      // Errors of writing and reading of this device are below a tenth of the largest weight.
      #expect(abs(numbers[1] - numbers[2]) < 0.3, "\(line)")
      #expect(numbers[1] != numbers[2], "\(line)")
    }
  }

  @Test(
    "an unknown device ends with a sentence",
    .enabled(if: program != nil, "the executable LibraryExample is not built"))
  func unknown() throws {
    let result = try OhmweaveCommand.run(
      ["no-such-device"], executable: Self.program, folder: Self.project.path)
    #expect(result.status == 1 && result.complaints.contains("no-such-device"))
  }

  @Test("the manifest of the package names the product, and its source is that of the target here")
  func manifest() throws {
    let swift = try #require(ChildProcess.path(of: "swift"))
    let scratch = try ScratchFolder()
    let folder = Self.project.appending(path: "Examples/library").path
    var child = ChildProcess(
      swift,
      [
        "package", "--package-path", folder, "--scratch-path", scratch.path, "dump-package",
      ], timeLimit: .seconds(120))
    child.environment = ProcessInfo.processInfo.environment
    let outcome = try child.run()
    try #require(outcome.isSuccess, "\(outcome.lastComplaint ?? "")")
    #expect(outcome.text.contains("\"Ohmweave\"") && outcome.text.contains("\"ohmweave\""))
    let manifest = try String(
      contentsOf: Self.project.appending(path: "Package.swift"), encoding: .utf8)
    #expect(manifest.contains("path: \"Examples/library/Sources\""))
  }
}
