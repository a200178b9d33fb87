import DeviceModels
import Foundation
import NumericalMethods
import PhysicalUnits
import Randomness
import StrictYAML
import Testing

/// Laws of switching and of I–V loops fitted to data that the same laws drew.
@Suite struct SwitchingFitTests {
  @Test("switching: the parameters of all three laws come back", arguments: SwitchingFit.laws)
  func switching(law: String) throws {
    let drawn: (Double, Double) -> Double =
      switch law {
      case "exponential":
        ExponentialSwitching(timeConstant: 1e3, voltageScale: 0.15, dose: .logNormal(0.8))
          .probability
      case "neel-brown":
        NeelBrownSwitching(attemptTime: 1e-9, stability: 30, criticalVoltage: 1).probability
      default: { height, _ in Distribution.normal((height - 2.4) / 0.3) }
      }
    let heights: [Double]
    let widths: [Double]
    switch law {
    case "exponential": (heights, widths) = ([1.6, 1.8, 2], [1e-4, 1e-3, 1e-2, 0.1])
    case "neel-brown": (heights, widths) = ([0.4, 0.5, 0.6], [1e-5, 1e-4, 1e-3, 1e-2])
    default: (heights, widths) = ([1.8, 2, 2.2, 2.4, 2.6, 2.8, 3], [1])
    }
    var stream = RandomStream(StreamKey(seed: 5).child(law))
    var points: [SwitchingFit.Point] = []
    for height in heights {
      for width in widths {
        let p = drawn(height, width)
        let hits = (0..<2000).reduce(0) { n, _ in n + (stream.uniform() < p ? 1 : 0) }
        points.append(
          SwitchingFit.Point(
            height: height, width: width, probability: Double(hits) / 2000, count: 2000))
      }
    }
    let fit = try SwitchingFit(law, to: points)
    switch law {
    case "exponential":
      try MeasuredFitTests.check(fit, "voltage-scale", 0.15, within: 0.1)
      try MeasuredFitTests.check(fit, "log-deviation", 0.8, within: 0.2)
      let constant = try #require(fit.estimates.first { $0.key == "time-constant" })
      #expect(abs(log(constant.value / 1e3)) < 5 * constant.standardError / constant.value)
    case "neel-brown":
      try MeasuredFitTests.check(fit, "stability", 30, within: 0.3)
      try MeasuredFitTests.check(fit, "critical-voltage", 1, within: 0.2)
    default:
      try MeasuredFitTests.check(fit, "mean-voltage", 2.4, within: 0.02)
      try MeasuredFitTests.check(fit, "deviation", 0.3, within: 0.1)
    }
    let file = try DeviceFile(text: MeasuredFitTests.head + fit.sections, name: "fitted")
    let section = try #require(file.switching)
    for point in section.checkPoints {
      let given = section.probability(height: point.height, width: point.width)
      #expect(abs(given - point.probability) <= point.tolerance)
    }
  }

  @Test(
    "switching: two of three standard errors hold the parameter, however few pulses are counted")
  func switchingErrors() throws {
    let (law, wanted) = (
      ExponentialSwitching(timeConstant: 1e3, voltageScale: 0.15, dose: .logNormal(0.8)), 0.15
    )
    var stream = RandomStream(StreamKey(seed: 9).child("switching errors"))
    var inside = 0
    let fits = 200
    for _ in 0..<fits {
      // Five points for three parameters: their scatter alone says little about the errors.
      let points = [(1.6, 1e-2), (1.6, 0.1), (1.8, 1e-3), (1.8, 1e-2), (2, 1e-3)].map {
        height, width in
        let p = law.probability(height: height, width: width)
        let hits = (0..<400).reduce(0) { n, _ in n + (stream.uniform() < p ? 1 : 0) }
        return SwitchingFit.Point(
          height: height, width: width, probability: Double(hits) / 400, count: 400)
      }
      let fit = try SwitchingFit("exponential", to: points)
      let scale = try #require(fit.estimates.first { $0.key == "voltage-scale" })
      if abs(scale.value - wanted) <= scale.standardError { inside += 1 }
    }
    #expect((0.6...0.85).contains(Double(inside) / Double(fits)), "\(inside) of \(fits)")
  }

  @Test(
    "Néel and Brown's law is found in clean probabilities, most of them near 0 and 1",
    arguments: [
      (stability: 45.0, voltage: 0.6, heights: [0.35, 0.4, 0.45]),
      (stability: 60.0, voltage: 0.5, heights: [0.2, 0.3, 0.4]),
    ])
  func clean(stability: Double, voltage: Double, heights: [Double]) throws {
    let law = NeelBrownSwitching(
      attemptTime: 1e-9, stability: stability, criticalVoltage: voltage)
    let points = heights.flatMap { height in
      [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1].map { width in
        SwitchingFit.Point(
          height: height, width: width, probability: law.probability(height: height, width: width),
          count: 2000)
      }
    }
    let fit = try SwitchingFit(
      "neel-brown", to: points, held: SwitchingFit.usuallyHeld("neel-brown"))
    for (key, value) in [("stability", stability), ("critical-voltage", voltage)] {
      let found = try #require(fit.estimates.first { $0.key == key })
      #expect(abs(found.value / value - 1) < 0.02)
    }
  }

