import Foundation
import InputOutput

/// Another program's figures, measured in the same session by a script of `Benchmarks/peers`.
///
/// The scripts need Python with the other program; its path is taken from OHMWEAVE_PEER_PYTHON. Without
/// it figures stand without a baseline.
struct Peer {
  /// The other program's name.
  let name: String
  private var figures: [String: Double] = [:]

  /// Runs `script` once for every list of arguments and keeps the rows that it prints.
  init(_ name: String, script: String, runs: [[String]]) {
    self.name = name
    guard let python = ProcessInfo.processInfo.environment["OHMWEAVE_PEER_PYTHON"] else { return }
    for arguments in runs {
      let child = ChildProcess(
        python, ["Benchmarks/peers/\(script)"] + arguments, timeLimit: .seconds(3600))
      guard let outcome = try? child.run() else { return }
      for line in outcome.text.split(separator: "\n") {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count >= 3, let value = Double(fields[2]) else { continue }
        figures[String(fields[1])] = value
      }
    }
  }

  /// The baseline of a figure: the other program's value for `quantity`, where it was measured.
  func baseline(_ quantity: String) -> (name: String, value: Double)? {
    figures[quantity].map { (name, $0) }
  }
}
