import Circuits
import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

/// Hardware-aware training through output converters whose steps are cells.
@Suite struct RampTrainingTests {
  static func settings(_ device: String? = nil, bits: Int = 6) throws -> HardwareSettings {
    var settings = HardwareSettings()
    settings.rows = 6
    settings.columns = 10
    settings.outputBits = bits
    settings.outputRange = .fixed(3)
    settings.ramp = RampConversion()
    if let device { settings.device = try DeviceLibrary.load(device) }
    settings.readNoise = false
    return settings
  }

  static let x = Matrix(
    rowCount: 40, columnCount: 12, elements: Noise.normal(480, StreamKey(seed: 3).child("x")))

  static let weights = Matrix(
    rowCount: 12, columnCount: 17,
    elements: Noise.uniform(204, StreamKey(seed: 4)).map { 2 * $0 - 1 })

  static func product(_ settings: HardwareSettings) -> DigitalSite {
    DigitalSite(weights).on(settings)
  }

  static func read(_ product: inout DigitalSite, _ pass: TrainingPass) -> [Float] {
    var z = [Float](repeating: 0, count: 40 * 17)
    product.begin(pass, samples: 40)
    product.forward(x.elements, samples: 40, into: &z)
    return z
  }

  static func pass(_ seed: UInt64, chip: UInt64? = nil, strength: Float = 1) -> TrainingPass {
    TrainingPass(
      key: StreamKey(seed: seed), isTraining: true, chip: chip.map { StreamKey(seed: $0) },
      strength: strength)
  }

  @Test("ramps without errors have codes in the middles of 2ⁿ equal bins")
  func ideal() throws {
    var digital = Self.product(HardwareSettings())
    var settings = try Self.settings(bits: 5)
    settings.rows = 12
    var single = Self.product(settings)
    let exact = Self.read(&digital, Self.pass(1))
    let step = Float(6) / 32
    for (a, b) in zip(Self.read(&single, Self.pass(1)), exact) {
      let wanted = min(max((b / step).rounded(.down), -16), 15) * step + step / 2
      // At a threshold rounding may go either way.
      let isNear = abs(b / step - (b / step).rounded()) < 1e-3
      #expect(isNear || abs(a - wanted) < 1e-5)
    }
  }

  @Test(
    "gradients go straight through codes, stop at the ends, and hold the rounding errors of a range"
  )
  func gradients() throws {
    var settings = try Self.settings(bits: 4)
    settings.rows = 2
    settings.outputRange = .learned
    let x: [Float] = [0.31, -0.74, 1.4, -0.05]
    let w: [Float] = [1, -0.4, 0.2, 3]
    var product = DigitalSite(Matrix(rowCount: 4, columnCount: 1, elements: w)).on(settings)
    // The tiles read 0.606 and 0.13: the first is clipped.
    product.forEachParameter { name, p in if name == "output-ranges" { p.values = [0.5, 0.4] } }
    product.begin(Self.pass(1))
    var z: [Float] = [0]
    product.forward(x, samples: 1, into: &z)
    // Steps of 0.05: 0.13 lies in the bin from 0.1 to 0.15; 0.5 ends in the bin around 0.46875.
    #expect(abs(z[0] - (0.46875 + 0.125)) < 1e-6)
    var dz: [Float] = [2]
    var dx = [Float](repeating: 9, count: 4)
    product.backward(x: x, dz: &dz, samples: 1, dx: &dx)
    #expect(dx == [0, 0, 2 * w[2], 2 * w[3]])
    var ranges = Parameter([], decays: false)
    product.forEachParameter { name, p in if name == "output-ranges" { ranges = p } }
    #expect(abs(ranges.gradient[0] - 2 * 0.46875 / 0.5) < 1e-5)
    #expect(abs(ranges.gradient[1] - 2 * (0.125 - 0.13) / 0.4) < 1e-4)
  }

