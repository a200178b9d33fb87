import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct HardwareGradientTests {
  static let labels: [Int32] = [0, 2, 1, 2, 0, 1]
  static let x = Matrix(
    rowCount: 6, columnCount: 7, elements: Noise.normal(42, StreamKey(seed: 3).child("x")))

  static func network(
    _ hardware: HardwareSettings?, hidden: Activation = .tanh, loss: Loss = .crossEntropy,
    optimizer: Optimizer = .sgd()
  ) throws -> Backpropagation {
    try Backpropagation(
      TrainingNetwork(sizes: [7, 6, 3], hidden: hidden, key: StreamKey(seed: 1)), loss: loss,
      optimizer: optimizer, hardware: hardware)
  }

  /// The loss's slope in one number of a parameter by Richardson's difference quotient, and by how much the
  /// quotients of two widths differ.
  static func quotient(
    _ network: Backpropagation, _ parameter: String, _ i: Int, h: Float = 0.01,
    pass: TrainingPass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
  ) -> (slope: Double, difference: Double) {
    func loss(_ h: Float) -> Double {
      var moved = network.shifted(parameter, i, by: h)
      return moved.gradients(x, labels: labels[...], pass: pass)
    }
    let coarse = (loss(h) - loss(-h)) / Double(2 * h)
    let fine = (loss(h / 2) - loss(-h / 2)) / Double(h)
    return ((4 * fine - coarse) / 3, abs(coarse - fine))
  }

  /// Converters without rounding: what is left is differentiable but for the ends of the ranges, and
  /// the straight-through gradient is the gradient.
  static func smooth(_ change: (inout HardwareSettings) -> Void) -> HardwareSettings {
    var settings = HardwareSettings()
    settings.rows = 4
    change(&settings)
    return settings
  }

  static let cases: [(name: String, settings: HardwareSettings)] = [
    ("a learned input range", smooth { $0.inputRange = .learned }),
    ("a fixed input range", smooth { $0.inputRange = .fixed(0.8) }),
    ("additive noise", smooth { $0.additive = 0.1 }),
    ("output noise in tiles", smooth { $0.outputNoise = 0.05 }),
    (
      "a learned factor",
      smooth {
        $0.learnsScale = true
        $0.additive = 0.05
      }
    ),
  ]

  @Test(
    "gradients are the difference quotients of the loss", arguments: cases.indices,
    [Loss.crossEntropy, .meanSquaredError])
  func differences(which: Int, loss: Loss) throws {
    let (name, settings) = Self.cases[which]
    var network = try Self.network(settings, loss: loss)
    // The first pass calibrates the ranges; then they are moved to where some values are clipped.
    _ = network.gradients(Self.x, labels: Self.labels[...])
    network.forEachParameter { name, p in
      if name.contains("range") { for i in p.values.indices { p.values[i] *= 0.7 } }
    }
    _ = network.gradients(Self.x, labels: Self.labels[...])
    let exact = network
    // The largest weight is the unit of the noise, so that moving it is left out.
    let noisy = settings.additive > 0 || settings.outputNoise > 0
    let h: Float = 0.01
    var compared = 0
    for (parameter, value) in exact.parameters {
      let largest = value.values.map(abs).max()!
      // What is not learned has no gradient.
      if parameter.hasSuffix("input-range"), settings.inputRange != .learned { continue }
      if parameter.hasSuffix("output-ranges") { continue }
      if parameter.hasSuffix("output-scale"), !settings.learnsScale { continue }
      for i in value.values.indices {
        if noisy, parameter.hasSuffix("weight"), abs(value.values[i]) > largest - 2 * h { continue }
        let (quotient, difference) = Self.quotient(exact, parameter, i, h: h)
        // A value that passes the end of a range between the points leaves no derivative.
        if difference > 3e-4 { continue }
        compared += 1
        #expect(
          abs(Double(value.gradient[i]) - quotient) <= 1e-4 * max(1, abs(quotient)) + 1e-4,
          "\(name), \(parameter) \(i)")
      }
    }
    #expect(compared > 40, "\(name)")
  }

  @Test("a converter's gradient holds the rounding errors in steps and stops where it clips")
  func surrogate() {
    let inputs = 5
    let x: [Float] = [0.31, -0.74, 1.4, -0.05, 0.52]
    var settings = HardwareSettings()
    settings.inputBits = 4
    settings.inputRange = .learned
    var product = DigitalSite(
      Matrix(rowCount: inputs, columnCount: 1, elements: [1, 2, 3, 4, 5])
    ).on(settings)
    product.forEachParameter { name, p in if name == "input-range" { p.values[0] = 1.1 } }
    product.begin(TrainingPass(key: StreamKey(seed: 1), isTraining: true))
    var z: [Float] = [0]
    product.forward(x, samples: 1, into: &z)
    var dz: [Float] = [1]
    var dx = [Float](repeating: 0, count: inputs)
    product.backward(x: x, dz: &dz, samples: 1, dx: &dx)
    // Seven steps a side. With rounding error e = round(u) − u of u = 7x/r held, q = x + e·r/7.
    var slope: Float = 0
    for (i, value) in x.enumerated() {
      let weight = Float(i + 1)
      let u = 7 * value / 1.1
      slope += weight * (abs(value) > 1.1 ? (value > 0 ? 1 : -1) : (u.rounded() - u) / 7)
      #expect(abs(dx[i] - (abs(value) > 1.1 ? 0 : weight)) < 1e-6)
    }
    var range = Parameter([], decays: false)
    product.forEachParameter { name, p in if name == "input-range" { range = p } }
    #expect(abs(range.gradient[0] - slope) < 1e-5)
  }

  @Test("an output converter's gradient holds the rounding errors too, tile by tile")
  func outputSurrogate() {
    let x: [Float] = [0.31, -0.74, 1.4, -0.05]
    let w: [Float] = [1, -0.4, 0.2, 3]
    var settings = HardwareSettings()
    settings.rows = 2
    settings.outputBits = 4
    var product = DigitalSite(Matrix(rowCount: 4, columnCount: 1, elements: w)).on(settings)
    // The tiles read 0.606 and 0.13: the first is clipped.
    product.forEachParameter { name, p in if name == "output-ranges" { p.values = [0.5, 0.4] } }
    product.begin(TrainingPass(key: StreamKey(seed: 1), isTraining: true))
    var z: [Float] = [0]
    product.forward(x, samples: 1, into: &z)
    let u: Float = 7 * (1.4 * 0.2 - 0.05 * 3) / 0.4
    #expect(abs(z[0] - (0.5 + u.rounded() * 0.4 / 7)) < 1e-6)
    var dz: [Float] = [2]
    var dx = [Float](repeating: 9, count: 4)
    product.backward(x: x, dz: &dz, samples: 1, dx: &dx)
    #expect(dx == [0, 0, 2 * w[2], 2 * w[3]])
    var ranges = Parameter([], decays: false)
    product.forEachParameter { name, p in if name == "output-ranges" { ranges = p } }
    #expect(ranges.gradient[0] == 2)
    #expect(abs(ranges.gradient[1] - 2 * (u.rounded() - u) / 7) < 1e-5)
    #expect(product.weights.gradient[0] == 0 && product.weights.gradient[2] == 2 * x[2])
  }

  @Test("with every imperfection off a step is the digital step", arguments: [true, false])
  func off(momentum: Bool) throws {
    let optimizer = Optimizer.sgd(momentum: momentum ? 0.9 : 0)
    func run(_ hardware: HardwareSettings?) throws -> [Float] {
      var network = try Self.network(hardware, optimizer: optimizer)
      for _ in 0..<50 { _ = network.train(Self.x, labels: Self.labels[...], rate: 0.1) }
      return network.parameters.filter { $0.key.hasSuffix("weight") }.sorted {
        $0.key < $1.key
      }
      .flatMap(\.value.values)
    }
    let digital = try run(nil)
    let analog = try run(HardwareSettings())
    for (a, b) in zip(digital, analog) { #expect(abs(a - b) <= 1e-5 * max(1, abs(a))) }
  }

  @Test("a chip has the write errors of its device, and one key means one chip")
  func chips() throws {
    var settings = HardwareSettings()
    settings.device = try DeviceLibrary.load("hfo2-1t1r")
    settings.readNoise = false
    let count = 200
    let w = Matrix(
      rowCount: count, columnCount: count,
      elements: Noise.uniform(count * count, StreamKey(seed: 9)).map { 2 * $0 - 1 })
    var product = DigitalSite(w).on(settings)
    var identity = [Float](repeating: 0, count: count * count)
    for i in 0..<count { identity[i * count + i] = 1 }
    func read(_ chip: Int) -> [Float] {
      product.begin(
        TrainingPass(
          key: StreamKey(seed: 5), isTraining: false, chip: StreamKey(seed: UInt64(chip))))
      var z = w.elements
      product.forward(identity, samples: count, into: &z)
      return z
    }
    let first = read(1)
    #expect(first == read(1))
    #expect(first != read(2))
    // Each weight stands in two cells; the one that carries it is off by a uniform number of deviation
    // 4.69 µS/√3 of a window of 150 µS, the other one at 0 µS by the same cut off at 0.
    let errors = zip(first, w.elements).filter { abs($1) > 0.1 && abs($1) < 0.9 }.map { $0 - $1 }
    let variance = errors.reduce(0) { $0 + $1 * $1 } / Float(errors.count)
    let own = Float(4.69 / 150 * 4.69 / 150 / 3)
    #expect(variance > own && variance < 2.1 * own)
  }

  @Test(
    "noise on weights has the deviation asked for and rises with its strength",
    arguments: [0.25, 1])
  func noise(strength: Float) {
    var settings = HardwareSettings()
    settings.additive = 0.04
    let w = Matrix<Float>(rowCount: 300, columnCount: 300, repeating: 0.5)
    var product = DigitalSite(w).on(settings)
    product.begin(
      TrainingPass(key: StreamKey(seed: 5), isTraining: true, strength: strength))
    var ones = [Float](repeating: 0, count: 300 * 300)
    for i in 0..<300 { ones[i * 300 + i] = 1 }
    var z = w.elements
    product.forward(ones, samples: 300, into: &z)
    let variance = z.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 90_000
    // The variance of 90,000 normal numbers is known to 0.5 %; four of these.
    let expected = (0.04 * 0.5 * strength) * (0.04 * 0.5 * strength)
    #expect(abs(variance / expected - 1) < 0.02)
  }
}
