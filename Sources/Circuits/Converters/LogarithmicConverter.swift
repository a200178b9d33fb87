import Foundation
import Randomness

/// A converter whose codes are dense about zero and sparse at the ends of the range: equal bins of
/// c(v) = sign(v)·ln(1 + µ|v|)/ln(1 + µ) with µ = 255, the companding law of telephony.
///
/// The relative error is nearly constant over ln(1 + µ)/ln 2 ≈ 8 octaves, which suits column currents, most of which
/// are far below the largest. Source: B. Smith, Bell Syst. Tech. J. 36, 653 (1957), doi
/// 10.1002/j.1538-7305.1957.tb03858.x; ITU-T G.711. Built as binary decisions behind a logarithmic amplifier (or on a
/// DAC with elements in the ratio of the levels), so that a conversion takes the cycles of successive approximation.
/// Mismatch is the relative deviation of the width of each compressed bin; their sum is trimmed to the range.
public enum LogarithmicConverter: ConverterLaw {
  public static let name = "logarithmic"
  /// µ.
  public static let compression = 255.0

  /// One to sample, one per bit.
  public static func cycles(bits: Int) -> Int { bits + 1 }

  /// c(v).
  public static func compressed(_ v: Double) -> Double {
    let c = log1p(compression * abs(v)) / log1p(compression)
    return v < 0 ? -c : c
  }

  /// The inverse of c.
  public static func expanded(_ c: Double) -> Double {
    let v = expm1(abs(c) * log1p(compression)) / compression
    return c < 0 ? -v : v
  }

  public static func levels(
    bits: Int, lowest: Double, mismatch: Double, key: StreamKey
  ) -> ConverterLevels {
    let count = 1 << bits
    let start = compressed(lowest)
    let width = (1 - start) / Double(count)
    var ends = (1..<count).map { start + width * Double($0) }
    if mismatch > 0 {
      let widths = Noise.normal(count, key).map { max(0, 1 + mismatch * Double($0)) }
      let total = widths.reduce(0, +)
      var sum = 0.0
      for k in ends.indices {
        sum += widths[k]
        ends[k] = start + (1 - start) * sum / max(total, .leastNormalMagnitude)
      }
    }
    return ConverterLevels(
      thresholds: ends.map(expanded),
      outputs: (0..<count).map { expanded(start + width * (Double($0) + 0.5)) })
  }
}