  /// What the ramps of 17 columns in four tiles make of numbers from −3 to 3, column by column.
  static func read(
    _ ramp: RampConversion, _ device: DeviceModel?, strength: Float = 1, chip: UInt64 = 1
  ) -> [[Float]] {
    let tiles = [0..<4, 4..<8, 8..<12, 12..<17]
    let ramps = ramp.write(
      OutputConverter(bits: 6, ramp: ramp).unitCodes(signed: true), bits: 6, device: device,
      tiles: tiles, strength: strength, key: StreamKey(seed: chip)
    ).converters.with(range: 3)
    let count = 600
    let raw = (0..<count).flatMap { v in
      Array(repeating: (Float(v) + 0.5) / 100 - 3, count: 17)
    }
    var z = [Float](repeating: 0, count: count * 17)
    ramps.convert(raw, vectors: count, addingTo: &z)
    return (0..<17).map { j in (0..<count).map { z[$0 * 17 + j] } }
  }

  @Test("ramps have the errors of their cells, drawn for each chip, tile or column")
  func chips() throws {
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let tile = RampConversion(sharing: .tile)
    let first = Self.read(tile, device)
    #expect(first == Self.read(tile, device))
    #expect(Set(first).count == 4 && first[0] == first[3] && first[0] != first[4])
    #expect(first != Self.read(tile, device, chip: 2))
    #expect(Set(Self.read(RampConversion(sharing: .column), device)).count == 17)
  }

  @Test("with no strength ramps are ideal, and errors grow with it")
  func strength() throws {
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let ideal = Self.read(RampConversion(), nil)[0]
    func error(_ strength: Float) -> Double {
      (1...20).reduce(0.0) { sum, chip in
        sum
          + Self.read(RampConversion(), device, strength: strength, chip: chip).reduce(0.0) {
            $0 + Double(zip($1, ideal).reduce(Float(0)) { $0 + abs($1.0 - $1.1) })
          }
      }
    }
    let (none, half, full) = (error(0), error(0.5), error(1))
    #expect(none == 0 && half > 0)
    // Codes that are off by one count in proportion to how far thresholds are off.
    #expect(abs(full / half - 2) < 0.2)
  }

