import Foundation
import Randomness

/// 1/f^γ noise as the sum of independent processes with Lorentzian spectra, their corner frequencies
/// spaced evenly on a logarithmic axis.
///
/// Between the lowest and the highest corner the one-sided spectrum is S(f) = level/f^γ, f in hertz, for
/// γ = 1 to about 1 % with three processes a decade; below it is flat, above it falls with 1/f².
/// With γ other than 1 the processes have variances in proportion to f_c^(1 − γ), and the spectrum is
/// that of the law to a few percent from a decade inside the corners on.
///
/// Source: van der Ziel, Physica 16, 359 (1950), doi 10.1016/0031-8914(50)90078-4; exact stepping of
/// each process (Ornstein–Uhlenbeck): Gillespie, Phys. Rev. E 54, 2084 (1996),
/// doi 10.1103/PhysRevE.54.2084.
public struct FlickerNoise: Sendable, Hashable {
  /// S(f)·f^γ, the density at 1 Hz, in the square of the noisy quantity's unit a hertz.
  public let level: Double
  /// γ, in (0, 2).
  public let exponent: Double
  /// The corner frequencies, in hertz.
  public let corners: [Double]
  /// The variance of the process of each corner.
  public let variances: [Double]

  /// - Precondition: `0 < lowest < highest`, `level ≥ 0`, `0 < exponent < 2`, `perDecade > 0`.
  public init(
    level: Double, exponent: Double = 1, lowest: Double, highest: Double, perDecade: Int = 3
  ) {
    precondition(lowest > 0 && highest > lowest && level >= 0 && perDecade > 0, "a band")
    precondition(exponent > 0 && exponent < 2, "an exponent of 1/f noise")
    let decades = log10(highest / lowest)
    let count = max(2, Int((decades * Double(perDecade)).rounded(.up)) + 1)
    corners = (0..<count).map { lowest * pow(highest / lowest, Double($0) / Double(count - 1)) }
    self.level = level
    self.exponent = exponent
    // One process of variance v and corner f_c has S = 4v·(1/2πf_c)/(1 + (f/f_c)²); summed with
    // v = v₁·f_c^(1 − γ) and the spacing d in ln f_c the middle of the band is
    // (v₁/d)·(2/π)·f^−γ·∫ u^(1 − γ)/(1 + u²) du = (v₁/d)/sin(πγ/2)/f^γ.
    let unit = level * log(highest / lowest) / Double(count - 1) * sin(0.5 * .pi * exponent)
    variances = corners.map { unit * pow($0, 1 - exponent) }
  }

  /// The variance of the sum.
  public var totalVariance: Double { variances.reduce(0, +) }

  /// The one-sided power spectral density at `frequency` hertz.
  public func spectrum(_ frequency: Double) -> Double {
    zip(corners, variances).reduce(0) { sum, process in
      let (corner, variance) = process
      let ratio = frequency / corner
      return sum + 4 * variance / (2 * .pi * corner) / (1 + ratio * ratio)
    }
  }

  /// The covariance of two values `lag` seconds apart.
  public func covariance(_ lag: Double) -> Double {
    zip(corners, variances).reduce(0) { $0 + $1.1 * exp(-2 * .pi * $1.0 * abs(lag)) }
  }

  /// The noise at `times`, stepped exactly whatever their distances, from the stationary state on.
  /// - Precondition: `times` does not fall.
  public func values(at times: [Double], _ key: StreamKey) -> [Double] {
    let generator = GSLGenerator(key)
    let deviations = variances.map { $0.squareRoot() }
    var state = deviations.map { generator.normal(deviation: $0) }
    var last = times.first ?? 0
    return times.map { time in
      precondition(time >= last, "times do not fall")
      if time > last {
        for (k, corner) in corners.enumerated() {
          let kept = exp(-2 * .pi * corner * (time - last))
          state[k] =
            state[k] * kept
            + generator.normal(deviation: deviations[k] * (1 - kept * kept).squareRoot())
        }
      }
      last = time
      return state.reduce(0, +)
    }
  }
}
