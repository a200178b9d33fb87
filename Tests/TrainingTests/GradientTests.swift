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

  static func network(
    _ sizes: [Int], hidden: Activation? = .relu, loss: Loss = .crossEntropy,
    optimizer: Optimizer = .sgd(), seed: UInt64
  ) throws -> Backpropagation {
    try Backpropagation(
      TrainingNetwork(sizes: sizes, hidden: hidden, key: StreamKey(seed: seed)), loss: loss,
      optimizer: optimizer)
  }

  @Test(
    "the gradient is the difference quotient of the loss",
    arguments: TrainingLayers.activations.indices, [Loss.crossEntropy, .meanSquaredError])
  func finiteDifferences(which: Int, loss: Loss) throws {
    let activation = TrainingLayers.activations[which].function
    let x = Self.inputs(3)
    var net = try Self.network([7, 6, 4, 3], hidden: activation, loss: loss, seed: 11)
    _ = net.gradients(x, labels: Self.labels[...])
    let exact = net
    // Central differences in single precision: a loss of order 1 is known to about 2e-7, so that
    // h = 0.03 leaves 1e-5 of rounding (0.01 leaves 4e-5); Richardson's extrapolation removes the h² term.
    let kinked = activation == .relu || activation == .leakyRelu(slope: 0.01)
    let h: Float = kinked ? 0.01 : 0.03
    var compared = 0
    for (name, parameter) in exact.parameters where name.hasSuffix("weight") {
      let largest = Double(parameter.gradient.map(abs).max()!)
      for i in stride(from: 0, to: parameter.values.count, by: 3) {
        func value(_ h: Float) -> Double {
          var shifted = exact.shifted(name, i, by: h)
          return shifted.gradients(x, labels: Self.labels[...])
        }
        let coarse = (value(h) - value(-h)) / Double(2 * h)
        let fine = (value(h / 2) - value(-h / 2)) / Double(h)
        // Where a rectifier's kink lies between the points there is no derivative to compare with.
        if kinked, abs(coarse - fine) > 2e-4 { continue }
        compared += 1
        let quotient = (4 * fine - coarse) / 3
        #expect(
          abs(Double(parameter.gradient[i]) - quotient)
            <= 1e-4 * max(largest, 0.1) + (kinked ? 1e-4 : 2e-5))
      }
    }
    #expect(compared >= 16)
  }

  @Test(
    "convolution and pooling have the gradients of the loss", arguments: [true, false],
    [(1, 1), (2, 1), (1, 2), (2, 2)])
  func convolution(isMaximum: Bool, window: (stride: Int, groups: Int)) throws {
    let (stride, groups) = window
    let x = Matrix(
      rowCount: 3, columnCount: 2 * 7 * 6, elements: Noise.normal(252, StreamKey(seed: 8)))
    var network = TrainingNetwork(inputShape: [2, 7, 6], key: StreamKey(seed: 1))
    try network.convolution(
      channels: 4, kernel: [3, 2], strides: [stride, stride], padding: [1, 1], groups: groups,
      .tanh)
    try network.convolution(channels: 2, kernel: [2, 2], groups: groups, .tanh)
    try network.append([
      .pool(isMaximum: isMaximum, kernel: [2, 2], strides: [2, 2], padding: nil)
    ])
    try network.dense(3)
    var net = try Backpropagation(network)
    let labels: [Int32] = [0, 1, 2]
    _ = net.gradients(x, labels: labels[...])
    let exact = net
    var compared = 0
    for (name, parameter) in exact.parameters where name.hasSuffix("weight") {
      for i in Swift.stride(from: 0, to: parameter.values.count, by: 2) {
        func value(_ h: Float) -> Double {
          var shifted = exact.shifted(name, i, by: h)
          return shifted.gradients(x, labels: labels[...])
        }
        let h: Float = 0.02
        let coarse = (value(h) - value(-h)) / Double(2 * h)
        let fine = (value(h / 2) - value(-h / 2)) / Double(h)
        // Where another number of a box becomes the largest there is no derivative.
        if abs(coarse - fine) > 2e-4 { continue }
        compared += 1
        #expect(
          abs(Double(parameter.gradient[i]) - (4 * fine - coarse) / 3) <= 1e-4, "\(name) \(i)")
      }
    }
    #expect(compared >= 15)
  }

  @Test("fused descent is descent by the gradient, to rounding")
  func fused() throws {
    let x = Self.inputs(5)
    var fused = try Self.network([7, 6, 3], seed: 2)
    var plain = fused
    for _ in 0..<20 {
      _ = fused.train(x, labels: Self.labels[...], rate: 0.1)
      _ = plain.gradients(x, labels: Self.labels[...])
      plain.forEachParameter { $1.update(.sgd(), rate: 0.1, step: 0) }
    }
    let wanted = plain.parameters
    for (name, parameter) in fused.parameters {
      for (u, v) in zip(parameter.values, wanted[name]!.values) { #expect(abs(u - v) < 1e-5) }
    }
  }

  @Test("a copy of a network trains on its own")
  func copies() throws {
    let x = Self.inputs(5)
    var first = try Self.network([7, 6, 3], seed: 2)
    let before = first.state()
    var second = first
    _ = second.train(x, labels: Self.labels[...], rate: 0.1)
    #expect(first.state().map(\.array) == before.map(\.array))
    _ = first.train(x, labels: Self.labels[...], rate: 0.1)
    #expect(first.state().map(\.array) == second.state().map(\.array))
  }

  @Test("training gives the same bits on one thread and on three")
  func threads() throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let x = Matrix(
      rowCount: 64, columnCount: 300, elements: Noise.normal(19200, StreamKey(seed: 1)))
    let labels = (0..<64).map { Int32($0 % 10) }
    func run(_ threads: Int) throws -> [Float] {
      Parallel.threadCount = threads
      var net = try Self.network([300, 260, 10], optimizer: .adam(), seed: 4)
      for _ in 0..<5 { _ = net.train(x, labels: labels[...], rate: 1e-3) }
      return net.parameters.sorted { $0.key < $1.key }.flatMap(\.value.values)
    }
    #expect(try run(1) == run(3))
  }

  @Test("every optimizer learns a separable task", arguments: 0..<3)
  func learns(which: Int) throws {
    let optimizer: Optimizer = [
      .sgd(), .sgd(momentum: 0.9, weightDecay: 1e-4), .adam(weightDecay: 1e-2),
    ][which]
    let rate: Float = [0.3, 0.05, 0.01][which]
    let x = Matrix(rowCount: 200, columnCount: 8, elements: Noise.normal(1600, StreamKey(seed: 7)))
    let labels = (0..<200).map { i in Int32(x[i, 0] + x[i, 1] > 0 ? 1 : 0) }
    var net = try Self.network([8, 16, 2], optimizer: optimizer, seed: 8)
    for _ in 0..<200 { _ = net.train(x, labels: labels[...], rate: rate) }
    let y = net.outputs(x)
    let right = (0..<200).filter { (y[$0, 1] > y[$0, 0]) == (labels[$0] == 1) }.count
    #expect(right >= 195)
  }
}
