import LinearAlgebra
import Networks
import Randomness
import TestSupport

/// Small networks with random shapes and weights.
enum RandomNetworkKind: String, CaseIterable {
  case dense, convolution, depthwise, recurrent

  /// A network of this kind and `samples` samples for it, both of the seed.
  func network(seed: UInt64, samples: Int) throws -> (Network, Tensor) {
    var shapes = RandomStream(StreamKey(seed: seed).child("shapes").child(rawValue))
    func size(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + shapes.index(below: range.count)
    }
    func weights(_ rows: Int, _ columns: Int, _ name: String) -> Matrix<Float> {
      var w = randomMatrix(rows, columns, seed: seed, "\(rawValue) \(name)")
      let scale = 1 / Float(rows).squareRoot()
      for k in w.elements.indices { w.elements[k] *= scale }
      return w
    }
    func bias(_ count: Int, _ name: String) -> [Float] {
      normal(count, seed: seed, "\(rawValue) \(name) bias").map { $0 * 0.3 }
    }
    func kernels(_ shape: [Int], _ name: String) -> Tensor {
      let count = shape.reduce(1, *)
      let scale = Float(shape[0]).squareRoot() / Float(count).squareRoot()
      return Tensor(
        shape: shape,
        elements: normal(count, seed: seed, "\(rawValue) \(name)").map { $0 * scale })
    }
    let classes = size(2...12)
    var builder: NetworkBuilder
    var value: NetworkBuilder.Value
    switch self {
    case .dense:
      let (inputs, hidden) = (size(3...90), size(2...60))
      builder = try NetworkBuilder(source: "test", name: rawValue, inputShape: [inputs])
      value = try builder.dense(
        builder.input, weights: weights(inputs, hidden, "a"), bias: bias(hidden, "a"), name: "a")
      value = try builder.activation(value, .relu, name: "f")
    case .convolution:
      let (channels, filters) = (size(1...3), size(2...9))
      let image = [channels, size(5...9), size(5...9)]
      builder = try NetworkBuilder(source: "test", name: rawValue, inputShape: image)
      value = try builder.convolution(
        builder.input, weights: kernels([filters, channels, 3, 3], "a"),
        bias: bias(filters, "a"),
        window: Window(kernel: [3, 3], strides: [1, 2], padsBefore: [1, 1]), name: "a")
      value = try builder.activation(value, .tanh, name: "f")
      value = try builder.maxPool(
        value, window: Window(kernel: [2, 2], strides: [2, 2]), name: "p")
      value = try builder.flatten(value, name: "flat")
    case .depthwise:
      let channels = size(2...12)
      builder = try NetworkBuilder(
        source: "test", name: rawValue, inputShape: [channels, size(4...7), size(4...7)])
      value = try builder.convolution(
        builder.input, weights: kernels([channels, 1, 3, 3], "a"), bias: bias(channels, "a"),
        window: Window(kernel: [3, 3]), groups: channels, name: "a")
      value = try builder.activation(value, .sigmoid, name: "f")
      value = try builder.convolution(
        value, weights: kernels([channels + 2, channels, 1, 1], "b"),
        window: Window(kernel: [1, 1]), name: "b")
      value = try builder.globalAveragePool(value, name: "mean")
      value = try builder.flatten(value, name: "flat")
    case .recurrent:
      let (steps, inputs, hidden) = (size(2...6), size(2...14), size(2...16))
      let cell: RecurrentCell = [.plain, .lstm, .gru(resetsAfter: true)][size(0...2)]
      let gates = hidden * (cell == .plain ? 1 : cell == .lstm ? 4 : 3)
      let directions = (0...size(0...1)).map { d in
        RecurrentWeights(
          input: weights(gates, inputs, "in\(d)"), hidden: weights(gates, hidden, "hidden\(d)"),
          inputBias: bias(gates, "in\(d)"), hiddenBias: bias(gates, "hidden\(d)"),
          isBackward: d == 1)
      }
      builder = try NetworkBuilder(source: "test", name: rawValue, inputShape: [steps, inputs])
      value = try builder.recurrent(builder.input, cell, directions, name: "a")
      value = try builder.flatten(value, name: "flat")
    }
    let width = builder.shape(of: value)[0]
    value = try builder.dense(
      value, weights: weights(width, classes, "logits"), bias: bias(classes, "logits"),
      name: "logits")
    let network = try builder.network(output: value)
    let count = samples * network.inputShape.reduce(1, *)
    return (
      network,
      Tensor(
        shape: [samples] + network.inputShape,
        elements: normal(count, seed: seed, "\(rawValue) samples"))
    )
  }
}
