import DeviceModels
import Foundation
import InputOutput
import PhysicalUnits
import StrictYAML
import Testing

/// Johnson, shot and 1/f noise of the read current.
@Suite struct ElectricalNoiseTests {
  private static let band = (bandwidth: 1e7, voltage: 0.2)

  @Test("at 100 µS, 0.2 V, 300 K and 10 MHz: 4.070 nA of Johnson and 8.005 nA of shot noise")
  func values() {
    // By hand: √(4·1.380649e-23·300·1e-4·1e7) and √(2·1.602176634e-19·2e-5·1e7).
    let johnson = ElectricalNoise(
      johnson: true, bandwidth: Self.band.bandwidth, voltage: Self.band.voltage)
    #expect(abs(johnson.currentVariance(at: 1e-4).squareRoot() / 4.070_354e-9 - 1) < 1e-6)
    let shot = ElectricalNoise(
      shot: true, bandwidth: Self.band.bandwidth, voltage: Self.band.voltage)
    #expect(abs(shot.currentVariance(at: 1e-4).squareRoot() / 8.005_440e-9 - 1) < 1e-6)
    #expect(abs(shot.variance(at: 1e-4) * 0.04 / shot.currentVariance(at: 1e-4) - 1) < 1e-12)
  }

  @Test(
    "Johnson noise grows with the temperature and not with the voltage, shot noise with the voltage alone"
  )
  func laws() {
    func variance(_ kelvins: Double, _ volts: Double, johnson: Bool) -> Double {
      ElectricalNoise(
        johnson: johnson, shot: !johnson, temperature: kelvins, bandwidth: 1e6, voltage: volts
      ).currentVariance(at: 5e-5)
    }
    #expect(abs(variance(600, 0.1, johnson: true) / variance(300, 0.3, johnson: true) - 2) < 1e-12)
    #expect(
      abs(variance(600, 0.3, johnson: false) / variance(300, 0.1, johnson: false) - 3) < 1e-12)
    // Both are white: they grow with the bandwidth; and with the conductance.
    let wide = ElectricalNoise(johnson: true, shot: true, bandwidth: 4e6, voltage: 0.1)
    let narrow = ElectricalNoise(johnson: true, shot: true, bandwidth: 1e6, voltage: 0.1)
    #expect(abs(wide.variance(at: 2e-5) / narrow.variance(at: 1e-5) - 8) < 1e-12)
    // 2qI and 4kTG are equal at V = 2kT/q.
    let volts = 2 * PhysicalConstants.boltzmann * 300 / PhysicalConstants.charge
    #expect(
      abs(variance(300, volts, johnson: false) / variance(300, volts, johnson: true) - 1) < 1e-9)
  }

  @Test(
    "1/f noise is relative to the current, and its band integral is that of the spectrum",
    arguments: [0.8, 1, 1.3, 2])
  func flicker(exponent: Double) {
    func noise(_ exponent: Double) -> ElectricalNoise {
      ElectricalNoise(
        flickerLevel: 1e-6, flickerExponent: exponent, flickerLowest: 10, bandwidth: 1e5,
        voltage: 0.2)
    }
    let one = noise(exponent)
    #expect(abs(one.variance(at: 3e-5) / one.variance(at: 1e-5) - 9) < 1e-12)
    // Against a sum over 100,000 equal steps of ln f.
    let steps = 100_000
    let width = log(1e5 / 10) / Double(steps)
    let sum = (0..<steps).reduce(0.0) { sum, k in
      let f = 10 * exp((Double(k) + 0.5) * width)
      return sum + 1e-6 * pow(f, -exponent) * f * width
    }
    #expect(abs(one.variance(at: 1e-5) / (sum * 1e-10) - 1) < 1e-6)
    // γ = 1 is no special point.
    #expect(abs(noise(1 + 1e-7).variance(at: 1e-5) / noise(1).variance(at: 1e-5) - 1) < 1e-5)
  }

  @Test("device files add electrical noise to a law of read noise: variances add")
  func files() throws {
    let plain = try DeviceModel(text: Self.file(""), name: "plain")
    let noisy = try DeviceModel(
      text: Self.file("  electrical: {sources: 'johnson, shot', bandwidth: 10 MHz}\n"),
      name: "noisy")
    let own = ElectricalNoise(johnson: true, shot: true, bandwidth: 1e7, voltage: 0.2)
    let g: [Float] = [1e-6, 5e-5, 1e-4]
    var deviations = [Float](repeating: 0, count: 3)
    g.withUnsafeBufferPointer { g in
      deviations.withUnsafeMutableBufferPointer {
        noisy.readNoise.deviations(at: g, time: Seconds(0), into: $0)
      }
    }
    for (g, deviation) in zip(g, deviations) {
      let base = plain.readNoise.deviation(at: Double(g), time: Seconds(0))
      let wanted = (base * base + own.variance(at: Double(g))).squareRoot()
      #expect(abs(Double(deviation) / wanted - 1) < 1e-5)
      #expect(abs(noisy.readNoise.deviation(at: Double(g), time: Seconds(0)) / wanted - 1) < 1e-9)
    }
    for bad in [
      "  electrical: {sources: thermal, bandwidth: 10 MHz}\n", "  electrical: {sources: shot}\n",
      "  electrical: {sources: flicker, bandwidth: 10 MHz}\n",
      "  electrical: {sources: flicker, flicker-level: 1e-6, flicker-lowest: 1 MHz, bandwidth: 1 kHz}\n",
    ] {
      #expect(throws: InputErrors.self) { try DeviceModel(text: Self.file(bad), name: "bad") }
    }
  }

  private static func file(_ more: String) -> String {
    """
    title: test
    source: made for a test
    validity: nowhere
    conductance-window: {minimum: 1 uS, maximum: 100 uS}
    read-noise:
      law: proportional
      relative-deviation: 1 %
    \(more)
    """
  }
}
