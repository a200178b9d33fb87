import Foundation
import LinearAlgebra
import Randomness
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
