import Foundation
import InputOutput
import NetworkJobs
import Reporting
import StrictYAML
import Testing

/// The section `circuit` of equilibrium propagation.
@Suite struct MeasuredSettlingTests {
  static func run(_ rule: String, hidden: Int = 12, in folder: String) throws -> TrainOutcome {
    let file = try TrainResumeTests.runFile(
      """
      rule: \(rule)
      network: {hidden: [\(hidden)]}
      optimizer: {name: sgd, rate: 0.002}
      """, in: folder)
    return try TrainJob(
      runFile: file, overrides: [try StrictOverride("epochs=1", option: "--set")]
    ).run(RunContext(output: "\(folder)/run", overwrites: true), resumes: false)
  }

  @Test("a run reports time and energy of both phases, sample by sample")
  func reported() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let rule =
      "{name: equilibrium-propagation, nudging: 0.1, circuit: {line-capacitance: 1 fF, read-bits: 6, samples: 4}}"
    let outcome = try Self.run(rule, in: folder)
    let text = try String(contentsOfFile: "\(folder)/run/samples.csv", encoding: .utf8)
    let rows = text.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows.count == 5 && rows.allSatisfy { $0.count >= 9 })
    for name in ["time to settle, free phase", "energy of the nudged phase"] {
      let figure = try #require(outcome.figures.first { $0.name == "\(name), mean of 4 samples" })
      #expect(figure.value > 0 && figure.value < 1)
    }
    // Settling is measured behind training: the network is the same without it.
    let weights = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/run/network.npz"))
    _ = try Self.run("{name: equilibrium-propagation, nudging: 0.1}", in: folder)
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/run/network.npz")) == weights)
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/run/samples.csv"))
  }

  @Test(
    "a circuit that cannot be is refused with the reason",
    arguments: [
      ("{name: equilibrium-propagation, circuit: {read-bits: 4}}", 12, "'line-capacitance'"),
      (
        "{name: equilibrium-propagation, model: energy, circuit: {node-capacitance: 1 fF}}", 12,
        "'model: resistive'"
      ),
      ("{name: equilibrium-propagation, circuit: {node-capacitance: 1 fF}}", 600, "512"),
    ])
  func refused(rule: String, hidden: Int, word: String) throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let errors = try #require(throws: InputErrors.self) {
      _ = try Self.run(rule, hidden: hidden, in: folder)
    }
    #expect(errors.description.contains("circuit") && errors.description.contains(word))
  }
}
