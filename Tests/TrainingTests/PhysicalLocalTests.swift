import ArrayFiles
import Foundation
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Testing
import Training

@Suite struct PhysicalLocalTests {
  /// A rule on 40 features, as a run file makes it.
  static func rule(_ text: String) throws -> any TrainingRule {
    let file = try StrictFile(text: text, source: "physical")
    let node = file.root.child("rule")
    let name = node.text("name")
    let rule = try #require(TrainingRules.rule(named: name)).init(
      TrainingSetup(
        root: file.root, inputShape: [40], classCount: 10, batch: 300, stepsPerEpoch: 1, epochs: 60,
        key: StreamKey(seed: 3)))
    try file.finish()
    return rule
  }

  static func steps(
    _ rule: inout any TrainingRule, _ range: Range<Int>, _ x: Matrix<Float>, _ labels: [Int32],
    gain: Float = 1
  ) throws {
    for step in range {
      _ = try rule.step(TrainingBatch(x: x, labels: labels, step: step, gain: gain))
    }
  }

  static func features(_ count: Int, _ seed: UInt64) -> (x: Matrix<Float>, labels: [Int32]) {
    let (x, labels) = InSituRuleTests.task(count, seed: seed)
    return (
      Matrix(rowCount: count, columnCount: 40, elements: x.elements.map { max(0, $0) }),
      labels
    )
  }

  static func accuracy(_ scores: Matrix<Float>, _ labels: [Int32]) -> Double {
    let n = scores.columnCount
    let right = labels.indices.filter { s in
      let row = scores.elements[s * n..<(s + 1) * n]
      return row[s * n + Int(labels[s])] == row.max()!
    }
    return Double(right.count) / Double(labels.count)
  }

  @Test("blocks learn locally through physics that nobody models, and learn anew when it changes")
  func learns() throws {
    let (x, labels) = Self.features(300, 1)
    let (test, truth) = Self.features(300, 2)
    var rule = try Self.rule(
      """
      rule: {name: physical-local, rate: 0.002, change: {epoch: 60, what: replace, amount: 0.5}}
      network: {width: 40, blocks: 2}
      """)
    let key = StreamKey(seed: 1)
    try Self.steps(&rule, 0..<60, x, labels)
    let before = Self.accuracy(try rule.outputs(test, key: key), truth)
    // The physics changes before step 60, in which nothing is learnt.
    try Self.steps(&rule, 60..<61, x, labels, gain: 0)
    let broken = Self.accuracy(try rule.outputs(test, key: key), truth)
    try Self.steps(&rule, 61..<121, x, labels)
    let after = Self.accuracy(try rule.outputs(test, key: key), truth)
    #expect(before > 0.6, "\(before)")
    #expect(broken < before - 0.1, "\(broken)")
    #expect(after > before - 0.1, "\(after)")
  }

  @Test(
    "maps on a second array learn too, written again each step or by pulses",
    arguments: [
      "maps: {device: hfo2-1t1r, converters: {dac-bits: 8, adc-bits: 8}}",
      "maps: {device: gokmen-vlasov, updates: {name: mixed-precision, rate: 0.5}, array: {fill: 0.5}}",
    ])
  func onArrays(maps: String) throws {
    let (x, labels) = Self.features(300, 1)
    let (test, truth) = Self.features(300, 2)
    func fresh() throws -> any TrainingRule {
      try Self.rule(
        """
        rule: {name: physical-local, rate: 0.01}
        network: {width: 40, blocks: 2}
        array: {physics: crossbar}
        \(maps)
        """)
    }
    var rule = try fresh()
    try Self.steps(&rule, 0..<60, x, labels)
    let key = StreamKey(seed: 5)
    let scores = try rule.outputs(test, key: key)
    #expect(Self.accuracy(scores, truth) > 0.5, "\(Self.accuracy(scores, truth))")
    var again = try fresh()
    try again.restore(NamedArrays(source: "state", rule.state()))
    try Self.steps(&rule, 60..<61, x, labels)
    try Self.steps(&again, 60..<61, x, labels)
    #expect(try rule.outputs(test, key: key) == again.outputs(test, key: key))
  }

  @Test("maps behind wires follow exact-every, and what they keep belongs to the state")
  func exactEvery() throws {
    let (x, labels) = Self.features(60, 1)
    func rule(_ every: Int) throws -> any TrainingRule {
      let root = try StrictFile(
        text: """
          rule: {name: physical-local, inner-steps: 2}
          network: {width: 20, blocks: 2}
          maps: {device: hfo2-1t1r, array: {wires: 5 Ohm, exact-every: \(every), rows: 32, columns: 16}}
          """, source: "wires"
      ).root
      return try #require(TrainingRules.rule(named: "physical-local")).init(
        TrainingSetup(
          root: root, inputShape: [40], classCount: 10, batch: 60, stepsPerEpoch: 1, epochs: 9,
          key: StreamKey(seed: 3)))
    }
    func steps(_ rule: inout any TrainingRule, _ range: Range<Int>) throws {
      for k in range { _ = try rule.step(TrainingBatch(x: x, labels: labels, step: k)) }
    }
    var (often, seldom) = (try rule(1), try rule(1000))
    try steps(&often, 0..<3)
    try steps(&seldom, 0..<3)
    let key = StreamKey(seed: 1)
    #expect(try often.outputs(x, key: key) != seldom.outputs(x, key: key))
    var again = try rule(1000)
    try again.restore(NamedArrays(source: "saved", seldom.state()))
    try steps(&seldom, 3..<5)
    try steps(&again, 3..<5)
    #expect(seldom.state().map(\.array) == again.state().map(\.array))
  }

  @Test("without physics and without a way round it nothing is learnt")
  func off() throws {
    let (x, labels) = Self.features(200, 1)
    var rule = try Self.rule(
      """
      rule: {name: physical-local, rate: 0.002}
      network: {width: 40, blocks: 2}
      array: {physics: off}
      """)
    try Self.steps(&rule, 0..<10, x, labels)
    let scores = try rule.outputs(x, key: StreamKey(seed: 1))
    for s in 0..<200 { for c in 1..<10 { #expect(scores[s, c] == scores[s, 0]) } }
  }

  @Test("backpropagation through the true model learns")
  func backpropagation() throws {
    let (x, labels) = Self.features(300, 1)
    let (test, truth) = Self.features(300, 2)
    var rule = try Self.rule(
      """
      rule: {name: physical-backpropagation, rate: 0.002}
      network: {width: 40, blocks: 2}
      """)
    try Self.steps(&rule, 0..<400, x, labels)
    let accuracy = Self.accuracy(try rule.outputs(test, key: StreamKey(seed: 1)), truth)
    #expect(accuracy > 0.6, "\(accuracy)")
  }

  @Test(
    "the exported network gives the scores of the rule, with the crossbars in it",
    arguments: [
      "{name: physical-local, rate: 0.002, standardize: true}",
      "{name: physical-local, label: replace}", "{name: physical-backpropagation, rate: 0.002}",
    ], [false, true])
  func exports(rule: String, skips: Bool) throws {
    let (x, labels) = Self.features(100, 1)
    var trained = try Self.rule(
      """
      rule: \(rule)
      network: {width: 30, blocks: 2, skip: \(skips)}
      array: {adc-bits: none}
      """)
    try Self.steps(&trained, 0..<5, x, labels)
    let scores = try trained.outputs(x, key: StreamKey(seed: 1))
    let network = try trained.exported().network(source: "exported")
    #expect(network.sites.count { $0.name.hasPrefix("physics") } == 2)
    let graph = try network.evaluate(
      Tensor(shape: [100, 40], elements: x.elements), engine: DigitalEngine(network))
    let size = scores.elements.reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(scores.elements, graph.elements) { #expect(abs(a - b) < 1e-3 * size) }
  }

  @Test("a crossbar's outputs are currents of sinh cells, rectified, in steps of the converter")
  func outputs() throws {
    let cells = CrossbarPhysics(RandomCrossbar(), inputs: 6, outputs: 5, key: StreamKey(seed: 2))
    let full = 4 * RandomCrossbar().median
    let weights = Matrix(
      rowCount: 6, columnCount: 5, elements: cells.conductances.map { $0 / Float(full) })
    let x = Noise.uniform(12, StreamKey(seed: 4))
    for bits in [nil, 5] {
      var builder = try NetworkBuilder(source: "test", name: "physics", inputShape: [6])
      let end = try builder.fixedCrossbar(
        builder.input, weights: weights, curvature: 4, bits: bits, name: "physics")
      let network = try builder.network(output: end)
      let y = try network.evaluate(
        Tensor(shape: [2, 6], elements: x), engine: DigitalEngine(network)
      ).elements
      for s in 0..<2 {
        let row = x[s * 6..<(s + 1) * 6].map(Double.init)
        let peak = row.max()!
        for j in 0..<5 {
          var current = 0.0
          for i in 0..<6 {
            let drive = (exp(4 * row[i] / peak) - exp(-4 * row[i] / peak)) / (exp(4) - exp(-4))
            current += drive * Double(cells.conductances[i * 5 + j])
          }
          let exact = 4 * min(max(current / full, 0), 1)
          // Half a step of the converter, and rounding.
          let tolerance = bits.map { 2 / Double(1 << $0 - 1) } ?? 0
          #expect(abs(Double(y[s * 5 + j]) - exact) <= tolerance + 1e-5)
        }
      }
    }
  }
}