  @Test("a ramp's rectifier has its levels, its gradients, and holds rounding errors of its range")
  func rectifier() throws {
    var settings = try Self.settings(bits: 3)
    settings.outputRange = .learned
    settings.rampsActivate = true
    var layer = DigitalSite(
      weights: Matrix(rowCount: 1, columnCount: 1, elements: [1]), bias: [0.5], activation: .relu,
      hardware: settings)
    layer.forEachParameter { name, p in if name == "ramp-range" { p.values = [1.4] } }
    // Sums −0.5, 0.05, 0.33 and 2 at levels of 0.2.
    let x: [Float] = [-1, -0.45, -0.17, 1.5]
    var y = [Float](repeating: 0, count: 4)
    layer.begin(Self.pass(1), samples: 4)
    layer.forward(x, samples: 4, into: &y)
    for (a, b) in zip(y, [0, 0, 0.4, 1.4] as [Float]) { #expect(abs(a - b) < 1e-6) }
    var dy: [Float] = [3, 4, 5, 7]
    var dx = dy
    layer.backward(x: x, dz: &dy, samples: 4, dx: &dx)
    #expect(dx == [0, 4, 5, 0])
    #expect(layer.bias.gradient[0] == 9)
    var range = Parameter([], decays: false)
    layer.forEachParameter { name, p in if name == "ramp-range" { range = p } }
    let wanted: Float = (4 * (0 - 0.05) + 5 * (0.4 - 0.33)) / 1.4 + 7
    #expect(abs(range.gradient[0] - wanted) < 1e-4)
  }

  @Test(
    "ramps of sigmoid and tanh give values within half a code and the smooth slope",
    arguments: [Activation.sigmoid, .tanh])
  func smooth(function: Activation) throws {
    var settings = try Self.settings(bits: 7)
    settings.rows = 12
    settings.rampsActivate = true
    func pass(_ hardware: HardwareSettings?) -> (y: [Float], dx: [Float]) {
      var layer = DigitalSite(
        weights: Self.weights, bias: Array(repeating: 0, count: 17), activation: function,
        hardware: hardware)
      var y = [Float](repeating: 0, count: 40 * 17)
      layer.begin(Self.pass(1), samples: 40)
      layer.forward(Self.x.elements, samples: 40, into: &y)
      var dy = [Float](repeating: 1, count: 40 * 17)
      if hardware == nil {
        // The function and its slope, digitally.
        y.withUnsafeMutableBufferPointer { function.apply($0) }
        for i in dy.indices { dy[i] = function == .tanh ? 1 - y[i] * y[i] : y[i] * (1 - y[i]) }
      }
      var dx = [Float](repeating: 0, count: 480)
      layer.backward(x: Self.x.elements, dz: &dy, samples: 40, dx: &dx)
      return (y, dx)
    }
    let (found, wanted) = (pass(settings), pass(nil))
    let half: Float = (function == .tanh ? 2 : 1) / 256
    for (a, b) in zip(found.y, wanted.y) { #expect(abs(a - b) <= half * 1.001) }
    #expect(Set(found.y).count <= 128)
    for (a, b) in zip(found.dx, wanted.dx) { #expect(abs(a - b) < 1e-4) }
  }

  @Test(
    "a convolution's ramps pass gradients as fine digital functions do",
    arguments: [Activation.relu, .tanh])
  func convolution(function: Activation) throws {
    func gradients(_ hardware: HardwareSettings?) throws -> [Float] {
      var network = TrainingNetwork(inputShape: [2, 3, 3], key: StreamKey(seed: 1))
      try network.convolution(channels: 4, kernel: [2, 2], function)
      try network.dense(3)
      var trained = try Backpropagation(network) {
        DigitalSite($0, hardware: $0.index == 0 ? hardware : nil)
      }
      _ = trained.gradients(
        FollowedTrainingTests.x, labels: FollowedTrainingTests.labels[...], pass: Self.pass(1))
      let found = trained.parameters
      return found["layer1.weight"]!.gradient + found["layer1.bias"]!.gradient
    }
    var settings = try Self.settings(bits: 10)
    settings.rows = 8
    settings.rampsActivate = true
    settings.outputRange = .fixed(8)
    #expect(try WiredTrainingTests.distance(gradients(settings), gradients(nil)) < 0.01)
  }

  @Test("layers on several tiles and layers without a function convert by linear ramps")
  func linearOnes() throws {
    var settings = try Self.settings()
    settings.rampsActivate = true
    settings.outputRange = .learned
    func names(_ inputs: Int, _ activation: Activation?) -> [String] {
      var layer = DigitalSite(
        weights: Matrix(rowCount: inputs, columnCount: 3, repeating: 1), activation: activation,
        hardware: settings)
      var names: [String] = []
      layer.forEachParameter { name, p in if !p.values.isEmpty { names.append(name) } }
      return names
    }
    #expect(names(6, .relu).contains("ramp-range"))
    #expect(!names(7, .relu).contains("ramp-range"))
    #expect(!names(6, nil).contains("ramp-range"))
  }

  @Test(
    "a network learns through ramps that are drawn anew in every step", arguments: [false, true])
  func learns(activates: Bool) throws {
    var settings = try Self.settings("hfo2-1t1r", bits: 5)
    settings.rampsActivate = activates
    if activates { settings.rows = 18 }
    settings.outputRange = .learned
    let labels = FollowedTrainingTests.labels
    var network = try FollowedTrainingTests.dense(settings)
    var losses: [Double] = []
    for step in 0..<150 {
      losses.append(
        network.train(
          FollowedTrainingTests.x, labels: labels[...], rate: 0.1,
          pass: TrainingPass(key: StreamKey(seed: 1).child(step), isTraining: true)))
    }
    #expect(losses[0] > 1 && losses[140...].reduce(0, +) / 10 < 0.3)
  }
}
