import LinearAlgebra
import Networks
import TestSupport
import Testing

@Suite struct BaselineEngineTests {
  /// Two channels, a convolution in two groups and a dense layer.
  private static func network() throws -> Network {
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: [2, 5, 5])
    var value = try builder.convolution(
      builder.input, weights: Tensor(shape: [4, 1, 3, 3], elements: normal(36, seed: 3, "k")),
      bias: normal(4, seed: 3, "b"), window: Window(kernel: [3, 3]), groups: 2, name: "conv")
    value = try builder.activation(value, .relu, name: "relu")
    value = try builder.flatten(value, name: "flat")
    value = try builder.dense(
      value,
      weights: Matrix(rowCount: 36, columnCount: 3, elements: normal(108, seed: 3, "d")),
      name: "dense")
    return try builder.network(output: value)
  }

  private static let x = Tensor(shape: [6, 2, 5, 5], elements: normal(300, seed: 5, "x"))

  private static func error(_ name: String) throws -> Double {
    let network = try network()
    let recorder = InputRecorder(network, samples: 6)
    let exact = try network.evaluate(x, engine: recorder)
    let choice = try #require(BaselineEngines.Choice(name))
    let found = try network.evaluate(
      x,
      engine: choice.engine(
        network, inputs: network.sites.indices.map { recorder.vectors(site: $0) }))
    let largest = exact.elements.reduce(Float(0)) { max($0, abs($1)) }
    return zip(found.elements, exact.elements).reduce(0.0) {
      max($0, Double(abs($1.0 - $1.1) / largest))
    }
  }

  @Test("engines come nearer to the network with every bit")
  func converge() throws {
    #expect(try Self.error("half-precision") < 2e-3)
    let (coarse, fine) = (try Self.error("integer:4"), try Self.error("integer:8"))
    #expect(fine < 0.02 && fine < 0.2 * coarse && coarse > 1e-3)
  }

  @Test("names without an engine, or with other bits, are none")
  func names() {
    for name in ["integer", "integer:9", "integer:1", "integer:x", "half-precision:8", "float", ""]
    {
      #expect(BaselineEngines.Choice(name) == nil, "\(name)")
    }
  }

  @Test("whole numbers are multiplied exactly: a hand calculation with three bits")
  func byHand() throws {
    // Largest code 3: weights 3 and −1.4 of a column become 3 and −1 (unit 1); inputs up to 6 have the unit 2.
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: [2])
    let value = try builder.dense(
      builder.input, weights: Matrix(rowCount: 2, columnCount: 1, elements: [3, -1.4]),
      bias: [0.5], name: "dense")
    let network = try builder.network(output: value)
    let engine = try #require(BaselineEngines.Choice("integer:3")).engine(
      network, inputs: [Matrix(rowCount: 1, columnCount: 2, elements: [6, -6])])
    // [5, −2.9]: 2.5 rounds to 2, −1.45 to −1. (3·2 + 1)·2 + 0.5.
    let y = try network.evaluate(Tensor(shape: [1, 2], elements: [5, -2.9]), engine: engine)
    #expect(y.elements == [14.5])
  }
}
