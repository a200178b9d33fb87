import Foundation
import InputOutput

/// The circuit simulator ngspice, as an independent check.
public enum Ngspice {
  /// Where ngspice is on `PATH`, or `nil`.
  public static var executable: String? { ChildProcess.path(of: "ngspice") }

  /// What a batch run of `netlist` prints as "name = value".
  ///
  /// - Parameter timeLimit: how long ngspice may run.
  /// - Throws: `RunError` where ngspice is missing, cannot be started, takes too long or prints none.
  public static func printed(
    by netlist: String, timeLimit: Duration = .seconds(600)
  ) throws(RunError) -> [String: Double] {
    guard let executable else {
      throw RunError(
        "ngspice is missing: install the package ngspice (Debian, Ubuntu, Homebrew)")
    }
    // Without the start-up file of the user (-n), in batch mode (-b), the netlist on standard input.
    var ngspice = ChildProcess(executable, ["-n", "-b"], timeLimit: timeLimit)
    ngspice.input = Data(netlist.utf8)
    let outcome = try ngspice.run()
    switch outcome.end {
    case .exited: break
    case .outOfTime:
      throw RunError(
        "ngspice did not finish within \(timeLimit.components.seconds) s: a smaller array is expected"
      )
    case .killed, .tooMuchOutput: throw RunError("ngspice failed on the array's netlist")
    }
    let text = outcome.text
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
}
