import LinearAlgebra
import Networks
import TestSupport
import Testing

/// The digital products with a fixed share of error on every output.
private struct ScaledEngine: ProductEngine {
  let digital: DigitalEngine
  let error: Float

  func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    digital.multiply(site: site, x, vectors: vectors, into: y, call: call)
    for i in y.indices { y[i] *= 1 + error }
  }
}

@Suite struct OutputComparisonTests {
  private func network() throws -> Network {
    var builder = try NetworkBuilder(source: "test", name: "two layers", inputShape: [6])
    var value = try builder.dense(
      builder.input, weights: randomMatrix(6, 4, seed: 1, "a"), name: "a")
    value = try builder.activation(value, .relu, name: "relu")
    value = try builder.dense(value, weights: randomMatrix(4, 3, seed: 1, "b"), name: "b")
    return try builder.network(output: value)
  }

  @Test(
    "of many positions a recorder keeps about its limit, from every place of the images",
    arguments: [8, 16, 24, 32])
  func positions(side: Int) throws {
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: [1, side, side])
    let value = try builder.convolution(
      builder.input, weights: Tensor(shape: [1, 1, 1, 1], elements: [1]),
      window: Window(kernel: [1, 1]), name: "a")
    let network = try builder.network(output: value)
    // Every pixel holds the number of its column.
    let samples = 256
    let image = (0..<side * side).map { Float($0 % side) }
    let x = Tensor(
      shape: [samples, 1, side, side],
      elements: Array((0..<samples).map { _ in image }.joined()))
    let recorder = InputRecorder(network, samples: samples)
    _ = try network.evaluate(x, engine: recorder)
    let kept = recorder.vectors(site: 0).elements
    #expect(abs(Double(kept.count) - 2048) < 5 * Double(2048).squareRoot())
    for column in 0..<side {
      let share = Double(kept.filter { $0 == Float(column) }.count) / Double(kept.count)
      // Five standard deviations of a binomial share.
      let expected = 1 / Double(side)
      #expect(abs(share - expected) < 5 * (expected / 2048).squareRoot(), "column \(column)")
    }
  }

  @Test("a recorder keeps what each matrix read, in the order of the samples")
  func recorder() throws {
    let network = try network()
    let x = Tensor(shape: [300, 6], elements: normal(300 * 6, seed: 1, "x"))
    let recorder = InputRecorder(network, samples: 300)
    let y = try network.evaluate(x, engine: recorder)
    #expect(recorder.vectors(site: 0).elements == x.elements)
    let hidden = recorder.vectors(site: 1)
    #expect(hidden.rowCount == 300 && hidden.elements.allSatisfy { $0 >= 0 })
    #expect(try network.evaluate(x, engine: DigitalEngine(network)) == y)
  }

  @Test("a recorder with a limit keeps about as many vectors, in the order of the samples")
  func limit() throws {
    let network = try network()
    let x = Tensor(shape: [300, 6], elements: normal(300 * 6, seed: 1, "x"))
    let recorder = InputRecorder(network, samples: 300, vectorLimit: 100)
    _ = try network.evaluate(x, engine: recorder)
    let kept = recorder.vectors(site: 0)
    // Five standard deviations of a binomial number.
    #expect(abs(Double(kept.rowCount) - 100) < 5 * (100 * 2.0 / 3).squareRoot())
    let rows = (0..<300).map { Array(x.elements[$0 * 6..<($0 + 1) * 6]) }
    var places: [Int] = []
    for k in 0..<kept.rowCount {
      let row = Array(kept.elements[k * 6..<(k + 1) * 6])
      places.append(try #require(rows.firstIndex(of: row)))
    }
    #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("an error of one per cent of every output is a ratio of 40 dB, in every layer alone")
  func ratio() throws {
    let network = try network()
    let x = Tensor(shape: [300, 6], elements: normal(300 * 6, seed: 1, "x"))
    let analog = ScaledEngine(
      digital: DigitalEngine(network), error: 0.01)
    let comparison = OutputComparison(network, analog: analog)
    _ = try network.evaluate(x, engine: comparison)
    for site in 0..<2 {
      // Each output is off by its own rounding too: 2^-24 of it, beside 0.01.
      #expect(abs(comparison.signalToNoise(site: site) - 40) < 1e-3)
    }
    let same = OutputComparison(network, analog: DigitalEngine(network))
    _ = try network.evaluate(x, engine: same)
    #expect(same.signalToNoise(site: 0) == .infinity)
  }
}
