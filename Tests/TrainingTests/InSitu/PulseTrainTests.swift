import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import Testing
import Training

@Suite struct PulseTrainTests {
  static func model(_ law: String, _ section: String, noise: String = "{cycle: 0.3}") throws
    -> PulseModel
  {
    try PulseModel(
      text: """
        pulses:
          law: \(law)
          conductance: {zero: 50 uS, unit: 25 uS}
          bounds: {minimum: -1, maximum: 1}
          \(section)
          noise: \(noise)
          check-points: []
        """, source: law)
  }

  /// Pulses on the diagonal of an array, whose cells share no line: signed sums over a batch.
  static func diagonal(
    x: Float, d: Float, length: Int32, rowScale: Float, columnScale: Float, size: Int, seed: UInt64
  ) throws -> [Int] {
    let model = try model("constant-step", "step: {size: 0.001}", noise: "{cycle: 0}")
    var devices = PulsedDevices(model, count: size * size, key: StreamKey(seed: seed))
    let trains = PulseTrains(
      x: [Float](repeating: x, count: size), rowCount: size,
      d: [Float](repeating: d, count: size), columnCount: size, lengths: [length],
      rowScale: [rowScale], columnScale: [columnScale], key: StreamKey(seed: seed).child("trains"))
    devices.apply(trains, stepping: .closedForm)
    let states = devices.states
    return (0..<size).map { Int((states[$0 * size + $0] * 1000).rounded()) }
  }

  @Test(
    "coincidences are binomial in the product of the probabilities, up where signs agree",
    arguments: [
      (Float(0.5), Float(0.3), Int32(31), Float(1)), (0.2, 0.05, 31, 1), (1, 0.5, 10, 1),
      (0.9, 0.95, 5, -1), (0.01, 0.4, 127, -1),
    ])
  func binomial(px: Float, pd: Float, length: Int32, sign: Float) throws {
    let size = 250
    var histogram = [Double](repeating: 0, count: Int(length) + 1)
    for seed in 0..<8 {
      let counts = try Self.diagonal(
        x: px, d: sign * pd, length: length, rowScale: 1, columnScale: 1, size: size,
        seed: UInt64(seed))
      for n in counts { histogram[n * Int(sign)] += 1 }
    }
    // Chi-square over cells of at least five expected counts, 2000 in all.
    let p = Double(px) * Double(pd)
    var expected: [Double] = []
    var observed: [Double] = []
    var (e, o) = (0.0, 0.0)
    for n in 0...Int(length) {
      let log =
        lgamma(Double(length) + 1) - lgamma(Double(n) + 1) - lgamma(Double(Int(length) - n) + 1)
        + Double(n) * Foundation.log(p) + Double(Int(length) - n) * log1p(-p)
      e += 2000 * exp(log)
      o += histogram[n]
      if e >= 5 {
        expected.append(e)
        observed.append(o)
        (e, o) = (0, 0)
      }
    }
    expected[expected.count - 1] += e
    observed[observed.count - 1] += o
    let statistic = zip(observed, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1 }
    let freedom = Double(expected.count - 1)
    // Wilson and Hilferty: the cube root is nearly normal; 4 deviations.
    let z =
      (pow(statistic / freedom, 1 / 3.0) - (1 - 2 / (9 * freedom)))
      / (2 / (9 * freedom)).squareRoot()
    #expect(z < 4, "chi-square \(statistic) for \(freedom) degrees of freedom")
  }

  @Test("a saturated train gives every cell every slot, an empty one none")
  func saturated() throws {
    for seed in 0..<3 {
      let full = try Self.diagonal(
        x: 3, d: -2, length: 31, rowScale: 1, columnScale: 1, size: 40, seed: UInt64(seed))
      #expect(full.allSatisfy { $0 == -31 })
      let none = try Self.diagonal(
        x: 0, d: -2, length: 31, rowScale: 1, columnScale: 1, size: 40, seed: UInt64(seed))
      #expect(none.allSatisfy { $0 == 0 })
    }
  }

  static let laws: [(String, String)] = [
    ("constant-step", "step: {size: 0.002}"),
    ("linear-step", "step: {size: 0.003}\n  parameters: {slope-up: 0.3, slope-down: 0.5}"),
    ("soft-bounds", "step: {size: 0.004, asymmetry: 0.3}"),
    (
      "exponential-step",
      "step: {size: 0.001}\n  parameters: {factor-up: -1.18, factor-down: -0.081, rate-up: 5, "
        + "rate-down: 5, scale: -0.5, shift: -0.5}"
    ),
    ("power-step", "step: {size: 0.004}\n  parameters: {exponent: 1.7}"),
    (
      "alpha-beta",
      "parameters: {alpha-up: 0.004, alpha-down: 0.004, beta-up: 3, beta-down: 3}"
    ),
    (
      "piecewise-step",
      "step: {size: 0.003}\n  nodes-up: [1, 0.6, 0.3]\n  nodes-down: [0.3, 0.6, 1]"
    ),
    (
      "table",
      "nodes-up: [0.003, 0.002]\n  nodes-down: [0.002, 0.003]\n"
        + "  deviation-up: [0.002, 0.001]\n  deviation-down: [0.001, 0.002]"
    ),
  ]

