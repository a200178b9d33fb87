import Foundation

/// The spectrum of noise that is sampled without a filter: what is faster than half the rate is folded
/// into the band below.
///
/// A process with the covariance v·exp(−λ|τ|), sampled every Δ, has the covariances v·aⁿ with
/// a = exp(−λΔ), so that its one-sided spectrum is the geometric series
/// S(f) = 2vΔ·(1 − a²)/(1 − 2a·cos(2πfΔ) + a²): for λΔ → 0 the Lorentzian, for λΔ → ∞ the white noise
/// 2vΔ. Source: Priestley, Spectral Analysis and Time Series (1981), section 7.1.1.
enum SampledLorentzian {
  /// - Parameters:
  ///   - variance: v.
  ///   - decay: λ, per second.
  ///   - rate: 1/Δ, in hertz.
  static func spectrum(
    _ frequency: Double, variance: Double, decay: Double, sampledAt rate: Double
  ) -> Double {
    let lag = decay / rate
    let a = exp(-lag)
    let turn = sin(.pi * frequency / rate)
    // 1 − 2a·cos φ + a² = (1 − a)² + 4a·sin²(φ/2), without cancellation for slow processes.
    let gap = -expm1(-lag)
    return 2 * variance / rate * gap * (1 + a) / (gap * gap + 4 * a * turn * turn)
  }
}

extension RandomTelegraphNoise {
  /// The one-sided spectral density at `frequency` hertz of values taken at `rate` hertz.
  public func spectrum(_ frequency: Double, sampledAt rate: Double) -> Double {
    SampledLorentzian.spectrum(
      frequency, variance: amplitude * amplitude * occupancy * (1 - occupancy),
      decay: 1 / captureTime + 1 / emissionTime, sampledAt: rate)
  }
}

extension FlickerNoise {
  /// The one-sided spectral density at `frequency` hertz of values taken at `rate` hertz.
  public func spectrum(_ frequency: Double, sampledAt rate: Double) -> Double {
    zip(corners, variances).reduce(0) { sum, process in
      sum
        + SampledLorentzian.spectrum(
          frequency, variance: process.1, decay: 2 * .pi * process.0, sampledAt: rate)
    }
  }
}

extension FluctuationSection {
  /// The one-sided spectral density of (G(t) − G)/G at `frequency` hertz of readings at `rate` hertz; white
  /// noise is that of readings which last from one to the next.
  public func spectrum(_ frequency: Double, sampledAt rate: Double) -> Double {
    telegraph.reduce(white + (flicker?.spectrum(frequency, sampledAt: rate) ?? 0)) {
      $0 + $1.spectrum(frequency, sampledAt: rate)
    }
  }
}
