import Circuits
import Crossbar
import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing
import Training

/// Products that read a mapping cell by cell: against the folded pairs, and against differences of their own outputs.
@Suite struct MappedProductTests {
  static let (inputs, outputs, samples) = (17, 5, 6)
  static let weights = Noise.normal(inputs * outputs, StreamKey(seed: 1))
  static let x = Noise.normal(samples * inputs, StreamKey(seed: 2))
  static let errors = Noise.normal(samples * outputs, StreamKey(seed: 3))

  static func settings(
    _ change: (inout HardwareSettings) -> Void = { _ in }
  ) throws -> HardwareSettings {
    var settings = HardwareSettings()
    settings.device = try DeviceLibrary.load("ideal")
    settings.rows = 7
    settings.inputBits = 6
    settings.inputRange = .calibrated(quantile: 0.95)
    settings.outputBits = 8
    settings.outputRange = .calibrated(quantile: 1)
    change(&settings)
    return settings
  }

  static func site(_ settings: HardwareSettings) -> DigitalSite {
    DigitalSite(
      weights: Matrix(rowCount: inputs, columnCount: outputs, elements: weights),
      hardware: settings)
  }

  static func mapped(
    _ scheme: String, _ change: (inout HardwareSettings) throws -> Void = { _ in }
  ) throws -> DigitalSite {
    var settings = try settings()
    settings.mapping = HardwareSettings.Mapping(scheme: WeightMapping(scheme: scheme))
    try change(&settings)
    return site(settings)
  }

  /// Outputs, and the gradients at inputs and weights, of one pass.
  static func pass(_ site: DigitalSite, chip: UInt64 = 1) -> (y: [Float], dx: [Float], dw: [Float])
  {
    var site = site
    site.begin(
      TrainingPass(key: StreamKey(seed: chip), isTraining: true), vectors: samples,
      samples: samples)
    var y = [Float](repeating: 0, count: samples * outputs)
    site.forward(x, vectors: samples, into: &y, call: 0)
    var errors = errors
    var dx = x
    site.adjoint(x, &errors, vectors: samples, into: &dx, skipping: 0, call: 0, rate: nil)
    return (y, dx, site.weights.gradient)
  }

  static func distance(_ a: [Float], _ b: [Float]) -> Float {
    let size = b.reduce(Float(0)) { max($0, abs($1)) }
    return zip(a, b).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / size
  }

  @Test("one-sided pairs give the outputs and the gradients of the folded ones")
  func folded() throws {
    let (a, b) = (
      Self.pass(try Self.mapped("differential-pair")),
      Self.pass(Self.site(try Self.settings()))
    )
    #expect(Self.distance(a.y, b.y) < 1e-5)
    #expect(Self.distance(a.dx, b.dx) < 1e-5)
    #expect(Self.distance(a.dw, b.dw) < 1e-5)
  }

  @Test("gradients stop where outputs clip, the same for one-sided pairs and the folded ones")
  func clipped() throws {
    for quantile in [0.5, 0.9] {
      let (a, b) = (
        Self.pass(
          try Self.mapped("differential-pair") { $0.outputRange = .calibrated(quantile: quantile) }),
        Self.pass(
          Self.site(
            try Self.settings { $0.outputRange = .calibrated(quantile: quantile) }))
      )
      let whole = Self.pass(try Self.mapped("differential-pair"))
      #expect(Self.distance(a.y, b.y) < 1e-5)
      #expect(Self.distance(a.dx, b.dx) < 1e-5)
      #expect(Self.distance(a.dw, b.dw) < 1e-5)
      #expect(Self.distance(a.dx, whole.dx) > 0.1)
    }
  }

  @Test("nothing passes where all conversions clip", arguments: WeightMapping.schemes)
  func nothingPasses(name: String) throws {
    let whole = Self.pass(try Self.mapped(name))
    let found = Self.pass(try Self.mapped(name) { $0.outputRange = .fixed(1e-5) })
    #expect(Self.distance(found.dx, whole.dx) > 0.9)
    // Slices of pairs may be 0, which no range clips.
    #expect(name == "bit-sliced" || (found.dx + found.dw).allSatisfy { $0 == 0 })
  }

  @Test("of inputs sent bit by bit the share of the conversions that do not clip passes")
  func bits() throws {
    let end: Float = 2
    let found = Self.pass(
      try Self.mapped("differential-pair") {
        $0.mapping?.coding = .bitSerial
        ($0.inputBits, $0.inputRange, $0.outputRange) = (3, .fixed(2), .fixed(end))
        $0.rows = Self.inputs
      })
    // By hand: magnitudes of two bits, 3 for the range of 2, whose bit d alone stands for 2^d of 3.
    var shares = [Float](repeating: 0, count: Self.samples * Self.outputs)
    for v in 0..<Self.samples {
      for j in 0..<Self.outputs {
        for d in 0..<2 {
          let sum = (0..<Self.inputs).reduce(Float(0)) { sum, i in
            let x = Self.x[v * Self.inputs + i]
            let code = Int((min(2, abs(x)) * 1.5).rounded(.toNearestOrEven))
            let digit: Float = code & (1 << d) == 0 ? 0 : 2
            return sum + (x < 0 ? -digit : digit) * Self.weights[i * Self.outputs + j]
          }
          if abs(sum) <= end { shares[v * Self.outputs + j] += Float(1 << d) / 3 }
        }
      }
    }
    #expect(Set(shares.map { ($0 * 3).rounded() }) == [0, 1, 2, 3])
    for v in 0..<Self.samples {
      for i in 0..<Self.inputs where abs(Self.x[v * Self.inputs + i]) < 2 {
        let wanted = (0..<Self.outputs).reduce(Float(0)) {
          $0 + shares[v * Self.outputs + $1] * Self.errors[v * Self.outputs + $1]
            * Self.weights[i * Self.outputs + $1]
        }
        #expect(abs(wanted - found.dx[v * Self.inputs + i]) < 1e-4)
      }
    }
  }