  @Test(
    "Néel and Brown's attempt time is held, an exponential dose is fitted without its deviation")
  func held() throws {
    var stream = RandomStream(StreamKey(seed: 6).child("held"))
    func points(
      _ heights: [Double], _ widths: [Double], _ p: (Double, Double) -> Double
    ) -> [SwitchingFit.Point] {
      heights.flatMap { height in
        widths.map { width in
          let q = p(height, width)
          let hits = (0..<2000).reduce(0) { n, _ in n + (stream.uniform() < q ? 1 : 0) }
          return SwitchingFit.Point(
            height: height, width: width, probability: Double(hits) / 2000, count: 2000)
        }
      }
    }
    let magnetic = points(
      [0.4, 0.5, 0.6], [1e-5, 1e-4, 1e-3, 1e-2],
      NeelBrownSwitching(attemptTime: 1e-9, stability: 30, criticalVoltage: 1).probability)
    let fit = try SwitchingFit(
      "neel-brown", to: magnetic, held: SwitchingFit.usuallyHeld("neel-brown"))
    #expect(fit.estimates.first { $0.key == "attempt-time" }?.determination == "held")
    #expect(
      fit.estimates.filter { $0.key != "attempt-time" }.allSatisfy { $0.determination == "yes" })
    try MeasuredFitTests.check(fit, "stability", 30, within: 0.05)
    let section = try #require(
      try DeviceFile(text: MeasuredFitTests.head + fit.sections, name: "fit").switching)
    #expect(abs((section.parameters.numbers["attempt-time"] ?? 0) / 1e-9 - 1) < 1e-9)
    let filament = points(
      [1.6, 1.8, 2], [1e-4, 1e-3, 1e-2, 0.1],
      ExponentialSwitching(timeConstant: 1e3, voltageScale: 0.15).probability)
    let memoryless = try SwitchingFit("exponential", to: filament, dose: "exponential")
    #expect(memoryless.estimates.map(\.key) == ["time-constant", "voltage-scale"])
    try MeasuredFitTests.check(memoryless, "voltage-scale", 0.15, within: 0.05)
    let own = try #require(
      try DeviceFile(text: MeasuredFitTests.head + memoryless.sections, name: "f").switching)
    #expect(own.parameters.numbers["log-deviation"] == 0)
  }

  /// A law, the parameters that are moved and by how much.
  static let loops: [(device: String, moved: [String: Double])] = [
    ("vteam-default", ["rate-off": 1.4, "resistance-off": 0.8]),
    ("hfox-stanford", ["current-scale": 1.5, "gap-scale": 1.1, "velocity": 1.5]),
    ("chalcogenide-yakopcic", ["current-positive": 1.3, "rate-positive": 0.7]),
  ]

  @Test(
    "I–V loops: moved parameters of three laws come back from their noisy loops", arguments: loops)
  func loop(device: String, moved: [String: Double]) throws {
    let section = try #require(try DeviceFile(named: device).dynamics)
    let loop = try #require(section.loop)
    let waveform = Waveform.triangle(
      positive: loop.positive, negative: loop.negative, period: loop.period)
    var parameters = section.parameters
    for (key, factor) in moved { parameters.numbers[key] = section.parameters[key] * factor }
    // The corner of every ramp is among the times, so that straight lines between them are the drive.
    let times = (0...400).map { loop.period * Double($0) / 400 }
    let trace = try DeviceSimulation(section.device(parameters)).trace(waveform, at: times)
    let noise = Noise.normal(times.count, StreamKey(seed: 8).child(device))
    let currents = zip(trace.current, noise).map { $0 * (1 + 0.02 * Double($1)) }
    let fit = try LoopFit(
      section, free: moved.keys.sorted(), times: times, voltages: times.map(waveform.voltage),
      currents: currents)
    for (key, factor) in moved {
      let estimate = try #require(fit.estimates.first { $0.key == key })
      let wanted = section.parameters[key] * factor
      #expect(
        abs(estimate.value - wanted) < max(5 * estimate.standardError, 0.01 * abs(wanted)),
        "\(key): \(estimate.value) ± \(estimate.standardError), \(wanted) drawn")
      #expect(abs(estimate.value / wanted - 1) < 0.1, "\(key): \(estimate.value)")
    }
    #expect(fit.residual.value < 0.04)
    let file = try DeviceFile(text: MeasuredFitTests.head + fit.sections, name: "fitted")
    #expect(file.dynamics?.parameters.numbers == fit.parameters.numbers)
    #expect(throws: NumericalFailure.self) {
      try LoopFit(section, free: ["gamma"], times: times, voltages: times, currents: currents)
    }
  }

  @Test("a loop that switches is not fitted by a law that does not")
  func failedLoop() throws {
    let section = try #require(try DeviceFile(named: "vteam-default").dynamics)
    let loop = try #require(section.loop)
    let waveform = Waveform.triangle(
      positive: loop.positive, negative: loop.negative, period: loop.period)
    let times = (0...400).map { loop.period * Double($0) / 400 }
    let currents = try DeviceSimulation(section.device()).trace(waveform, at: times).current
    let still = StrictOverride(path: ["dynamics", "parameters", "threshold-off"], text: "90 V")
    let other = StrictOverride(path: ["dynamics", "parameters", "threshold-on"], text: "-90 V")
    let frozen = try #require(
      try DeviceFile(named: "vteam-default", overrides: [still, other]).dynamics)
    #expect {
      try LoopFit(
        frozen, free: ["resistance-off"], times: times, voltages: times.map(waveform.voltage),
        currents: currents)
    } throws: {
      "\($0)".contains("without switching")
    }
    // The same law fits a resistor, which does not switch.
    let resistor = try LoopFit(
      frozen, free: ["resistance-off"], times: times, voltages: times.map(waveform.voltage),
      currents: times.map { waveform.voltage(at: $0) * 5e-4 })
    #expect(resistor.residual.value < 0.1)
  }
}
