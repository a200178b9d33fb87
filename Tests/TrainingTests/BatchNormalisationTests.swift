import ArrayFiles
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct BatchNormalisationTests {
  static let labels: [Int32] = [0, 2, 1, 2, 0, 1, 1, 0]

  static func inputs(_ count: Int) -> Matrix<Float> {
    Matrix(
      rowCount: 8, columnCount: count,
      elements: Noise.normal(8 * count, StreamKey(seed: 3).child("x")).map { 2 * $0 + 0.5 })
  }

  static func dense(_ hardware: HardwareSettings? = nil) -> [any TrainableLayer] {
    [
      DenseLayer(
        inputs: 18, outputs: 6, activation: .identity, key: StreamKey(seed: 1), hardware: hardware),
      BatchNormalisationLayer(inputShape: [6], activation: .tanh),
      DenseLayer(inputs: 6, outputs: 3, activation: .identity, key: StreamKey(seed: 2)),
    ]
  }

  static func convolution() -> [any TrainableLayer] {
    let first = ConvolutionLayer(
      inputShape: [2, 3, 3], outputChannels: 4,
      window: Window(kernel: [2, 2], strides: [1, 1], padsBefore: [0, 0]), activation: .identity,
      key: StreamKey(seed: 1))!
    return [
      first, BatchNormalisationLayer(inputShape: [4, 2, 2], activation: .sigmoid),
      DenseLayer(inputs: 16, outputs: 3, activation: .identity, key: StreamKey(seed: 2)),
    ]
  }

  @Test("gradients through the statistics of a batch are difference quotients", arguments: [0, 1])
  func gradients(which: Int) {
    let x = Self.inputs(18)
    var network = Backpropagation(
      layers: which == 0 ? Self.dense() : Self.convolution(), loss: .crossEntropy,
      optimiser: .sgd())
    // Scales and shifts that are not those of the start.
    network.layers[1].forEachParameter { _, p in
      for i in p.values.indices { p.values[i] += 0.3 * Float(i + 1) }
    }
    _ = network.gradients(x, labels: Self.labels[...])
    var compared = 0
    for (name, value) in HardwareGradientTests.parameters(network) {
      for i in value.values.indices {
        func loss(_ h: Float) -> Double {
          var moved = HardwareGradientTests.shifted(network, name, i, by: h)
          return moved.gradients(x, labels: Self.labels[...])
        }
        let h: Float = 0.03
        let coarse = (loss(h) - loss(-h)) / Double(2 * h)
        let fine = (loss(h / 2) - loss(-h / 2)) / Double(h)
        let quotient = (4 * fine - coarse) / 3
        compared += 1
        #expect(
          abs(Double(value.gradient[i]) - quotient) <= 1e-4 * max(1, abs(quotient)) + 1e-4,
          "\(name) \(i)")
      }
    }
    #expect(compared > 60)
  }

  @Test("a batch comes out with mean 0 and variance 1 a channel")
  func normalises() {
    var layer = BatchNormalisationLayer(inputShape: [3, 6], activation: .identity)
    let x = Self.inputs(18)
    var y = x.elements
    layer.forward(
      x.elements, samples: 8, into: &y, ForwardPass(key: StreamKey(seed: 1), isTraining: true))
    for c in 0..<3 {
      let values = (0..<8).flatMap { s in (0..<6).map { y[s * 18 + c * 6 + $0] } }
      let mean = values.reduce(0, +) / 48
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 48
      #expect(abs(mean) < 1e-5 && abs(variance - 1) < 1e-4)
    }
  }

  @Test("statistics of a chip bring its outputs back to those without its wires")
  func chips() throws {
    let settings = try WiredTrainingTests.settings(ohms: 100)
    var plain = Backpropagation(
      layers: Self.dense(), loss: .crossEntropy, optimiser: .sgd(momentum: 0.5))
    let x = Self.inputs(18)
    for _ in 0..<60 { _ = plain.train(x, labels: Self.labels[...], rate: 0.1) }
    plain.estimateStatistics(x, chip: StreamKey(seed: 1), key: StreamKey(seed: 1))
    var chip = Backpropagation(
      layers: Self.dense(settings), loss: .crossEntropy, optimiser: .sgd())
    try chip.start(from: NamedArrays(source: "test", plain.state()))
    let key = StreamKey(seed: 8)
    let wanted = plain.outputs(x, key: key)
    func error() -> Double {
      WiredTrainingTests.distance(chip.outputs(x, key: key, chip: key).elements, wanted.elements)
    }
    let before = error()
    chip.estimateStatistics(x, chip: key, key: key)
    let after = error()
    #expect(before > 0.05)
    #expect(after < 0.3 * before)
  }

  @Test("what was kept belongs to the state and to the exported network")
  func exported() throws {
    var network = Backpropagation(
      layers: Self.dense(), loss: .crossEntropy, optimiser: .adam())
    let x = Self.inputs(18)
    for _ in 0..<20 { _ = network.train(x, labels: Self.labels[...], rate: 0.01) }
    let wanted = network.outputs(x)
    var other = Backpropagation(layers: Self.dense(), loss: .crossEntropy, optimiser: .adam())
    try other.restore(NamedArrays(source: "test", network.state()))
    #expect(other.outputs(x) == wanted)
    let graph = try network.exported(title: "test").network(source: "test")
    let found = try graph.evaluate(
      Tensor(shape: [8, 18], elements: x.elements), engine: DigitalEngine(graph))
    for (a, b) in zip(found.elements, wanted.elements) { #expect(abs(a - b) < 1e-4) }
  }
}