  @Test("every scheme computes nearly the same product", arguments: WeightMapping.schemes)
  func schemes(name: String) throws {
    let plain = Self.pass(try Self.mapped("differential-pair") { $0.outputBits = nil })
    let found = Self.pass(try Self.mapped(name) { $0.outputBits = nil })
    let isSliced = name.hasPrefix("bit-sliced")
    // Slices round weights to eight bits.
    #expect(Self.distance(found.y, plain.y) < (isSliced ? 0.01 : 1e-4))
    #expect(Self.distance(found.dx, plain.dx) < (isSliced ? 0.01 : 1e-4))
    #expect(found.dw == plain.dw)
  }

  @Test("drifted cells give less, and a time of nothing gives what was written")
  func drift() throws {
    func size(_ time: Double?) throws -> Float {
      let product = try Self.mapped("differential-pair") {
        $0.device = try DeviceLibrary.load("pcm")
        ($0.readNoise, $0.writeErrors, $0.outputBits) = (false, false, nil)
        $0.time = time.map { Seconds($0) }
      }
      return Self.pass(product).y.reduce(0) { $0 + abs($1) }
    }
    let (now, day, year) = (try size(nil), try size(86_400), try size(3.15e7))
    #expect(year < 0.95 * day && day < 0.95 * now)
  }

  @Test("cells that conduct as sinh bend amplitudes, not the widths of pulses")
  func nonlinear() throws {
    func product(_ coding: InputConverter.Coding, _ law: ConductionLaw) throws -> [Float] {
      Self.pass(
        try Self.mapped("differential-pair") {
          $0.device?.conduction = law
          $0.mapping?.coding = coding
          $0.outputBits = nil
          $0.rows = Self.inputs
        }
      ).y
    }
    let law = ConductionLaw.sinh(steepness: 5)
    let linear = try product(.amplitude, .ohmic)
    #expect(try product(.pulseWidth, law) == product(.pulseWidth, .ohmic))
    let bent = try product(.amplitude, law)
    #expect(Self.distance(bent, linear) > 0.02)
    // By hand: the inputs' codes, bent, times the weights.
    let volts = try DeviceLibrary.load("ideal").readVoltage.value
    let range = Float(quantile(Self.x.map { Double(abs($0)) }, 0.95))
    for v in 0..<Self.samples {
      for j in 0..<Self.outputs {
        let sum = (0..<Self.inputs).reduce(0.0) { sum, i in
          let code = Double(min(1, max(-1, Self.x[v * Self.inputs + i] / range)))
          let rounded = (code * 31).rounded(.toNearestOrEven) / 31
          let input = sinh(5 * volts * rounded) / sinh(5 * volts) * Double(range)
          return sum + input * Double(Self.weights[i * Self.outputs + j])
        }
        #expect(abs(Float(sum) - bent[v * Self.outputs + j]) < 2e-3 * max(1, abs(Float(sum))))
      }
    }
  }

  @Test("the gradient at the inputs is that of the chip's outputs")
  func gradient() throws {
    for scheme in ["two-sided-pair", "bit-sliced-reference"] {
      let product = try Self.mapped(scheme) {
        $0.device = try DeviceLibrary.load("hfo2-1t1r")
        ($0.inputBits, $0.outputBits, $0.readNoise) = (nil, nil, false)
        $0.inputRange = .absoluteMaximum
      }
      var chip = product
      chip.begin(
        TrainingPass(key: StreamKey(seed: 4), isTraining: true), vectors: Self.samples,
        samples: Self.samples)
      func outputs(_ x: [Float]) -> [Float] {
        var y = [Float](repeating: 0, count: Self.samples * Self.outputs)
        chip.forward(x, vectors: Self.samples, into: &y, call: 0)
        return y
      }
      let y = outputs(Self.x)
      var errors = Self.errors
      var dx = Self.x
      chip.adjoint(
        Self.x, &errors, vectors: Self.samples, into: &dx, skipping: 0, call: 0, rate: nil)
      for i in [0, 8, 16, 40, 101] {
        var moved = Self.x
        moved[i] += 0.5
        let change = zip(outputs(moved), y).enumerated().reduce(Float(0)) {
          $0 + Self.errors[$1.offset] * ($1.element.0 - $1.element.1)
        }
        #expect(abs(change / 0.5 - dx[i]) < 1e-3 * max(1, abs(dx[i])))
      }
    }
  }
}
