import DeviceModels
import InputOutput
import LinearAlgebra
import NumericalMethods
import Randomness
import TestSupport
import Testing

@Suite struct PulseTests {
  static let withPulses = DeviceFile.programmable.filter {
    (try? DeviceLibrary.load($0))?.pulses != nil
  }

  /// One section a law, noise off.
  static let sections = [
    "law: constant-step\n  step: {size: 0.01}",
    "law: linear-step\n  step: {size: 0.01}\n  parameters: {slope-up: 0.4, slope-down: 0.7}",
    "law: soft-bounds\n  step: {size: 0.02, asymmetry: 0.2}",
    "law: soft-bounds-reference\n  step: {size: 0.02}\n  parameters: {reference: 0.1}",
    "law: soft-bounds-by-pulses\n  parameters: {pulses: 200, rate: 0.01}",
    "law: exponential-step\n  step: {size: 0.005}\n  parameters: {factor-up: -1.2, factor-down: -0.1, "
      + "rate-up: 3, rate-down: 3, scale: -0.5, shift: -0.5}",
    "law: alpha-beta\n  parameters: {alpha-up: 0.05, alpha-down: 0.04, beta-up: 3, beta-down: 2}",
    "law: nonlinearity-label\n  parameters: {label-up: 2.4, label-down: -4.88, pulses-up: 97, "
      + "pulses-down: 100}",
    "law: power-step\n  step: {size: 0.02}\n  parameters: {exponent: 1.7}",
    "law: piecewise-step\n  step: {size: 0.02}\n  nodes-up: [1, 0.8, 0.3, 0.1]\n  nodes-down: [0.1, "
      + "0.2, 0.9, 1]",
    "law: table\n  nodes-up: [0.03, 0.02, 0.01]\n  nodes-down: [0.01, 0.02, 0.03]",
  ]

  static func model(_ section: String, noise: String = "") throws -> PulseModel {
    try PulseModel(
      text: """
        pulses:
          conductance: {zero: 50 uS, unit: 25 uS}
          bounds: {minimum: -1, maximum: 1}
          \(section)
        \(noise.isEmpty ? "" : "  noise: {\(noise)}")
        """, source: "test")
  }

  @Test("every law has a section here, and every preset meets its check points")
  func checkPoints() throws {
    #expect(Self.sections.count == PulseLaws.names.count)
    #expect(Self.withPulses.count >= 11)
    for name in Self.withPulses {
      let model = try #require(try DeviceLibrary.load(name).pulses)
      #expect(!model.checkPoints.isEmpty, "\(name) promises nothing")
      for point in model.checkPoints {
        let slack = point.tolerance * max(abs(point.up), abs(point.down))
        #expect(abs(model.nominal.up.step(from: point.state) - point.up) <= slack, "\(name)")
        #expect(abs(model.nominal.down.step(from: point.state) - point.down) <= slack, "\(name)")
      }
    }
  }

  @Test("the kernel makes the steps of its twin in double precision", arguments: sections)
  func twin(section: String) throws {
    let model = try Self.model(section)
    let count = 777
    var devices = PulsedDevices(model, count: count, key: StreamKey(seed: 2))
    devices.setStates(Noise.uniform(count, StreamKey(seed: 3)).map { 2 * $0 - 1 })
    let before = devices.states
    for (pulses, direction) in [(1, PulseDirection.up), (-3, .down)] {
      var copy = devices
      copy.apply(pulses)
      for (w, after) in zip(before, copy.states) {
        let exact = model.nominal.train(direction, count: abs(pulses), from: Double(w)).last ?? 0
        #expect(abs(Double(after) - exact) < 1e-6, "\(direction) from \(w)")
      }
    }
  }

  @Test("closed forms of affine laws equal the iteration", arguments: sections)
  func closed(section: String) throws {
    let nominal = try Self.model(section).nominal
    for direction in PulseDirection.allCases {
      guard nominal.form(direction).exactState(after: 1, from: 0) != nil else { continue }
      for n in [1, 7, 60, 400] {
        let iterated = nominal.train(direction, count: n, from: -0.2).last ?? 0
        #expect(abs(nominal.state(after: n, direction, from: -0.2) - iterated) < 1e-12)
      }
    }
  }

