import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Testing
import Training

/// The cells that hold the weights of a network that settles: written with errors, or pulsed; and what run files may ask for.
@Suite struct SettlingCellsTests {
  @Test("written cells scatter about digital numbers, anew in every step")
  func writeErrors() {
    var learning = SettlingHardwareTests.learning([40])
    for k in 0..<2 {
      learning.network.matrices[k].set(learning.network.matrices[k].weights.map { _ in 0.6 })
    }
    learning.rates = [0, 0]
    learning.cells = SettlingCells(
      writing: learning.network, error: 0.03, key: StreamKey(seed: 4))
    var seen: [[Float]] = []
    for step in 0..<3 {
      learning.apply(
        learning.changes(SettlingHardwareTests.x, labels: SettlingHardwareTests.labels, step: step))
      seen.append(learning.network.matrices.flatMap(\.weights))
    }
    for weights in seen {
      let n = Double(weights.count)
      var (mean, square): (Double, Double) = (0, 0)
      for weight in weights {
        let deviation = Double(weight) - 0.6
        mean += deviation / n
        square += deviation * deviation / n
      }
      let bound: Double = 4 * 0.03 / n.squareRoot()
      let ratio: Double = square.squareRoot() / 0.03
      #expect(abs(mean) < bound)
      #expect(ratio > 0.88 && ratio < 1.12)
    }
    #expect(seen[0] != seen[1] && seen[1] != seen[2])
  }

  static func rule(_ text: String) throws -> any TrainingRule {
    let file = try StrictFile(
      text: "network: {hidden: [8]}\noptimizer: {name: sgd, rate: 0.05}\n\(text)", source: "run")
    _ = file.root.child("rule").text("name")
    let setup = TrainingSetup(
      root: file.root, inputShape: [5], classCount: 3, batch: 9, stepsPerEpoch: 1, epochs: 50,
      key: StreamKey(seed: 3))
    let rule = try EquilibriumPropagationRule(setup)
    try file.finish()
    return rule
  }

  static let device = """
    device:
      pulses:
        law: constant-step
        conductance: {zero: 50 uS, unit: 25 uS}
        bounds: {minimum: -1, maximum: 1}
        step: {size: 0.01}
        check-points: []
    """

  @Test(
    "pulses move devices down the gradient and within their bounds",
    arguments: ["in-situ", "mixed-precision"])
  func pulses(name: String) throws {
    var rule = try Self.rule(
      """
      rule: {name: equilibrium-propagation, input-gain: 3, conductance-unit: 200 uS, initial-gain: 1.2,
        nudging: 0.1, sweeps: 60, nudged-sweeps: 60, rates: [0.2, 0.2], bias-rates: [0, 0], updates: {name: \(name)}}
      \(Self.device)
      """)
    var losses: [Double] = []
    for step in 0..<60 {
      losses.append(
        try rule.step(
          TrainingBatch(
            x: SettlingHardwareTests.x, labels: SettlingHardwareTests.labels, step: step)
        ).loss)
    }
    let first: Double = losses.prefix(5).reduce(0, +)
    let last: Double = losses.suffix(5).reduce(0, +)
    #expect(last < 0.98 * first)
    let pulses = try #require(rule.report().first { $0.name == "pulses on devices" })
    #expect(pulses.value > 0)
    let exported = rule.exported()
    for k in 0..<2 {
      let weights = try exported.arrays.array("settling.weight_\(k)").floats
      // 25 to 75 microsiemens are weights of 0.125 to 0.375.
      #expect(weights.allSatisfy { (w: Float) in w > 0.1249 && w < 0.3751 })
      #expect(Set(weights).count > 4)
    }
  }

  @Test(
    "keys without effect are refused with the reason",
    arguments: [
      ("wires: 1 Ohm, sweeps: 4", "solved exactly"),
      ("wires: 1 Ohm, conduction: {law: sinh, steepness: 2}", "ohmic cells only"),
      ("write-error: 3 %", "needs a maximum"),
      ("conductance-unit: 1 mS, window: {maximum: 150}", "unit is missing"),
      ("model: energy, wires: 1 Ohm", "wires"),
      ("diodes: exponential", "ideal"),
    ])
  func refused(keys: String, reason: String) throws {
    let error = #expect(throws: InputErrors.self) {
      _ = try Self.rule("rule: {name: equilibrium-propagation, nudging: 0.001, \(keys)}")
    }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }
}
