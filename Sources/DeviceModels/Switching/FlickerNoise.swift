import Foundation
import Randomness

/// 1/f noise as the sum of independent processes with Lorentzian spectra, their corner frequencies
/// spaced evenly on a logarithmic axis.
///
/// Between the lowest and the highest corner the one-sided spectrum is S(f) = level/f, to about 1 %
/// with three processes a decade; below it is flat, above it falls with 1/f².
///
/// Source: van der Ziel, Physica 16, 359 (1950), doi 10.1016/0031-8914(50)90078-4; exact stepping of
/// each process (Ornstein–Uhlenbeck): Gillespie, Phys. Rev. E 54, 2084 (1996),
/// doi 10.1103/PhysRevE.54.2084.
public struct FlickerNoise: Sendable, Hashable {
  /// S(f)·f, in the square of the noisy quantity's unit.
  public let level: Double
  /// The corner frequencies, in hertz.
  public let corners: [Double]
  private let variance: Double

  /// - Precondition: `0 < lowest < highest`, `level ≥ 0`, `perDecade > 0`.
  public init(level: Double, lowest: Double, highest: Double, perDecade: Int = 3) {
    precondition(lowest > 0 && highest > lowest && level >= 0 && perDecade > 0, "a band")
    let decades = log10(highest / lowest)
    let count = max(2, Int((decades * Double(perDecade)).rounded(.up)) + 1)
    corners = (0..<count).map { lowest * pow(highest / lowest, Double($0) / Double(count - 1)) }
    self.level = level
    // One process of variance v and corner f_c has S = 4v·(1/2πf_c)/(1 + (f/f_c)²); summed with the
    // spacing d in ln f_c the middle of the band is (v/d)·(2/π)·(π/2)/f = (v/d)/f.
    variance = level * log(highest / lowest) / Double(count - 1)
  }

  /// The variance of the sum.
  public var totalVariance: Double { variance * Double(corners.count) }

  /// The one-sided power spectral density at `frequency` hertz.
  public func spectrum(_ frequency: Double) -> Double {
    corners.reduce(0) { sum, corner in
      let ratio = frequency / corner
      return sum + 4 * variance / (2 * .pi * corner) / (1 + ratio * ratio)
    }
  }

  /// The covariance of two values `lag` seconds apart.
  public func covariance(_ lag: Double) -> Double {
    corners.reduce(0) { $0 + variance * exp(-2 * .pi * $1 * abs(lag)) }
  }

  /// The noise at `times`, stepped exactly whatever their distances, from the stationary state on.
  /// - Precondition: `times` does not fall.
  public func values(at times: [Double], _ key: StreamKey) -> [Double] {
    let generator = GSLGenerator(key)
    let deviation = variance.squareRoot()
    var state = corners.map { _ in generator.normal(deviation: deviation) }
    var last = times.first ?? 0
    return times.map { time in
      precondition(time >= last, "times do not fall")
      if time > last {
        for (k, corner) in corners.enumerated() {
          let kept = exp(-2 * .pi * corner * (time - last))
          state[k] =
            state[k] * kept
            + generator.normal(deviation: deviation * (1 - kept * kept).squareRoot())
        }
      }
      last = time
      return state.reduce(0, +)
    }
  }
}
