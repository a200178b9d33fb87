import LinearAlgebra
import Networks
import Randomness
import TestSupport
import Testing

/// Batch normalization with the statistics of a chip.
@Suite struct ChipStatisticsTests {
  /// A chip that computes every product with a gain and an offset a column.
  struct Distorted: ProductEngine {
    let digital: DigitalEngine
    let outputs: [Int]

    func multiply(
      site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
      into y: UnsafeMutableBufferPointer<Float>, call: Int
    ) {
      digital.multiply(site: site, x, vectors: vectors, into: y, call: call)
      let n = outputs[site]
      for i in y.indices { y[i] = y[i] * (0.4 + Float(i % n) / Float(n)) + 0.7 - Float(i % n) }
    }
  }

  static func network(folds: Bool) throws -> Network {
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: [2, 5, 5])
    var value = builder.input
    let kernels = Tensor(shape: [6, 2, 3, 3], elements: normal(108, seed: 5, "kernels"))
    value = try builder.convolution(
      value, weights: kernels, window: Window(kernel: [3, 3]), name: "a")
    func normalize(_ channels: Int, _ name: String) throws {
      value = try builder.batchNormalization(
        value, scale: normal(channels, seed: 5, "scale \(name)").map { 1 + 0.2 * $0 },
        shift: normal(channels, seed: 5, "shift \(name)"),
        mean: normal(channels, seed: 5, "mean \(name)"),
        variance: normal(channels, seed: 5, "variance \(name)").map { 1 + $0 * $0 },
        epsilon: 1e-5, name: name)
    }
    try normalize(6, "n")
    value = try builder.activation(value, .relu, name: "f")
    value = try builder.flatten(value, name: "flat")
    value = try builder.dense(
      value, weights: randomMatrix(54, 7, seed: 5, "dense"), bias: normal(7, seed: 5, "bias"),
      name: "b")
    try normalize(7, "m")
    value = try builder.activation(value, .tanh, name: "g")
    return try builder.network(output: value, folding: folds ? .everything : .allButNormalizations)
  }

  static let samples = Tensor(shape: [300, 2, 5, 5], elements: normal(15_000, seed: 6, "samples"))

  @Test("a normalization that is kept computes what it computes folded into weights")
  func kept() throws {
    let (kept, folded) = (try Self.network(folds: false), try Self.network(folds: true))
    #expect(kept.hasNormalizations && !folded.hasNormalizations)
    let a = try kept.evaluate(Self.samples, engine: DigitalEngine(kept))
    let b = try folded.evaluate(Self.samples, engine: DigitalEngine(folded))
    for (x, y) in zip(a.elements, b.elements) { #expect(abs(x - y) < 1e-4) }
  }

  @Test("with statistics of its own a chip is free of its columns' gains and offsets")
  func invariance() throws {
    let network = try Self.network(folds: false)
    let digital = DigitalEngine(network)
    let chip = Distorted(digital: digital, outputs: network.sites.map(\.outputs))
    func outputs(_ engine: some ProductEngine, estimated: Bool) throws -> [Float] {
      let own = estimated ? try network.normalized(on: Self.samples, engine: engine) : network
      return try own.evaluate(Self.samples, engine: engine).elements
    }
    let wanted = try outputs(digital, estimated: true)
    let found = try outputs(chip, estimated: true)
    for (x, y) in zip(found, wanted) { #expect(abs(x - y) < 2e-3) }
    let distorted = try outputs(chip, estimated: false)
    #expect(zip(distorted, wanted).contains { abs($0 - $1) > 0.5 })
  }

  @Test("a channel that never changes comes out as its shift")
  func constant() throws {
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: [2])
    let value = try builder.batchNormalization(
      builder.input, scale: [2, 2], shift: [0.5, 0], mean: [0, 0], variance: [1, 1], epsilon: 0,
      name: "n")
    let network = try builder.network(output: value, folding: .allButNormalizations)
    let samples = Tensor(shape: [3, 2], elements: [4, 1, 4, 2, 4, 3])
    let own = try network.normalized(on: samples, engine: DigitalEngine(network))
    let y = try own.evaluate(samples, engine: DigitalEngine(own)).elements
    for (a, b) in zip(y, [0.5, -2, 0.5, 0, 0.5, 2] as [Float]) { #expect(abs(a - b) < 1e-6) }
  }
}
