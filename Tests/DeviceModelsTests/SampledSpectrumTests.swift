import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import Testing

struct SampledSpectrumTests {
  private let trap = RandomTelegraphNoise(captureTime: 0.02, emissionTime: 0.06, amplitude: 0.3)
  private let flicker = FlickerNoise(level: 1e-4, lowest: 0.1, highest: 1e4)

  @Test("sampled fast, the spectrum is that of the process; sampled slowly, it is white")
  func limits() {
    for frequency in [0.1, 1.0, 10, 100] {
      let fine = trap.spectrum(frequency, sampledAt: 1e6)
      #expect(abs(fine / trap.spectrum(frequency) - 1) < 1e-3)
    }
    let variance = 0.3 * 0.3 * 0.75 * 0.25
    for frequency in [1e-3, 1e-2, 0.05] {
      #expect(abs(trap.spectrum(frequency, sampledAt: 0.1) / (2 * variance / 0.1) - 1) < 1e-12)
    }
  }

  @Test("the band below half the rate holds the whole variance, whatever the rate")
  func variance() {
    for rate in [3.0, 50, 800] {
      let count = 20_000
      let step = rate / 2 / Double(count)
      let sums = (0..<count).reduce(into: (0.0, 0.0)) { sum, k in
        let frequency = (Double(k) + 0.5) * step
        sum.0 += trap.spectrum(frequency, sampledAt: rate) * step
        sum.1 += flicker.spectrum(frequency, sampledAt: rate) * step
      }
      #expect(abs(sums.0 / (0.3 * 0.3 * 0.75 * 0.25) - 1) < 1e-3)
      #expect(abs(sums.1 / flicker.totalVariance - 1) < 2e-2)
    }
  }

  @Test("it is the sum of the process's spectrum over all frequencies that fold onto one")
  func folding() {
    let rate = 40.0
    for frequency in [0.5, 7, 19.9] {
      let folded = (-20_000...20_000).reduce(0.0) {
        $0 + trap.spectrum(abs(frequency + Double($1) * rate))
      }
      #expect(abs(trap.spectrum(frequency, sampledAt: rate) / folded - 1) < 1e-4)
    }
  }

  @Test(
    "the spectrum of simulated samples follows it up to half the rate, where the process's is far below"
  )
  func simulated() {
    let rate = 400.0
    let values = trap.values(at: (0..<262_144).map { Double($0) / rate }, StreamKey(seed: 3))
    let found = PowerSpectrum(values, interval: 1 / rate, segments: 64).averaged(perDecade: 4)
    for (frequency, density) in zip(found.frequencies, found.densities).suffix(4) {
      #expect(abs(density / trap.spectrum(frequency, sampledAt: rate) - 1) < 0.15)
    }
    #expect(trap.spectrum(rate / 2, sampledAt: rate) > 2 * trap.spectrum(rate / 2))
  }
}
