internal import CGSL
import Foundation

/// What a sample looks like.
public struct SampleStatistics: Sendable, Hashable {
  /// How many values.
  public let count: Int
  /// The mean.
  public let mean: Double
  /// The standard deviation with n − 1 in the denominator; 0 for fewer than two values.
  public let deviation: Double
  /// The smallest value.
  public let minimum: Double
  /// The largest value.
  public let maximum: Double

  /// The statistics of `values`; all NaN where there are none.
  public init(_ values: [Double]) {
    count = values.count
    mean = values.isEmpty ? .nan : gsl_stats_mean(values, 1, values.count)
    deviation = values.count < 2 ? 0 : gsl_stats_sd(values, 1, values.count)
    minimum = values.min() ?? .nan
    maximum = values.max() ?? .nan
  }

  /// Half the width of the confidence interval of the mean, by Student's t; 0 for one value.
  public func confidenceHalfWidth(_ level: Double = 0.95) -> Double {
    guard count > 1 else { return 0 }
    let t = Distribution.studentQuantile(0.5 + level / 2, degrees: Double(count - 1))
    return t * deviation / Double(count).squareRoot()
  }
}

/// The `p`-quantile of `values` by linear interpolation.
/// - Precondition: `values` is not empty and `p` is in 0…1.
public func quantile(_ values: [Double], _ p: Double) -> Double {
  precondition(!values.isEmpty && (0...1).contains(p), "a quantile of something, between 0 and 1")
  return gsl_stats_quantile_from_sorted_data(values.sorted(), 1, values.count, p)
}
