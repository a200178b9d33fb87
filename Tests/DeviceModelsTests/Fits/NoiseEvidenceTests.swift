import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import Testing

/// What a noise fit states must be evident: no trap in 1/f noise or in drift, the trap where there is one,
/// and the spectrum of the record.
@Suite struct NoiseEvidenceTests {
  static let count = 8192
  static let interval = 1.0 / 400

  /// A record at 50 µS with relative noise of the named kind.
  private static func fit(_ kind: String, seed: Int) throws -> NoiseFit {
    let key = StreamKey(seed: UInt64(seed)).child(kind)
    let times = (0..<count).map { Double($0) * interval }
    let white = Noise.normal(count, key.child("white")).map(Double.init)
    let relative: [Double]
    switch kind {
    case "1/f", "1/f^1.4":
      let exponent = kind == "1/f" ? 1 : 1.4
      relative = FlickerNoise(level: 1e-5, exponent: exponent, lowest: 1e-3, highest: 2e3)
        .values(at: times, key)
    case "drift":
      relative = zip(times, white).map { 0.01 * $0 / times[count - 1] + 1e-3 * $1 }
    case "logarithmic drift":
      relative = zip(times, white).map { 0.01 * log(1 + $0 / 0.1) + 1e-3 * $1 }
    default:
      let trap = RandomTelegraphNoise(captureTime: 0.3, emissionTime: 0.2, amplitude: 0.02)
      relative = zip(trap.values(at: times, key), white).map { 3e-3 * $1 - $0 }
    }
    return try NoiseFit(relative.map { 5e-5 * (1 + $0) }, interval: interval, traps: 2)
  }

  @Test(
    "in 1/f noise and in drift with white noise no trap is found, in at least 95 % of the records",
    arguments: ["1/f", "1/f^1.4", "drift", "logarithmic drift"])
  func none(kind: String) throws {
    let fits = try (0..<20).map { try Self.fit(kind, seed: $0) }
    let wrong = fits.filter { !$0.fluctuations.telegraph.isEmpty }.count
    #expect(wrong <= 1, "\(wrong) of 20 records have a trap")
    if kind.hasPrefix("1/f") {
      // The exponent is that drawn, and the law's spectrum that of the record in one-third octaves.
      let wanted = kind == "1/f" ? 1 : 1.4
      let mean = SampleStatistics(fits.compactMap { $0.exponent?.value }).mean
      #expect(abs(mean - wanted) < 0.1, "\(mean)")
      #expect(fits.filter { $0.driftDegree > 0 }.count <= 1)
    } else {
      #expect(fits.allSatisfy { $0.driftDegree > 0 })
    }
    // A drift that is no polynomial leaves noise that is not the law's.
    guard kind != "logarithmic drift" else { return }
    let ratios = fits.flatMap { fit in
      zip(fit.curves.series[0].x, fit.curves.series[0].measured).map { frequency, measured in
        log(fit.fluctuations.spectrum(frequency, sampledAt: 1 / Self.interval) / measured)
      }
    }
    #expect(abs(SampleStatistics(ratios).mean) < 0.05, "above or below the measured spectrum")
  }

  @Test("one trap in white noise is found as one trap, with its times and amplitude")
  func one() throws {
    let fits = try (0..<10).map { try Self.fit("trap", seed: $0) }
    #expect(fits.filter { $0.fluctuations.telegraph.count == 1 }.count >= 9)
    let traps = fits.compactMap(\.fluctuations.telegraph.first)
    #expect(abs(SampleStatistics(traps.map(\.captureTime)).mean / 0.3 - 1) < 0.2)
    #expect(abs(SampleStatistics(traps.map(\.emissionTime)).mean / 0.2 - 1) < 0.2)
    #expect(abs(SampleStatistics(traps.map(\.amplitude)).mean / 0.02 - 1) < 0.05)
  }

  @Test(
    "a trap that jumps in bursts has the spectrum of the record, and a note; one that does not has no note"
  )
  func bursts() throws {
    for seed in 0..<5 {
      let key = StreamKey(seed: UInt64(seed)).child("bursts")
      let times = (0..<4 * Self.count).map { Double($0) * Self.interval }
      let trap = RandomTelegraphNoise(captureTime: 0.05, emissionTime: 0.1, amplitude: 0.02)
      let white = Noise.normal(times.count, key.child("white"))
      // Active in the first eighth of the record, then at the high level.
      let relative = zip(trap.values(at: times, key), white).enumerated().map { k, pair in
        (k < times.count / 8 ? -pair.0 : 0) + 1e-3 * Double(pair.1)
      }
      let fit = try NoiseFit(relative.map { 5e-5 * (1 + $0) }, interval: Self.interval)
      #expect(fit.fluctuations.telegraph.count == 1)
      #expect(fit.notes.contains { $0.contains("in bursts") })
      // The mean time before capture is that of the active part and seven eighths of the record without jumps.
      let mean = FluctuationSection(
        telegraph: [
          RandomTelegraphNoise(
            captureTime: 0.05 + 7 * 0.15, emissionTime: 0.1, amplitude: 0.02)
        ], flicker: nil, white: fit.fluctuations.white)
      let curve = fit.curves.series[0]
      let squares = zip(curve.x, curve.measured).map {
        pow(log(mean.spectrum($0, sampledAt: 1 / Self.interval) / $1), 2)
      }
      let deviation = SampleStatistics(squares).mean.squareRoot()
      #expect(fit.residual.value < 0.6 * deviation, "\(fit.residual.value), \(deviation)")
    }
    let steady = try (0..<10).map { try Self.fit("trap", seed: $0) }
    #expect(!steady.contains { $0.notes.contains { $0.contains("in bursts") } })
  }

  @Test(
    "noise with an exponent has the spectrum level/f^γ inside its corners",
    arguments: [0.7, 1, 1.4])
  func exponent(gamma: Double) {
    let noise = FlickerNoise(level: 3e-6, exponent: gamma, lowest: 1e-3, highest: 1e5)
    for f in [1, 10, 100, 1000.0] {
      #expect(abs(noise.spectrum(f) * pow(f, gamma) / 3e-6 - 1) < 0.06, "\(f) Hz")
    }
    // ∫ S df over all frequencies is the variance: the sum of the processes'.
    #expect(abs(noise.covariance(0) / noise.totalVariance - 1) < 1e-12)
  }
}
