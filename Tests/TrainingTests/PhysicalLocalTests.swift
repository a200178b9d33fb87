import ArrayFiles
import Foundation
import LinearAlgebra
import Randomness
import StrictYAML
import Testing
import Training

@Suite struct PhysicalLocalTests {
  static func crossbar(_ inputs: Int, _ outputs: Int, _ key: StreamKey) -> BlockPhysics {
    .crossbar(CrossbarPhysics(RandomCrossbar(), inputs: inputs, outputs: outputs, key: key))
  }

  static func local(
    skips: Bool = false, physics: (Int, Int, StreamKey) -> BlockPhysics = crossbar
  ) -> PhysicalLocalLearning {
    var settings = PhysicalLocalLearning.Settings()
    settings.rate = 2e-3
    return PhysicalLocalLearning(
      inputs: 40, width: 40, blockCount: 2, classes: 10, skips: skips, settings: settings,
      key: StreamKey(seed: 3), physics: physics)
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
  func learns() {
    let (x, labels) = Self.features(300, 1)
    let (test, truth) = Self.features(300, 2)
    var net = Self.local()
    for _ in 0..<60 { _ = net.train(x, labels: labels) }
    let before = Self.accuracy(net.outputs(test, key: StreamKey(seed: 1)), truth)
    net.perturb(.replacement(0.5), key: StreamKey(seed: 9))
    let broken = Self.accuracy(net.outputs(test, key: StreamKey(seed: 1)), truth)
    for _ in 0..<60 { _ = net.train(x, labels: labels) }
    let after = Self.accuracy(net.outputs(test, key: StreamKey(seed: 1)), truth)
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
    let root = try StrictFile(
      text: """
        rule: {name: physical-local, rate: 0.01}
        network: {width: 40, blocks: 2}
        array: {physics: crossbar}
        \(maps)
        """, source: "maps"
    ).root
    var rule = try #require(TrainingRules.rule(named: "physical-local")).init(
      TrainingSetup(
        root: root, inputShape: [40], classCount: 10, batch: 300, stepsPerEpoch: 1, epochs: 60,
        key: StreamKey(seed: 3)))
    for step in 0..<60 {
      _ = try rule.step(TrainingBatch(x: x, labels: labels, step: step))
    }
    let key = StreamKey(seed: 5)
    let scores = try rule.outputs(test, key: key)
    #expect(Self.accuracy(scores, truth) > 0.5, "\(Self.accuracy(scores, truth))")
    var again = try #require(TrainingRules.rule(named: "physical-local")).init(
      TrainingSetup(
        root: root, inputShape: [40], classCount: 10, batch: 300, stepsPerEpoch: 1, epochs: 60,
        key: StreamKey(seed: 3)))
    try again.restore(NamedArrays(source: "state", rule.state()))
    _ = try rule.step(TrainingBatch(x: x, labels: labels, step: 60))
    _ = try again.step(TrainingBatch(x: x, labels: labels, step: 60))
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
  func off() {
    let (x, labels) = Self.features(200, 1)
    var net = Self.local { _, outputs, _ in .off(outputs: outputs) }
    for _ in 0..<10 { _ = net.train(x, labels: labels) }
    let scores = net.outputs(x, key: StreamKey(seed: 1))
    for s in 0..<200 { for c in 1..<10 { #expect(scores[s, c] == scores[s, 0]) } }
  }

  @Test("backpropagation through the true model learns")
  func backpropagation() {
    let (x, labels) = Self.features(300, 1)
    let (test, truth) = Self.features(300, 2)
    var net = PhysicalBackpropagation(
      inputs: 40, width: 40, blockCount: 2, classes: 10, skips: false, rate: 2e-3,
      key: StreamKey(seed: 3), physics: Self.crossbar)
    for _ in 0..<400 { _ = net.train(x, labels: labels) }
    let accuracy = Self.accuracy(net.outputs(test, key: StreamKey(seed: 1)), truth)
    #expect(accuracy > 0.6, "\(accuracy)")
  }

  @Test("a crossbar's outputs are currents of sinh cells, rectified, in steps of the converter")
  func outputs() {
    var design = RandomCrossbar()
    design.outputBits = nil
    var crossbar = CrossbarPhysics(design, inputs: 6, outputs: 5, key: StreamKey(seed: 2))
    let x = Noise.uniform(12, StreamKey(seed: 4))
    crossbar.calibrate(x, samples: 2)
    let y = crossbar.outputs(x, samples: 2, key: StreamKey(seed: 5))
    for s in 0..<2 {
      let row = x[s * 6..<(s + 1) * 6].map(Double.init)
      let peak = row.max()!
      for j in 0..<5 {
        var current = 0.0
        for i in 0..<6 {
          let drive = (exp(4 * row[i] / peak) - exp(-4 * row[i] / peak)) / (exp(4) - exp(-4))
          current += drive * Double(crossbar.conductances[i * 5 + j])
        }
        let expected = 4 * min(max(current / Double(crossbar.fullRange), 0), 1)
        #expect(abs(Double(y[s * 5 + j]) - expected) < 1e-5)
      }
    }
  }
}