  @Test(
    "the continuous closed form is off by the first order of a step",
    arguments: [
      "law: exponential-step\n  step: {size: SIZE}\n  parameters: {factor-up: -1.2, factor-down: -0.1, "
        + "rate-up: 3, rate-down: 3, scale: -0.5, shift: -0.5}",
      "law: power-step\n  step: {size: SIZE}\n  parameters: {exponent: 1.7}",
      "law: soft-bounds\n  step: {size: SIZE}",
    ])
  func continuous(section: String) throws {
    func error(_ pulses: Int) throws -> Double {
      let size = String(0.6 / Double(pulses))
      let nominal = try Self.model(section.replacing("SIZE", with: size)).nominal
      let closed = try #require(nominal.up.continuousState(after: Double(pulses), from: -0.3))
      return abs(closed - (nominal.train(.up, count: pulses, from: -0.3).last ?? 0))
    }
    let order = try error(100) / error(200)
    #expect(order > 1.8 && order < 2.2, "halving the step divides the error by \(order)")
  }

  @Test("a step's noise is normal with the deviation that is stated", arguments: [1, -1])
  func noise(pulse: Int) throws {
    let model = try Self.model(
      "law: constant-step\n  step: {size: 0.01}", noise: "cycle: 0.5, floor: 0.001")
    let n = 20_000
    var devices = PulsedDevices(model, count: n, key: StreamKey(seed: 5))
    devices.apply(pulse)
    let sigma = 0.5 * 0.01 + 0.001
    let p = kolmogorovSmirnov(devices.states.map(Double.init)) {
      Distribution.normal(($0 - 0.01 * Double(pulse)) / sigma)
    }
    #expect(p > 1e-3)
    // Pulses are independent: variances add.
    devices.setStates([Float](repeating: 0, count: n))
    devices.apply(9 * pulse)
    let s = SampleStatistics(devices.states.map(Double.init))
    #expect(abs(s.deviation / (3 * sigma) - 1) < 5 / (2 * Double(n)).squareRoot())
  }

  @Test("a table's deviations are those of its nodes")
  func tableNoise() throws {
    let model = try Self.model(
      "law: table\n  nodes-up: [0.02, 0.02]\n  nodes-down: [0.02, 0.02]\n  deviation-up: [0, 0.01]\n"
        + "  deviation-down: [0.004, 0.004]")
    let n = 20_000
    for (pulse, sigma) in [(1, 0.005), (-1, 0.004)] {
      var devices = PulsedDevices(model, count: n, key: StreamKey(seed: 6))
      devices.apply(pulse)
      let p = kolmogorovSmirnov(devices.states.map(Double.init)) {
        Distribution.normal(($0 - 0.02 * Double(pulse)) / sigma)
      }
      #expect(p > 1e-3, "direction \(pulse)")
    }
  }

  @Test("no pulse and no write moves a stuck device, the others are as without stuck ones")
  func stuck() throws {
    let section = "law: soft-bounds\n  step: {size: 0.02, spread: 0.3}"
    let count = 20_000
    var model = try Self.model(section + "\n  stuck: {fraction: 0.11, state: -0.5}")
    let key = StreamKey(seed: 3)
    var some = PulsedDevices(model, count: count, key: key)
    model.stuck.fraction = 0
    var none = PulsedDevices(model, count: count, key: key)
    some.setStates([Float](repeating: 0.3, count: count))
    none.setStates([Float](repeating: 0.3, count: count))
    some.apply(10)
    none.apply(10)
    let held = some.states.indices.filter { some.states[$0] == -0.5 }
    // Five deviations of a binomial count.
    #expect(abs(Double(held.count) - 2200) < 5 * (2200 * 0.89).squareRoot())
    let free = Set(some.states.indices).subtracting(held)
    #expect(free.allSatisfy { some.states[$0] == none.states[$0] })
  }

