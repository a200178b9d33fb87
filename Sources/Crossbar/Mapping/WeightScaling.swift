import Foundation
import NumericalMethods

/// What the largest weight is that still fits the conductance window.
public enum WeightClipping: Sendable, Hashable {
  /// The largest |w|.
  case maximum
  /// The |w| that this fraction of the weights stays below; larger ones are clipped.
  case percentile(Double)
  /// As a percentile of the signed weights: this fraction stays below the upper end, and as many
  /// above its opposite; the larger of both counts.
  case signedPercentile(Double)
  /// This many standard deviations of the weights.
  case deviations(Double)

  /// The largest weight of `weights`, more than 0.
  func limit(_ weights: [Float]) -> Float {
    let largest = weights.reduce(Float(0)) { max($0, abs($1)) }
    guard largest > 0 else { return 1 }
    switch self {
    case .maximum: return largest
    case .percentile(let fraction):
      let value = Float(quantile(weights.map { Double(abs($0)) }, fraction))
      return value > 0 ? value : largest
    case .signedPercentile(let fraction):
      let values = weights.map(Double.init)
      let value = Float(max(abs(quantile(values, 1 - fraction)), abs(quantile(values, fraction))))
      return value > 0 ? value : largest
    case .deviations(let count):
      let value = Float(count * SampleStatistics(weights.map(Double.init)).deviation)
      return value > 0 ? min(value, largest) : largest
    }
  }
}

/// What shares one scale between weights and conductances.
public enum ScaleSharing: String, Sendable, CaseIterable {
  /// The whole matrix.
  case layer
  /// Every tile has its own.
  case tile
  /// Every column of every tile has its own.
  case column
}
