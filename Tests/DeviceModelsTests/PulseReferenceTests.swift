import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import Testing

/// Curves and statistics of aihwkit 1.1.0; see Fixtures/README.md.
@Suite struct PulseReferenceTests {
  struct Curve: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let model: String
    let bounds: [Double]
    let steps: [[Double]]
    let train: [[Double]]
    var testDescription: String { name }
  }

  static let curves: [Curve] = decoded("pulse_curves.json") ?? []

  static func decoded<T: Decodable>(_ name: String) -> T? {
    guard let url = Bundle.module.resourceURL?.appending(path: "Fixtures/\(name)"),
      let data = try? Data(contentsOf: url)
    else { return nil }
    return try? JSONDecoder().decode(T.self, from: data)
  }

  @Test("the fixture holds the curves of 17 devices")
  func fixture() { #expect(Self.curves.count == 17) }

  @Test("one pulse from any state is the reference's, to 1e-6 of the range", arguments: curves)
  func steps(curve: Curve) throws {
    let model = try PulseModel(text: curve.model, source: curve.name)
    let range = curve.bounds[1] - curve.bounds[0]
    let nominal = model.nominal
    #expect(abs(nominal.low - curve.bounds[0]) <= 1e-6 * range || curve.name.contains("Reference"))
    for step in curve.steps {
      let up = nominal.train(.up, count: 1, from: step[0])[0]
      let down = nominal.train(.down, count: 1, from: step[0])[0]
      #expect(abs(up - step[1]) <= 1e-6 * range, "up from \(step[0])")
      #expect(abs(down - step[2]) <= 1e-6 * range, "down from \(step[0])")
    }
  }

  @Test("3,000 pulses stay within 1e-5 of the range of the reference", arguments: curves)
  func train(curve: Curve) throws {
    let model = try PulseModel(text: curve.model, source: curve.name)
    let range = curve.bounds[1] - curve.bounds[0]
    var devices = PulsedDevices(model, count: 1, key: StreamKey(seed: 1))
    var done = 0
    var worst = 0.0
    for point in curve.train {
      let next = Int(point[0])
      while done < next {
        let phaseEnd = (done / 1000 + 1) * 1000
        let n = min(next, phaseEnd) - done
        devices.apply(done / 1000 == 1 ? -n : n)
        done += n
      }
      worst = max(worst, abs(Double(devices.states[0]) - point[1]) / range)
    }
    #expect(worst <= 1e-5, "off by \(worst) of the range")
  }

  @Test("populations of the presets spread as the reference's do")
  func populations() throws {
    let statistics: [String: [String: [Double]]] = try #require(
      Self.decoded("pulse_population_statistics.json"))
    #expect(statistics.count == 10)
    for (name, expected) in statistics.sorted(by: { $0.key < $1.key }) {
      let model = try #require(try DeviceLibrary.load(name).pulses)
      let n = 40_000
      let devices = model.population(n, StreamKey(seed: 8))
      func hold(_ key: String, _ values: [Double]) throws {
        let reference = try #require(expected[key])
        let s = SampleStatistics(values)
        // Five standard errors of the difference of two samples of n; 5 % for the deviation of
        // log-normal numbers, whose own error is larger than that of normal ones.
        let slack = 5 * (2.0 / Double(n)).squareRoot() * max(reference[1], 1e-9)
        #expect(abs(s.mean - reference[0]) <= slack, "\(name) \(key): mean \(s.mean)")
        #expect(abs(s.deviation - reference[1]) <= 0.05 * reference[1], "\(name) \(key) deviation")
      }
      try hold("dwmin_up", devices.map(\.sizeUp))
      try hold("dwmin_down", devices.map(\.sizeDown))
      if model.lawName != SoftBoundsReference.law {
        try hold("max_bound", devices.map(\.high))
        try hold("min_bound", devices.map(\.low))
        // One pulse with its noise from state 0, where writes are read without noise.
        guard model.noise.write == 0 else { continue }
        for (pulse, key) in [(1, "one_pulse_up_from_w0"), (-1, "one_pulse_down_from_w0")] {
          var population = PulsedDevices(model, count: n, key: StreamKey(seed: 9))
          population.apply(pulse)
          try hold(key, population.states.map(Double.init))
        }
      }
    }
  }
}
