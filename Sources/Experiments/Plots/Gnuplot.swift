import Foundation
import InputOutput

/// The program that draws the figures.
public enum Gnuplot {
  /// Where gnuplot is on `PATH`, or `nil`.
  public static var executable: String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").lazy.map { "\($0)/gnuplot" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What gnuplot makes of `script`.
  ///
  /// - Throws: `RunError` where gnuplot is missing, cannot be started or refuses the script.
  static func run(_ script: String) throws(RunError) -> String {
    guard let executable else {
      throw RunError(
        "figures are drawn by gnuplot, which is missing: install the package gnuplot-nox "
          + "(Debian, Ubuntu) or gnuplot (Homebrew)")
    }
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = ["-"]
    // Personal settings and a window system would change the figures.
    process.environment = [
      "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "GNUTERM": "svg",
    ]
    let input = Pipe()
    let output = Pipe()
    let complaints = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = complaints
    do { try process.run() } catch {
      throw RunError("cannot start \(executable): \(error.localizedDescription)")
    }
    // Written from a thread of its own: gnuplot may write while it still reads.
    let writer = DispatchQueue(label: "gnuplot")
    let handle = input.fileHandleForWriting
    writer.async {
      try? handle.write(contentsOf: Data(script.utf8))
      try? handle.close()
    }
    let drawn = output.fileHandleForReading.readDataToEndOfFile()
    let said = String(
      decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, !drawn.isEmpty else {
      let lines = said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      throw RunError("gnuplot cannot draw a figure: \(lines.last ?? "no reason given")")
    }
    return String(decoding: drawn, as: UTF8.self)
  }
}

extension Plot {
  /// The figure as SVG text; the same data give the same text.
  ///
  /// - Throws: `RunError` where gnuplot is missing or refuses.
  public func svg() throws(RunError) -> String { try Gnuplot.run(script) }
}
