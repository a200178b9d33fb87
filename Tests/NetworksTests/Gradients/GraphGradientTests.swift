import LinearAlgebra
import Networks
import Randomness
import Testing

@Suite struct GraphGradientTests {
  /// A network that `build` puts together, and samples for it.
  static func check(
    _ shape: [Int], samples: Int = 3, seed: UInt64 = 1,
    _ build: (inout NetworkBuilder, NetworkBuilder.Value) throws -> NetworkBuilder.Value
  ) throws -> GradientCheck {
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: shape)
    let value = try build(&builder, builder.input)
    let network = try builder.network(output: value, folding: .nothing)
    return GradientCheck(
      network: network,
      x: Tensor(
        shape: [samples] + shape,
        elements: normal(samples * shape.reduce(1, *), seed: seed, "samples")))
  }

  static let activations: [Activation] = [
    .relu, .leakyRelu(slope: 0.1), .leakyRelu(slope: -0.3), .sigmoid, .tanh,
    .hardSigmoid(slope: 0.2, offset: 0.5), .gelu, .geluTanh, .clip(low: -0.5, high: 1), .erf,
  ]

  @Test("dense layers and activations have the gradients of the result", arguments: activations)
  func dense(activation: Activation) throws {
    let check = try Self.check([4, 7]) { builder, x in
      var value = try builder.dense(
        x, weights: randomMatrix(7, 6, seed: 1, "a"), bias: normal(6, seed: 1, "b"), name: "a")
      value = try builder.activation(value, activation, name: "f")
      value = try builder.flatten(value, name: "flat")
      return try builder.dense(value, weights: randomMatrix(24, 5, seed: 1, "c"), name: "c")
    }
    #expect(check() > 0.7)
  }
}
