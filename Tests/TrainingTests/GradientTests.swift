import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct GradientTests {
  static let labels: [Int32] = [0, 2, 1, 2, 0]

  static func inputs(_ seed: Int) -> Matrix<Float> {
    Matrix(
      rowCount: 5, columnCount: 7,
      elements: Noise.normal(35, StreamKey(seed: UInt64(seed)).child("x")))
  }

  static func weights(_ net: Backpropagation, _ k: Int) -> Parameter {
    var layer = net.layers[k]
    var found = Parameter([], decays: false)
    layer.forEachParameter { name, parameter in if name == "weight" { found = parameter } }
    return found
  }

  @Test(
    "the gradient is the difference quotient of the loss",
    arguments: TrainableActivation.allCases, Loss.allCases)
  func finiteDifferences(activation: TrainableActivation, loss: Loss) {
    let x = Self.inputs(3)
    var net = Backpropagation(
      sizes: [7, 6, 4, 3], hidden: activation, loss: loss, optimiser: .sgd(),
      key: StreamKey(seed: 11))
    _ = net.gradients(x, labels: Self.labels[...])
    let exact = net
    // Central differences in single precision: a loss of order 1 is known to about 2e-7, so that
    // h = 0.03 leaves 1e-5 of rounding (0.01 leaves 4e-5); Richardson's extrapolation removes the h² term.
    let kinked = activation == .relu || activation == .leakyRelu
    let h: Float = kinked ? 0.01 : 0.03
    var compared = 0
    for k in net.layers.indices {
      let largest = Double(Self.weights(exact, k).gradient.map(abs).max()!)
      for i in stride(from: 0, to: Self.weights(net, k).values.count, by: 3) {
        let w = Self.weights(exact, k).values[i]
        func value(_ v: Float) -> Double {
          var shifted = exact
          shifted.layers[k].forEachParameter { name, p in if name == "weight" { p.values[i] = v } }
          return shifted.gradients(x, labels: Self.labels[...])
        }
        let coarse = (value(w + h) - value(w - h)) / Double(2 * h)
        let fine = (value(w + h / 2) - value(w - h / 2)) / Double(h)
        // Where a rectifier's kink lies between the points there is no derivative to compare with.
        if kinked, abs(coarse - fine) > 2e-4 {
          continue
        }
        compared += 1
        let quotient = (4 * fine - coarse) / 3
        #expect(
          abs(Double(Self.weights(exact, k).gradient[i]) - quotient)
            <= 1e-4 * max(largest, 0.1) + (kinked ? 1e-4 : 2e-5))
      }
    }
    #expect(compared >= 16)
  }

  @Test(
    "convolution and pooling have the gradients of the loss", arguments: [true, false], [1, 2])
  func convolution(isMaximum: Bool, stride: Int) throws {
    let x = Matrix(
      rowCount: 3, columnCount: 2 * 7 * 6, elements: Noise.normal(252, StreamKey(seed: 8)))
    let conv = try #require(
      ConvolutionLayer(
        inputShape: [2, 7, 6], outputChannels: 3,
        window: Window(
          kernel: [3, 2], strides: [stride, stride], padsBefore: [1, 1]), activation: .tanh,
        key: StreamKey(seed: 1)))
    let second = try #require(
      ConvolutionLayer(
        inputShape: conv.outputShape, outputChannels: 2, window: Window(kernel: [2, 2]),
        activation: .tanh, key: StreamKey(seed: 2)))
    let pool = try #require(
      PoolingLayer(inputShape: second.outputShape, isMaximum: isMaximum, kernel: [2, 2]))
    let dense = DenseLayer(
      inputs: pool.outputCount, outputs: 3, activation: .identity, key: StreamKey(seed: 3))
    var net = Backpropagation(
      layers: [conv, second, pool, dense], loss: .crossEntropy, optimiser: .sgd())
    let labels: [Int32] = [0, 1, 2]
    _ = net.gradients(x, labels: labels[...])
    let exact = net
    var compared = 0
    for k in [0, 1, 3] {
      for i in Swift.stride(from: 0, to: Self.weights(exact, k).values.count, by: 2) {
        func value(_ h: Float) -> Double {
          var shifted = exact
          shifted.layers[k].forEachParameter { name, p in if name == "weight" { p.values[i] += h } }
          return shifted.gradients(x, labels: labels[...])
        }
        let h: Float = 0.02
        let coarse = (value(h) - value(-h)) / Double(2 * h)
        let fine = (value(h / 2) - value(-h / 2)) / Double(h)
        // Where another number of a box becomes the largest there is no derivative.
        if abs(coarse - fine) > 2e-4 { continue }
        compared += 1
        #expect(
          abs(Double(Self.weights(exact, k).gradient[i]) - (4 * fine - coarse) / 3) <= 1e-4)
      }
    }
    #expect(compared >= 15)
  }

  @Test("fused descent is descent by the gradient, to rounding")
  func fused() {
    let x = Self.inputs(5)
    var fused = Backpropagation(sizes: [7, 6, 3], optimiser: .sgd(), key: StreamKey(seed: 2))
    var plain = fused
    for _ in 0..<20 {
      _ = fused.train(x, labels: Self.labels[...], rate: 0.1)
      _ = plain.gradients(x, labels: Self.labels[...])
      for k in plain.layers.indices {
        plain.layers[k].forEachParameter { _, p in p.update(.sgd(), rate: 0.1, step: 0) }
      }
    }
    for k in fused.layers.indices {
      let (a, b) = (Self.weights(fused, k), Self.weights(plain, k))
      for (u, v) in zip(a.values, b.values) { #expect(abs(u - v) < 1e-5) }
    }
  }

  @Test("training gives the same bits on one thread and on three")
  func threads() {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let x = Matrix(
      rowCount: 64, columnCount: 300, elements: Noise.normal(19200, StreamKey(seed: 1)))
    let labels = (0..<64).map { Int32($0 % 10) }
    func run(_ threads: Int) -> [Float] {
      Parallel.threadCount = threads
      var net = Backpropagation(
        sizes: [300, 260, 10], optimiser: .adam(), key: StreamKey(seed: 4))
      for _ in 0..<5 { _ = net.train(x, labels: labels[...], rate: 1e-3) }
      return net.layers.indices.flatMap { Self.weights(net, $0).values }
    }
    #expect(run(1) == run(3))
  }

  @Test("every optimiser learns a separable task", arguments: 0..<3)
  func learns(which: Int) {
    let optimiser: Optimiser = [
      .sgd(), .sgd(momentum: 0.9, weightDecay: 1e-4), .adam(weightDecay: 1e-2),
    ][which]
    let rate: Float = [0.3, 0.05, 0.01][which]
    let x = Matrix(rowCount: 200, columnCount: 8, elements: Noise.normal(1600, StreamKey(seed: 7)))
    let labels = (0..<200).map { i in Int32(x[i, 0] + x[i, 1] > 0 ? 1 : 0) }
    var net = Backpropagation(sizes: [8, 16, 2], optimiser: optimiser, key: StreamKey(seed: 8))
    for _ in 0..<200 { _ = net.train(x, labels: labels[...], rate: rate) }
    let y = net.outputs(x)
    let right = (0..<200).filter { (y[$0, 1] > y[$0, 0]) == (labels[$0] == 1) }.count
    #expect(right >= 195)
  }
}
