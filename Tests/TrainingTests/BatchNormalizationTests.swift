import ArrayFiles
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct BatchNormalizationTests {
  static let labels: [Int32] = [0, 2, 1, 2, 0, 1, 1, 0]

  static func inputs(_ count: Int) -> Matrix<Float> {
    Matrix(
      rowCount: 8, columnCount: count,
      elements: Noise.normal(8 * count, StreamKey(seed: 3).child("x")).map { 2 * $0 + 0.5 })
  }

  /// Dense layers with a normalization between, the first through a chip where there is one.
  static func dense(
    _ hardware: HardwareSettings? = nil, optimizer: Optimizer = .sgd()
  ) throws -> Backpropagation {
    var network = TrainingNetwork(inputShape: [18], key: StreamKey(seed: 1))
    try network.dense(6)
    try network.batchNormalization(.tanh)
    try network.dense(3)
    return try Backpropagation(network, optimizer: optimizer) {
      DigitalSite($0, hardware: $0.index == 0 ? hardware : nil)
    }
  }

  static func convolution() throws -> Backpropagation {
    var network = TrainingNetwork(inputShape: [2, 3, 3], key: StreamKey(seed: 1))
    try network.convolution(channels: 4, kernel: [2, 2])
    try network.batchNormalization(.sigmoid)
    try network.dense(3)
    return try Backpropagation(network)
  }

  @Test("gradients through the statistics of a batch are difference quotients", arguments: [0, 1])
  func gradients(which: Int) throws {
    let x = Self.inputs(18)
    var network = try which == 0 ? Self.dense() : Self.convolution()
    // Scales and shifts that are not those of the start.
    network.forEachParameter { name, p in
      guard name.hasPrefix("layer2.") else { return }
      for i in p.values.indices { p.values[i] += 0.3 * Float(i + 1) }
    }
    _ = network.gradients(x, labels: Self.labels[...])
    var compared = 0
    for (name, value) in network.parameters {
      for i in value.values.indices {
        func loss(_ h: Float) -> Double {
          var moved = network.shifted(name, i, by: h)
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
  func normalizes() throws {
    var network = TrainingNetwork(inputShape: [3, 6], key: StreamKey(seed: 1))
    try network.batchNormalization()
    var trained = try Backpropagation(network)
    let x = Self.inputs(18)
    _ = trained.gradients(x, labels: Self.labels[...])
    let y = trained.output.elements
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
    var plain = try Self.dense(optimizer: .sgd(momentum: 0.5))
    let x = Self.inputs(18)
    for _ in 0..<60 { _ = plain.train(x, labels: Self.labels[...], rate: 0.1) }
    plain.estimateStatistics(x, chip: StreamKey(seed: 1), key: StreamKey(seed: 1))
    var chip = try Self.dense(settings)
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
    var network = try Self.dense(optimizer: .adam())
    let x = Self.inputs(18)
    for _ in 0..<20 { _ = network.train(x, labels: Self.labels[...], rate: 0.01) }
    let wanted = network.outputs(x)
    var other = try Self.dense(optimizer: .adam())
    try other.restore(NamedArrays(source: "test", network.state()))
    #expect(other.outputs(x) == wanted)
    let graph = try network.exported().network(source: "test")
    let found = try graph.evaluate(
      Tensor(shape: [8, 18], elements: x.elements), engine: DigitalEngine(graph))
    for (a, b) in zip(found.elements, wanted.elements) { #expect(abs(a - b) < 1e-4) }
  }
}
