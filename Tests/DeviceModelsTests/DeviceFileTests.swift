import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import Randomness
import StrictYAML
import TestSupport
import Testing

@Suite struct DeviceFileTests {
  @Test(
    "every file of the library reads whole and tells its source", arguments: DeviceLibrary.names)
  func reads(name: String) throws {
    let file = try DeviceFile(named: name)
    #expect(!file.source.isEmpty && !file.validity.isEmpty)
    #expect(
      file.source.contains("doi") || file.source.contains("representative")
        || file.source.contains("license")
        || file.source.contains("Radioengineering") || name == "ideal", "\(file.source)")
  }

  @Test("every switching law stands in a file, and each file meets its check points")
  func switching() throws {
    let sections = try DeviceLibrary.names.compactMap { try DeviceFile(named: $0).switching }
    #expect(Set(sections.map(\.lawName)) == Set(SwitchingSection.laws.map(\.name)))
    #expect(sections.contains { $0.parameters.numbers["log-deviation"] ?? 0 > 0.5 })
    for section in sections {
      #expect(!section.checkPoints.isEmpty)
      for point in section.checkPoints {
        let p = section.probability(height: point.height, width: point.width)
        #expect(abs(p - point.probability) <= point.tolerance, "\(section.lawName) \(point)")
      }
    }
  }

  @Test("the eight most used analog-training presets and every dynamic law are there")
  func coverage() throws {
    let names = Set(DeviceLibrary.names)
    #expect(names.count >= 14)
    let presets = [
      "reram-es", "reram-sb", "reram-array-om", "reram-array-hfo2", "capacitor", "ecram",
      "ecram-mo",
      "pcm-preset", "idealized", "gokmen-vlasov",
    ]
    for preset in presets {
      #expect(try DeviceFile(named: preset).pulses?.checkPoints.isEmpty == false, "\(preset)")
    }
    let laws = Set(try names.compactMap { try DeviceFile(named: $0).dynamics?.law })
    #expect(laws == Set(DynamicLaws.names))
  }

  /// Devices of every law whose parameters have an order.
  static let ordered: [(device: String, lower: String, upper: String)] = {
    var all: [(device: String, lower: String, upper: String)] = []
    for name in DeviceLibrary.names {
      guard let law = (try? DeviceFile(named: name))?.dynamics?.law,
        let type = DynamicLaws.named(law)
      else { continue }
      all += type.orders.map { (device: name, lower: $0.lower, upper: $0.upper) }
    }
    return all
  }()

  @Test("a lower end at its upper end is rejected in every law", arguments: ordered)
  func orders(device: String, lower: String, upper: String) throws {
    #expect(Self.ordered.count > 6)
    let section = try #require(try DeviceFile(named: device).dynamics)
    let unit = DynamicLaws.named(section.law)?.parameters.first { $0.key == upper }?.unit ?? ""
    let error = #expect(throws: InputErrors.self) {
      try DeviceFile(
        named: device,
        overrides: [
          StrictOverride(
            path: ["dynamics", "parameters", lower],
            text: "\(section.parameters[upper]) \(unit)")
        ])
    }
    #expect(error?.description.contains("'\(upper)'") == true, "\(error?.description ?? "")")
  }

  @Test("the faults of all sections of a file are told at once, with their lines")
  func faults() {
    let text = """
      title: a
      source: b
      validity: c
      dynamics:
        law: linear-ion-drift
        parameters:
          resistance-on: 100
          resistance-off: 16 kOhm
          thickness: 10 m
          mobility: 1e-14 m2/V/s
          initial-state: 0.1
          windowexponent: 2
      switching:
        law: exponentail
        parameters: {time-constant: 1 s, voltage-scale: -1 V}
      fluctuations:
        flicker: {level: 1e-5, lowest: 1 kHz, highest: 1 Hz}
      pulses:
        law: soft-bounds
      """
    let error = #expect(throws: InputErrors.self) { _ = try DeviceFile(text: text, name: "x.yaml") }
    let all = error?.description ?? ""
    for wanted in [
      "line 7", "the unit is missing", "line 9", "outside", "line 12", "'windowexponent'",
      "line 14", "exponential", "line 15", "'highest' must be above 'lowest'",
      "'conductance-window' is missing", "'bounds' is missing",
    ] {
      #expect(all.contains(wanted), "\(wanted) in \(all)")
    }
  }

  @Test("correlated spreads have the correlation that the file asks for")
  func correlation() throws {
    func section(_ value: String) throws -> DynamicsSection {
      let text = """
        title: a
        source: b
        validity: c
        dynamics:
          law: vteam
          parameters:
            resistance-on: 50 Ohm
            resistance-off: 1 kOhm
            state-on: 0 m
            state-off: 3 nm
            rate-on: -10 m/s
            rate-off: 5e-4 m/s
            threshold-on: -0.2 V
            threshold-off: 0.02 V
            exponent-on: 3
            exponent-off: 1
            initial-state: 1 nm
          spread:
            threshold-off: {deviation: 5 %}
            resistance-off: {deviation: 10 %}
            correlations:
              - {between: [threshold-off, resistance-off], value: \(value)}
        """
      return try #require(try DeviceFile(text: text, name: "x.yaml").dynamics)
    }
    let spread = try section("0.7")
    let key = StreamKey(seed: 5)
    let drawn = (0..<4000).map { spread.parameters($0, key) }
    let a = drawn.map { ($0["threshold-off"] - 0.02) / 1e-3 }
    let b = drawn.map { ($0["resistance-off"] - 1000) / 100 }
    #expect(kolmogorovSmirnov(a, Distribution.normal) > 1e-3)
    #expect(kolmogorovSmirnov(b, Distribution.normal) > 1e-3)
    let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / 4000
    // The error of a correlation is (1 − r²)/√n = 0.008.
    #expect(abs(product - 0.7) < 0.035)
    let error = #expect(throws: InputErrors.self) { _ = try section("1") }
    #expect(error?.description.contains("positive definite") == true)
  }

  @Test("fluctuations have the spectrum that their law says")
  func fluctuations() throws {
    let section = try #require(try DeviceFile(named: "rram-telegraph").fluctuations)
    let interval = 0.05
    let times = (0..<65536).map { Double($0) * interval }
    let values = section.relativeValues(at: times, StreamKey(seed: 8))
    let spectrum = PowerSpectrum(values, interval: interval, segments: 60).averaged(perDecade: 3)
    // Below the sampling's own end, where folding adds to the law.
    for (f, s) in zip(spectrum.frequencies, spectrum.densities) where f > 0.05 && f < 1 {
      #expect(abs(s / section.spectrum(f) - 1) < 0.35, "\(f) Hz: \(s), not \(section.spectrum(f))")
    }
  }

  @Test("the spectrum of white noise is flat and keeps its power")
  func whiteNoise() {
    let values = Noise.normal(32768, StreamKey(seed: 2)).map(Double.init)
    let spectrum = PowerSpectrum(values, interval: 0.1, segments: 32)
    let power =
      spectrum.densities.reduce(0, +) * (spectrum.frequencies[1] - spectrum.frequencies[0])
    #expect(abs(power - 1) < 0.05)
    let half = spectrum.densities.count / 2
    let low = spectrum.densities[..<half].reduce(0, +) / Double(half)
    #expect(abs(low / 0.2 - 1) < 0.1)
  }
}
