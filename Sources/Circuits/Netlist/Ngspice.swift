import Foundation
import InputOutput

/// The circuit simulator ngspice, as an independent check.
public enum Ngspice {
  /// Where ngspice is on `PATH`, or `nil`.
  public static var executable: String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").lazy.map { "\($0)/ngspice" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What a batch run of `netlist` prints as "name = value".
  ///
  /// - Throws: `RunError` where ngspice is missing, cannot be started, or prints none.
  public static func printed(by netlist: String) throws(RunError) -> [String: Double] {
    guard let executable else {
      throw RunError(
        "ngspice is missing: install the package ngspice (Debian, Ubuntu, Homebrew)")
    }
    let file = FileManager.default.temporaryDirectory.appending(
      path: "ohmweave-\(UUID().uuidString).cir")
    try AtomicFile.write(netlist, to: file.path)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = ["-n", "-b", file.path]
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch {
      throw RunError("cannot start \(executable): \(error.localizedDescription)")
    }
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    var values: [String: Double] = [:]
    for line in text.split(separator: "\n") {
      let sides = line.split(separator: "=", maxSplits: 1)
      guard sides.count == 2,
        let value = Double(sides[1].trimmingCharacters(in: .whitespaces))
      else { continue }
      values[sides[0].trimmingCharacters(in: .whitespaces)] = value
    }
    guard !values.isEmpty else {
      throw RunError("ngspice found no operating point of the array")
    }
    return values
  }

  /// The largest deviation of a solution from ngspice's, over output and source currents, relative to
  /// the largest of them.
  ///
  /// - Parameter printed: what a run of the array's own netlist printed.
  /// - Throws: `RunError` where a current is missing.
  public static func deviation(
    of solution: ArraySolution, from printed: [String: Double]
  ) throws(RunError) -> Double {
    var largest = 0.0
    var worst = 0.0
    for (name, sign, currents) in [
      ("vo", 1.0, solution.outputCurrents), ("vs", -1.0, solution.sourceCurrents),
    ] {
      for (k, current) in currents.enumerated() {
        guard let other = printed["i(\(name)\(k))"] else {
          throw RunError("ngspice printed no current i(\(name)\(k))")
        }
        worst = max(worst, abs(current - sign * other))
        largest = max(largest, abs(other))
      }
    }
    return largest > 0 ? worst / largest : worst
  }
}
