import LinearAlgebra
import Networks
import Randomness
import TestSupport
import Testing

@Suite struct GraphGradientTests {
  /// The check of a network that `build` puts together, with samples for it.
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
    .elu(alpha: 0.7, scale: 1), .selu, .hardSwish, .mish, .softplus, .absolute, .power(exponent: 2),
  ]

  @Test("dense layers and activations", arguments: activations)
  func dense(activation: Activation) throws {
    let check = try Self.check([4, 7]) { builder, x in
      var value = try builder.dense(
        x, weights: weights(7, 6, "a"), bias: normal(6, seed: 1, "b"), name: "a")
      value = try builder.activation(value, activation, name: "f")
      value = try builder.flatten(value, name: "flat")
      return try builder.dense(value, weights: weights(24, 5, "c"), name: "c")
    }
    #expect(check() > 0.7)
  }

  struct Kernel: Sendable, CustomTestStringConvertible {
    let shape, kernel: [Int]
    var groups = 1
    var outputs = 4
    let window: Window
    var testDescription: String { "\(shape) \(kernel) \(groups) \(window)" }
  }

  static let kernels: [Kernel] = [
    Kernel(
      shape: [2, 7, 6], kernel: [3, 2],
      window: Window(kernel: [3, 2], strides: [1, 2], padsBefore: [1, 0], padsAfter: [2, 1])),
    Kernel(
      shape: [4, 6, 5], kernel: [2, 3], groups: 2,
      window: Window(kernel: [2, 3], padsBefore: [0, 2], dilations: [2, 2])),
    Kernel(
      shape: [4, 5, 5], kernel: [3, 3], groups: 4,
      window: Window(kernel: [3, 3], padsBefore: [1, 1])),
    Kernel(
      shape: [3, 11], kernel: [3], window: Window(kernel: [3], strides: [2], padsBefore: [2])),
    Kernel(
      shape: [4, 9], kernel: [2], groups: 2, outputs: 6, window: Window(kernel: [2], dilations: [3])
    ),
    Kernel(shape: [3, 4, 4], kernel: [1, 1], window: Window(kernel: [1, 1])),
  ]

  @Test("convolutions", arguments: kernels)
  func convolution(_ kernel: Kernel) throws {
    let shape = [kernel.outputs, kernel.shape[0] / kernel.groups] + kernel.kernel
    let check = try Self.check(kernel.shape) { builder, x in
      let value = try builder.convolution(
        x, weights: Tensor(shape: shape, elements: normal(shape.reduce(1, *), seed: 3, "kernel")),
        bias: normal(kernel.outputs, seed: 3, "bias"), window: kernel.window, groups: kernel.groups,
        name: "conv")
      return try builder.activation(value, .tanh, name: "f")
    }
    #expect(check() == 1)
  }

  static let windows: [Window] = [
    Window(kernel: [2, 2], strides: [2, 2]), Window(kernel: [3, 2], padsBefore: [1, 1]),
    Window(
      kernel: [2, 2], strides: [1, 2], padsBefore: [0, 1], padsAfter: [1, 0], dilations: [2, 2]),
    Window(kernel: [3, 3], strides: [2, 2], roundsUp: true),
  ]

  @Test("pooling", arguments: windows, [0, 1, 2])
  func pooling(window: Window, kind: Int) throws {
    let check = try Self.check([2, 6, 5]) { builder, x in
      let value = try builder.activation(x, .tanh, name: "f")
      return kind == 0
        ? try builder.maxPool(value, window: window, name: "p")
        : try builder.averagePool(value, window: window, countsPadding: kind == 1, name: "p")
    }
    #expect(check() > 0.7)
  }

  @Test("pooling over lines", arguments: [true, false])
  func linePooling(isMaximum: Bool) throws {
    let check = try Self.check([3, 9]) { builder, x in
      let window = Window(kernel: [3], strides: [2], padsBefore: [1])
      return isMaximum
        ? try builder.maxPool(x, window: window, name: "p")
        : try builder.averagePool(x, window: window, name: "p")
    }
    #expect(check() > 0.7)
  }

  @Test("batch normalization", arguments: [[5], [3, 4, 4]], [true, false])
  func batchNormalization(shape: [Int], isTraining: Bool) throws {
    let channels = shape[0]
    var check = try Self.check(shape, samples: 6) { builder, x in
      let value = try builder.batchNormalization(
        x, scale: normal(channels, seed: 1, "scale"), shift: normal(channels, seed: 1, "shift"),
        mean: normal(channels, seed: 1, "mean"), variance: (0..<channels).map { 0.5 + Float($0) },
        epsilon: 1e-3, name: "norm")
      return try builder.activation(value, .tanh, name: "f")
    }
    check.isTraining = isTraining
    #expect(check() == 1)
  }

  @Test("layer, group and instance normalization", arguments: 0..<5)
  func normalization(kind: Int) throws {
    let shape = kind == 0 ? [17] : [4, 3, 5]
    let check = try Self.check(shape) { builder, x in
      func numbers(_ count: Int, _ name: String) -> [Float] { normal(count, seed: 2, name) }
      let value =
        switch kind {
        case 0:
          try builder.layerNormalization(
            x, scale: numbers(17, "a"), shift: numbers(17, "b"), name: "n")
        case 1:
          try builder.layerNormalization(
            x, firstAxis: 1, scale: numbers(15, "a"), shift: numbers(15, "b"), name: "n")
        case 2:
          try builder.groupNormalization(
            x, groups: 2, scale: numbers(4, "a"), shift: numbers(4, "b"), name: "n")
        case 3:
          try builder.instanceNormalization(
            x, scale: numbers(4, "a"), shift: numbers(4, "b"), name: "n")
        default: try builder.layerNormalization(x, firstAxis: 2, name: "n")
        }
      return try builder.activation(value, .tanh, name: "f")
    }
    #expect(check() == 1)
  }

  @Test("softmax and its logarithm", arguments: [true, false], [0, 1])
  func softmax(isLogarithmic: Bool, axis: Int) throws {
    let check = try Self.check([4, 6]) { builder, x in
      try builder.softmax(x, axis: axis, isLogarithmic: isLogarithmic, name: "s")
    }
    #expect(check() == 1)
  }

  @Test("arithmetic, with axes that are repeated and operands that are one", arguments: 0..<4)
  func arithmetic(kind: Int) throws {
    let check = try Self.check([3, 4, 5]) { builder, x in
      // Away from zero, where a quotient has none.
      var other = try builder.activation(x, .sigmoid, name: "positive")
      let half = try builder.constant(Tensor(shape: [1], elements: [0.5]), name: "half")
      other = try builder.add(other, half, name: "away from zero")
      let row = try builder.select(other, axis: 0, places: [1], name: "row")
      let column = try builder.select(other, axis: 2, places: [3], name: "column")
      func both(
        _ a: NetworkBuilder.Value, _ b: NetworkBuilder.Value, _ name: String
      ) throws -> NetworkBuilder.Value {
        switch kind {
        case 0: try builder.add(a, b, name: name)
        case 1: try builder.subtract(a, b, name: name)
        case 2: try builder.multiply(a, b, name: name)
        default: try builder.divide(a, b, name: name)
        }
      }
      var value = try both(x, other, "whole")
      value = try both(value, row, "row")
      value = try both(column, value, "column")
      return try both(value, value, "itself")
    }
    var milder = check
    milder.step = 0.01
    milder.tolerance = 4e-3
    #expect(milder() > 0.9)
  }

  @Test("values moved about")
  func moves() throws {
    let check = try Self.check([3, 4, 5]) { builder, x in
      var value = try builder.transpose(x, order: [2, 0, 1], name: "t")
      value = try builder.select(value, axis: 1, places: [2, -1, 0, 2], filler: 0.3, name: "s")
      value = try builder.activation(value, .tanh, name: "f")
      value = try builder.flatten(value, name: "flat")
      let whole = try builder.flatten(x, name: "whole")
      value = try builder.concatenate([value, whole, value], name: "c")
      value = try builder.overlay(value, count: 7, value: 0.2, name: "o")
      value = try builder.reshape(value, to: [11, 20], name: "r")
      value = try builder.lengthNormalization(value, name: "l")
      value = try builder.lastSteps(value, steps: 6, name: "last")
      return try builder.meanOverTime(value, name: "m")
    }
    #expect(check() == 1)
  }

  @Test(
    "operators read from files",
    arguments: [
      "op-split", "op-reduce", "op-resize-nearest", "op-resize-linear", "op-resize-corners",
    ])
  func operators(name: String) throws {
    let network = try ONNXReader.network(at: ONNXFixtures.path(name), folding: .nothing)
    let input = try ONNXFixtures.floats(name, "input")
    let check = GradientCheck(
      network: network, x: Tensor(shape: [5] + network.inputShape, elements: input))
    // A step may change which number is the largest.
    #expect(check() > 0.9)
  }

  @Test("attention: products of values, their softmax, heads that share keys")
  func attention() throws {
    let check = try Self.check([5, 6]) { builder, x in
      let query = try builder.dense(x, weights: weights(6, 8, "q"), name: "q")
      let key = try builder.dense(x, weights: weights(6, 4, "k"), name: "k")
      let value = try builder.dense(x, weights: weights(6, 4, "v"), name: "v")
      var heads = try builder.reshape(query, to: [5, 2, 4], name: "heads")
      heads = try builder.transpose(heads, order: [1, 0, 2], name: "heads first")
      let turned = try builder.transpose(key, order: [1, 0], name: "turned")
      var scores = try builder.matrixProduct(heads, turned, name: "scores")
      scores = try builder.softmax(scores, axis: 2, name: "weights")
      return try builder.matrixProduct(scores, value, name: "mixed")
    }
    #expect(check() == 1)
  }

  @Test("symbols have no gradient, what follows them has")
  func symbols() throws {
    var check = try Self.check([6]) { builder, x in
      let value = try builder.oneHot(x, symbols: 5, name: "symbols")
      return try builder.dense(
        value, weights: weights(5, 3, "w"), bias: normal(3, seed: 1, "b"), name: "w")
    }
    check.checksInput = false
    #expect(check() == 1)
  }

  /// A matrix of numbers of variance 1/rows.
  private func weights(_ rows: Int, _ columns: Int, _ name: String) -> Matrix<Float> {
    var w = randomMatrix(rows, columns, seed: 1, name)
    let scale = 1 / Float(rows).squareRoot()
    for i in w.elements.indices { w.elements[i] *= scale }
    return w
  }
}
