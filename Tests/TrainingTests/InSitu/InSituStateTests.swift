import ArrayFiles
import LinearAlgebra
import Randomness
import StrictYAML
import Testing
import Training

@Suite struct InSituStateTests {
  static let rules = [
    "in-situ", "sign-step", "mixed-precision", "tiki-taka", "tiki-taka-v2", "chopped-tiki-taka",
    "agad", "physical-local", "physical-backpropagation",
  ]

  static func rule(_ name: String) throws -> any TrainingRule {
    let isPhysical = name.hasPrefix("physical")
    let file = try StrictFile(
      text: """
        rule: {name: \(name)}
        network: \(isPhysical ? "{width: 12}" : "{hidden: [12]}")
        \(isPhysical ? "" : """
          device:
            pulses:
              law: soft-bounds
              conductance: {zero: 50 uS, unit: 25 uS}
              bounds: {minimum: -1, maximum: 1, minimum-spread: 10 %}
              step: {size: 0.01, spread: 20 %}
              noise: {cycle: 0.5, write: 0.01}
              check-points: []
          """)
        """, source: name)
    let setup = TrainingSetup(
      root: file.root, inputShape: [40], classCount: 10, batch: 8, stepsPerEpoch: 10, epochs: 1,
      key: StreamKey(seed: 5))
    return try #require(TrainingRules.rule(named: name)).init(setup)
  }

  static func steps(_ rule: inout any TrainingRule, _ range: Range<Int>) throws {
    let (x, labels) = InSituRuleTests.task(160, seed: 1)
    for k in range {
      let rows = k * 8..<(k + 1) * 8
      _ = try rule.step(
        TrainingBatch(
          x: x.block(rows: rows, columns: 0..<40), labels: Array(labels[rows]), step: k))
    }
  }

  @Test("a rule that was saved and restored goes on with the same bits", arguments: rules)
  func restores(name: String) throws {
    var through = try Self.rule(name)
    try Self.steps(&through, 0..<6)
    let saved = through.state()
    // A test in between leaves the steps that follow as they are.
    let (x, _) = InSituRuleTests.task(8, seed: 2)
    _ = try through.outputs(x, key: StreamKey(seed: 1))
    try Self.steps(&through, 6..<12)

    var again = try Self.rule(name)
    try again.restore(NamedArrays(source: "saved", saved))
    try Self.steps(&again, 6..<12)
    let (a, b) = (through.state(), again.state())
    #expect(a.map(\.name) == b.map(\.name))
    for (a, b) in zip(a, b) { #expect(a.array == b.array, "\(a.name)") }
  }
}
