import DeviceModels
import Randomness
import Testing
import Training

/// The fast array's part in the weights of Tiki-Taka, v1 and v2.
@Suite struct FastArrayShareTests {
  static func design() throws -> InSituDesign {
    let device = try PulseTrainTests.model(
      "constant-step", "step: {size: 0.0005}", noise: "{cycle: 0}")
    return InSituDesign(device: device, forward: .ideal, backward: .ideal)
  }

  @Test(
    "both reads see the slow array and its part of the fast one",
    arguments: [
      TikiTaka(TransferSettings(fastRate: 1, gamma: 0.5)) as any InSituRuleSettings,
      TikiTakaV2(TransferSettings(fastRate: 1, gamma: -2)),
    ])
  func readsBoth(rule: any InSituRuleSettings) throws {
    let (rows, columns) = (5, 7)
    let start = Noise.normal(rows * columns, StreamKey(seed: 1)).map { 0.1 * $0 }
    var layer = rule.layer(
      try Self.design(), rowCount: rows, columnCount: columns, weights: start,
      key: StreamKey(seed: 2))
    let x = Noise.normal(rows, StreamKey(seed: 3))
    let g = Noise.normal(columns, StreamKey(seed: 4))
    for _ in 0..<5 { layer.update(x: x, g: g, samples: 1, rate: 0.01) }
    let weights = layer.weights
    // The slow array alone has moved by a few of its steps at most.
    #expect(zip(weights, start).contains { abs($0 - $1) > 0.005 })
    var y = [Float](repeating: 0, count: columns)
    var dx = [Float](repeating: 0, count: rows)
    layer.forward(x, samples: 1, into: &y, key: nil)
    layer.backward(g, samples: 1, into: &dx)
    for j in 0..<columns {
      let expected = (0..<rows).reduce(Float(0)) { $0 + x[$1] * weights[$1 * columns + j] }
      #expect(abs(y[j] - expected) < 1e-5)
    }
    for i in 0..<rows {
      let expected = (0..<columns).reduce(Float(0)) { $0 + g[$1] * weights[i * columns + $1] }
      #expect(abs(dx[i] - expected) < 1e-5)
    }
  }

  @Test("on constant steps a part of the fast array in the weights ends their swinging")
  func damps() throws {
    func swing(_ gamma: Float) throws -> Float {
      let columns = 16
      let targets = Noise.uniform(columns, StreamKey(seed: 5)).map { 0.4 * $0 - 0.2 }
      let rule = TikiTakaV2(
        TransferSettings(
          fastRate: 0.1, transferRate: 1, threshold: 1, transferRead: .ideal, gamma: gamma))
      var layer = rule.layer(
        try Self.design(), rowCount: 1, columnCount: columns,
        weights: [Float](repeating: 0, count: columns), key: StreamKey(seed: 6))
      var y = [Float](repeating: 0, count: columns)
      var square: Float = 0
      let steps = 10_000
      for k in 0..<steps {
        layer.forward([1], samples: 1, into: &y, key: nil)
        let g = zip(y, targets).map { $0 - $1 }
        layer.update(x: [1], g: g, samples: 1, rate: 0.01)
        if k >= steps / 2 { square += g.reduce(0) { $0 + $1 * $1 } }
      }
      return (square / Float(columns * steps / 2)).squareRoot()
    }
    let (without, with) = (try swing(0), try swing(1))
    #expect(with < 0.25 * without, "\(with) with, \(without) without")
  }
}