  /// Mean and deviation after a batch of trains by one way of stepping, from state `start`: every
  /// device gets its pulses up and down in an order of its own.
  static func moments(
    _ model: PulseModel, start: Float, up: Int, down: Int, stepping: PulseStepping, seed: UInt64
  ) -> SampleStatistics {
    let columns = 20_000
    var devices = PulsedDevices(model, count: columns, key: StreamKey(seed: seed))
    devices.setStates([Float](repeating: start, count: columns))
    let slots = up + down
    var d = [Float](repeating: 1, count: slots * columns)
    if down > 0 {
      for j in 0..<columns {
        var stream = RandomStream(StreamKey(seed: seed).child(j))
        for s in stream.permutation(slots)[..<down] { d[s * columns + j] = -1 }
      }
    }
    let ones = [Float](repeating: 1, count: slots)
    let trains = PulseTrains(
      x: ones, rowCount: 1, d: d, columnCount: columns,
      lengths: [Int32](repeating: 1, count: slots), rowScale: ones, columnScale: ones,
      key: StreamKey(seed: seed))
    devices.apply(trains, stepping: stepping)
    return SampleStatistics(devices.states.map(Double.init))
  }

  @Test(
    "many pulses at once have the mean and the variance of pulse by pulse",
    arguments: laws, [(Float(-0.4), 31, 0), (0.3, 0, 31), (0.1, 40, 40)])
  func closedForm(law: (String, String), pulses: (start: Float, up: Int, down: Int)) throws {
    let model = try Self.model(
      law.0, law.1, noise: law.0 == "table" ? "{floor: 0.0005}" : "{cycle: 0.5, floor: 0.0005}")
    let (start, up, down) = pulses
    let closed = Self.moments(
      model, start: start, up: up, down: down, stepping: .closedForm, seed: 1)
    let exact = Self.moments(
      model, start: start, up: up, down: down, stepping: .pulseByPulse, seed: 2)
    let n = 20_000.0
    // Five standard errors of the difference, and 0.2 % of the way for what is of second order in a step.
    let meanError = 5 * exact.deviation * (2 / n).squareRoot()
    let traveled = abs(exact.mean - Double(start))
    #expect(
      abs(closed.mean - exact.mean) < meanError + 0.002 * traveled + 2e-5,
      "means \(closed.mean), \(exact.mean)")
    let ratio = closed.deviation / exact.deviation
    #expect(abs(ratio - 1) < 5 / n.squareRoot() + 0.01, "deviations' ratio \(ratio)")
  }

  @Test("near a bound many pulses at once end as pulse by pulse, in mean and deviation")
  func nearBounds() throws {
    // Noise of several steps, as filamentary devices have it: every pulse is clipped.
    let model = try Self.model(
      "soft-bounds", "step: {size: 0.002}", noise: "{cycle: 3.75, relative-to: step-size}")
    for (start, up, down) in [(Float(0.98), 31, 0), (-0.99, 0, 62), (0.97, 64, 64)] {
      let closed = Self.moments(
        model, start: start, up: up, down: down, stepping: .closedForm, seed: 3)
      let exact = Self.moments(
        model, start: start, up: up, down: down, stepping: .pulseByPulse, seed: 4)
      let scale = exact.deviation
      #expect(
        abs(closed.mean - exact.mean) < 0.06 * scale,
        "\(start): \(closed.mean), \(exact.mean), \(scale)")
      #expect(
        abs(closed.deviation / exact.deviation - 1) < 0.06,
        "\(start): \(closed.deviation), \(exact.deviation)")
    }
  }

  @Test("one pulse at once is one pulse", arguments: laws)
  func onePulse(law: (String, String)) throws {
    let model = try Self.model(law.0, law.1, noise: "{floor: 0.0}")
    for direction in [PulseDirection.up, .down] {
      var devices = PulsedDevices(model, count: 41, key: StreamKey(seed: 9))
      let starts = (0..<41).map { -1 + Float($0) * 0.05 }
      devices.setStates(starts)
      let counts = [Float](repeating: direction == .up ? 1 : -1, count: 41)
      counts.withUnsafeBufferPointer { _ = devices.apply($0, stepping: .closedForm) }
      for (i, state) in devices.states.enumerated() {
        guard law.0 != "table" else { continue }
        let w = Double(starts[i])
        let expected = model.nominal.held(w + model.nominal.form(direction).step(from: w))
        #expect(abs(Double(state) - expected) < 2e-6, "\(w): \(state), \(expected)")
      }
    }
  }

  @Test("constant steps are linear steps of slope 0, bit for bit, however they are worked out")
  func constantIsLinear() throws {
    for stepping in [PulseStepping.closedForm, .pulseByPulse] {
      var states: [[Float]] = []
      for (law, slopes) in [
        ("constant-step", ""), ("linear-step", "\n  parameters: {slope-up: 0, slope-down: 0}"),
      ] {
        let model = try Self.model(
          law, "step: {size: 0.01, spread: 30 %}" + slopes, noise: "{cycle: 0.5, write: 0.05}")
        var devices = PulsedDevices(model, count: 900, key: StreamKey(seed: 4))
        let x = Noise.uniform(4 * 30, StreamKey(seed: 5)).map { 2 * $0 - 1 }
        let trains = PulseTrains(
          x: x, rowCount: 30, d: x, columnCount: 30, lengths: [20, 31, 3, 31],
          rowScale: [1, 1, 1, 1], columnScale: [1, 2, 1, 1], key: StreamKey(seed: 6))
        devices.apply(trains, stepping: stepping)
        Noise.normal(900, StreamKey(seed: 7)).map { ($0 * 10).rounded() }
          .withUnsafeBufferPointer { _ = devices.apply($0, stepping: stepping) }
        states.append(devices.states + devices.readStates)
      }
      #expect(states[0] == states[1])
      #expect(states[0].contains { $0 > 0.1 })
    }
  }
}
