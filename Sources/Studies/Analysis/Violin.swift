import Foundation
import NumericalMethods
import Reporting

/// The outline of a sample's density, mirrored about its place on the axis.
enum Violin {
  /// A Gaussian kernel estimate with Silverman's bandwidth (Density Estimation, 1986, eq. 3.31), cut
  /// at the smallest and the largest value, 0.8 wide at its widest.
  ///
  /// Samples of more than 2,000 values are thinned evenly.
  static func series(_ values: [Double], at place: Double, color: Int) -> PlotSeries {
    let step = max(1, values.count / 2000)
    let sample = stride(from: 0, to: values.count, by: step).map { values[$0] }.sorted()
    let statistics = SampleStatistics(sample)
    let range = quantile(sample, 0.75) - quantile(sample, 0.25)
    var spread = min(statistics.deviation, range > 0 ? range / 1.34 : .infinity)
    if spread <= 0 { spread = max(abs(statistics.mean) * 1e-9, .leastNormalMagnitude) }
    let width = 0.9 * spread * pow(Double(sample.count), -0.2)
    let low = sample[0]
    let high = sample[sample.count - 1]
    let count = 60
    let heights = (0...count).map { low + (high - low) * Double($0) / Double(count) }
    let densities = heights.map { y in
      sample.reduce(0) { $0 + exp(-0.5 * ($1 - y) * ($1 - y) / (width * width)) }
    }
    let scale = 0.4 / max(densities.max() ?? 1, .leastNormalMagnitude)
    let right = densities.map { place + $0 * scale }
    let left = densities.map { place - $0 * scale }
    return PlotSeries(
      "", .polygon, x: right + left.reversed() + [right[0]],
      y: heights + heights.reversed() + [heights[0]], color: color)
  }
}