  @Test("what is read carries the write noise, the state does not")
  func writeNoise() throws {
    let model = try Self.model("law: constant-step\n  step: {size: 0.01}", noise: "write: 0.1")
    var devices = PulsedDevices(model, count: 20_000, key: StreamKey(seed: 7))
    devices.apply(2)
    #expect(devices.states.allSatisfy { abs($0 - 0.02) < 1e-7 })
    let first = devices.readStates
    #expect(
      kolmogorovSmirnov(first.map(Double.init)) { Distribution.normal(($0 - 0.02) / 0.1) } > 1e-3)
    #expect(devices.readStates == first, "reading again reads the same")
  }

  @Test("the same bits on any number of threads, and a number of pulses for each device")
  func bits() throws {
    let model = try #require(try DeviceLibrary.load("reram-es").pulses)
    let count = 20_000
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    var results: [[Float]] = []
    for threads in [1, 2] {
      Parallel.threadCount = threads
      var devices = PulsedDevices(model, count: count, key: StreamKey(seed: 10))
      devices.apply(7)
      devices.apply((0..<count).map { Int16($0 % 5 - 2) })
      results.append(devices.readStates)
    }
    #expect(results[0] == results[1])
    // Equal numbers for all devices are the uniform train.
    var uniform = PulsedDevices(model, count: 1000, key: StreamKey(seed: 11))
    var listed = uniform
    uniform.apply(-4)
    listed.apply([Int16](repeating: -4, count: 1000))
    #expect(uniform.states == listed.states)
    // A device without pulses keeps its state and what is read of it.
    let kept = listed.readStates
    listed.apply((0..<1000).map { $0 < 500 ? 1 : 0 })
    #expect(Array(listed.readStates[500...]) == Array(kept[500...]))
    #expect(Array(listed.readStates[..<500]) != Array(kept[..<500]))
  }

  @Test("labels give the exponents of their table, and the curve spans the window")
  func labels() throws {
    for (label, nu) in [
      (1.0, 0.80), (2.0, 1.64), (3.0, 2.59), (4.0, 3.72), (5.0, 5.20), (6.0, 7.37),
    ] {
      #expect(abs(NonlinearityLabel.curvature(ofLabel: label) - nu) < 0.011)
      #expect(
        NonlinearityLabel.curvature(ofLabel: -label) == -NonlinearityLabel.curvature(ofLabel: label)
      )
    }
    let model = try #require(try DeviceLibrary.load("rram-neurosim").pulses)
    #expect(abs(model.nominal.state(after: 97, .up, from: 0) - 1) < 1e-12)
    #expect(abs(model.nominal.state(after: 100, .down, from: 1)) < 1e-12)
  }

  @Test("at the symmetry point a pulse up and one down cancel")
  func symmetry() throws {
    let nominal = try Self.model(Self.sections[2]).nominal
    let point = try nominal.symmetryPoint()
    #expect(abs(nominal.up.step(from: point) + nominal.down.step(from: point)) < 1e-12)
    let subtracted = try #require(try DeviceLibrary.load("reram-array-om").pulses).nominal
    #expect(abs(try subtracted.symmetryPoint()) < 1e-12)
  }

  @Test("a leaky cell loses its state with its lifetime, a reset puts it where the file says")
  func relaxation() throws {
    var model = try #require(try DeviceLibrary.load("capacitor").pulses)
    model.relaxation.lifetime = 100
    model.relaxation.lifetimeSpread = 0
    var devices = PulsedDevices(model, count: 100, key: StreamKey(seed: 12))
    devices.setStates([Float](repeating: 0.5, count: 100))
    for _ in 0..<100 { devices.decay() }
    #expect(devices.states.allSatisfy { abs($0 - 0.5 * 0.366_032) < 1e-5 })

    let pcm = try #require(try DeviceLibrary.load("pcm-preset").pulses)
    var cells = PulsedDevices(pcm, count: 1000, key: StreamKey(seed: 13))
    cells.apply(20)
    let before = cells.states
    cells.reset((0..<1000).map { $0 < 600 })
    #expect(Array(cells.states[600...]) == Array(before[600...]))
    #expect(cells.states[..<600].allSatisfy { $0 >= 0 && $0 < 0.15 })
  }

  @Test("all faults of a section are told at once, each with its line")
  func faults() {
    do {
      _ = try Self.model("law: soft-bound\n  step: {size: -1, assymmetry: 0}")
      Issue.record("the section was accepted")
    } catch let error as InputErrors {
      #expect(error.faults.count == 3)
      #expect(error.description.contains("soft-bounds"))
      #expect(error.description.contains("line 5"))
    } catch {
      Issue.record("\(error)")
    }
  }
}
