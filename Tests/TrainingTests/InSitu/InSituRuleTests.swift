import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct InSituRuleTests {
  /// Ten classes of noisy random patterns of 40 inputs.
  static func task(_ count: Int, seed: UInt64) -> (x: Matrix<Float>, labels: [Int32]) {
    let patterns = Noise.uniform(10 * 40, StreamKey(seed: 77))
    let noise = Noise.normal(count * 40, StreamKey(seed: seed))
    var x = Matrix<Float>(rowCount: count, columnCount: 40)
    let labels = (0..<count).map { Int32($0 % 10) }
    for s in 0..<count {
      for i in 0..<40 { x[s, i] = patterns[Int(labels[s]) * 40 + i] + 0.4 * noise[s * 40 + i] }
    }
    return (x, labels)
  }

  static func accuracy(
    _ rule: any InSituRuleSettings, _ design: InSituDesign, epochs: Int, rate: Float,
    seed: UInt64 = 1
  ) throws -> Double {
    let (x, labels) = task(800, seed: 1)
    let key = StreamKey(seed: seed)
    var net = try Backpropagation(
      TrainingNetwork(
        sizes: [40, 30, 10], initial: .uniform(spread: 1), key: key.child("start"))
    ) {
      PulsedSite(
        $0, design: design, rule: rule, key: key.child("layer").child($0.index + 1))
    }
    for _ in 0..<epochs {
      for k in 0..<100 {
        let rows = k * 8..<(k + 1) * 8
        _ = net.train(x.block(rows: rows, columns: 0..<40), labels: labels[rows], rate: rate)
      }
    }
    let (test, truth) = task(1000, seed: 2)
    let y = net.outputs(test)
    let right = (0..<1000).filter { s in
      let row = y.elements[s * 10..<(s + 1) * 10]
      return row.firstIndex(of: row.max()!)! - s * 10 == Int(truth[s])
    }
    return Double(right.count) / 1000
  }

  static func soft(_ size: Double, asymmetry: Double) throws -> PulseModel {
    try PulseTrainTests.model(
      "soft-bounds", "step: {size: \(size), spread: 20 %, asymmetry: \(asymmetry)}",
      noise: "{cycle: 0.3}")
  }

  @Test(
    "without gradients the weights of leaky devices fade by 1 − 1/lifetime per update, in every rule",
    arguments: [
      PulsedDescent() as any InSituRuleSettings, SignStep(firing: .probability(gain: 10)),
      MixedPrecision(), TikiTaka(TransferSettings(transferRead: .ideal)), TikiTakaV2(),
      ChoppedTikiTaka(), AGAD(),
    ], [CellArrangement.single, .pair(.bothCells)])
  func leakage(rule: any InSituRuleSettings, cells: CellArrangement) throws {
    var model = try PulseTrainTests.model(
      "constant-step", "step: {size: 0.002}", noise: "{cycle: 0}")
    model.relaxation.lifetime = 50
    let design = InSituDesign(device: model, cells: cells, forward: .ideal, backward: .ideal)
    let weights = Noise.uniform(20 * 10, StreamKey(seed: 3)).map { 0.8 * $0 - 0.4 }
    var site = PulsedSite(
      weights: Matrix(rowCount: 20, columnCount: 10, elements: weights),
      bias: [Float](repeating: 0, count: 10), design: design,
      rule: rule, key: StreamKey(seed: 4))
    let before = site.arrays[0].weights
    let (x, none) = ([Float](repeating: 0, count: 20), [Float](repeating: 0, count: 10))
    for step in 0..<25 {
      site.learn(x, none, vectors: 1, .sgd(), rate: 0.1, step: step)
    }
    for (a, b) in zip(site.arrays[0].weights, before) { #expect(abs(a - b * 0.603_465) < 1e-5) }
  }

  @Test(
    "every rule learns on a symmetric device",
    arguments: [
      (PulsedDescent() as any InSituRuleSettings, 6, Float(0.1)),
      (SignStep(firing: .probability(gain: 10)), 6, 0.1),
      (SignStep(firing: .threshold(input: 0.5, error: 0.1)), 10, 0.1),
      (MixedPrecision(), 6, 0.1),
      (MixedPrecision(threshold: 8), 6, 0.1),
      (TikiTaka(TransferSettings(transferRate: 2)), 15, 0.1),
      (TikiTakaV2(TransferSettings(threshold: 1)), 15, 0.2),
      (TikiTakaV2(TransferSettings(threshold: 8, burst: 8)), 15, 0.2),
      (ChoppedTikiTaka(TransferSettings(threshold: 1), flipProbability: 0.05), 15, 0.2),
      (AGAD(TransferSettings(threshold: 1), period: 20), 15, 0.2),
    ])
  func learns(rule: any InSituRuleSettings, epochs: Int, rate: Float) throws {
    let design = InSituDesign(device: try Self.soft(0.002, asymmetry: 0))
    let accuracy = try Self.accuracy(rule, design, epochs: epochs, rate: rate)
    #expect(accuracy > 0.85, "\(type(of: rule).name): \(accuracy)")
  }

  @Test("a device that every write leaves off its mark is better written seldom and far")
  func seldomWrites() throws {
    let device = try PulseTrainTests.model(
      "soft-bounds", "step: {size: 0.002, spread: 20 %}", noise: "{cycle: 0.3, write: 0.2}")
    func accuracy(_ threshold: Float) throws -> Double {
      try (1...3).reduce(0) {
        try $0
          + Self.accuracy(
            MixedPrecision(threshold: threshold), InSituDesign(device: device), epochs: 6,
            rate: 0.05, seed: UInt64($1)) / 3
      }
    }
    let (often, seldom) = (try accuracy(1), try accuracy(30))
    #expect(seldom > often + 0.02, "\(seldom) seldom, \(often) often")
  }

  @Test("a weight gets no pulse until its request has come to the threshold, and then all of it")
  func threshold() throws {
    let device = try Self.soft(0.002, asymmetry: 0)
    let design = InSituDesign(device: device, forward: .ideal, backward: .ideal)
    let weights = [Float](repeating: 0, count: 12)
    var layer = MixedPrecision(threshold: 10).layer(
      design, rowCount: 3, columnCount: 4, weights: weights, key: StreamKey(seed: 3))
    let (x, g) = ([Float](repeating: 1, count: 3), [Float](repeating: -1, count: 4))
    // Three steps of 0.002 a time, up.
    for _ in 0..<3 { layer.update(x: x, g: g, samples: 1, rate: 0.0063) }
    #expect(layer.pulseCount == 0)
    layer.update(x: x, g: g, samples: 1, rate: 0.0063)
    #expect(layer.pulseCount == 12 * 12)
  }
}
