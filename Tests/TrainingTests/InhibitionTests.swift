import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

/// Inhibition between rate units that follows their rates.
@Suite struct InhibitionTests {
  private static let (steps, units) = (600, 60)

  private static func text(_ inhibition: String) -> String {
    """
    rule: {name: readout, regularization: 1e-6\(inhibition)}
    network: {layers: [
      {type: dense, outputs: \(units), each-step: true, random: {law: uniform, gain: 0.25}},
      {type: leaky-rate, function: sigmoid, gain: 10, recurrent: true,
       random: {mean: 1, deviation: 0.2, excitatory: 0.8, inhibitory-gain: 0.6, inputs-per-unit: 20, gain: 0.0625}},
      {type: dense, outputs: 1, each-step: true}]}
    """
  }

  /// Steps of three epochs; the recurrent weights after each, and the rule.
  private static func trained(_ inhibition: String) throws -> (
    weights: [[Float]], rule: any TrainingRule
  ) {
    var rule = try ReadoutTests.rule(
      text(inhibition), shape: [steps, 1], outputs: steps, epochs: 3)
    let x = Matrix(
      rowCount: 1, columnCount: steps,
      elements: Noise.uniform(steps, StreamKey(seed: 2)).map { 2 * $0 - 1 })
    var weights = [try ReadoutTests.weights(rule, "layer2.weight")]
    for epoch in 0..<3 {
      var batch = TrainingBatch(x: x, labels: [], targets: x)
      batch.epoch = epoch
      _ = try rule.step(batch)
      weights.append(try ReadoutTests.weights(rule, "layer2.weight"))
    }
    return (weights, rule)
  }

  private static func meanFeature(_ rule: any TrainingRule) throws -> Double {
    try #require(rule.report().first { $0.name == "mean feature" }).value
  }

  @Test(
    "rates of a reservoir with too little inhibition approach their target",
    arguments: ["law: additive", "law: presynaptic, rates: [0.05, 0.01]", "law: scaling"])
  func target(keys: String) throws {
    let plain = try Self.meanFeature(Self.trained("").rule)
    let (weights, rule) = try Self.trained(", inhibition: {\(keys), target: 0.4}")
    let adapted = try Self.meanFeature(rule)
    #expect(plain > 0.7)
    #expect(abs(adapted - 0.4) < 0.1)
    // Excitation stays, no link appears, and none changes its sign; the fit leaves all as they are.
    for (before, after) in zip(weights[0], weights[3]) {
      #expect(before > 0 ? after == before : before == 0 ? after == 0 : after <= 0)
    }
    #expect(weights[0] != weights[1])
    #expect(weights[2] == weights[3])
  }

  @Test(
    "inhibition without units that can adapt, or without epochs, is refused",
    arguments: ["law: other", "target: 1", "rates: []", "rates: [0.1, 0.1, 0.1]", "speed: 1"])
  func refused(keys: String) {
    #expect(throws: (any Error).self) { try Self.trained(", inhibition: {\(keys)}") }
    #expect(throws: (any Error).self) {
      try ReadoutTests.rule(
        """
        rule: {name: readout, inhibition: {law: scaling}}
        network: {layers: [{type: dense, outputs: 4}]}
        """, shape: [3], outputs: 4)
    }
  }
}
