import Randomness

/// Confidence intervals by drawing the sample again and again from itself.
public enum Bootstrap {
  /// The percentile interval of `statistic` at `level` (Efron and Tibshirani, An Introduction to the
  /// Bootstrap, 1993, chapter 13); the value itself twice where there are fewer than two values.
  ///
  /// - Parameters:
  ///   - resamples: how many samples are drawn with replacement.
  ///   - key: the stream of the draws.
  /// - Precondition: `values` is not empty, `resamples` is positive and `level` is in (0, 1).
  /// - Complexity: O(`resamples` · `values.count`).
  public static func interval(
    _ values: [Double], level: Double = 0.95, resamples: Int = 1000, key: StreamKey,
    of statistic: ([Double]) -> Double
  ) -> ClosedRange<Double> {
    precondition(!values.isEmpty && resamples > 0 && level > 0 && level < 1)
    guard values.count > 1 else {
      let value = statistic(values)
      return value...value
    }
    var stream = RandomStream(key)
    var sample = values
    var found = [Double]()
    found.reserveCapacity(resamples)
    for _ in 0..<resamples {
      for k in sample.indices { sample[k] = values[stream.index(below: values.count)] }
      found.append(statistic(sample))
    }
    let tail = (1 - level) / 2
    let low = quantile(found, tail)
    return low...max(low, quantile(found, 1 - tail))
  }

  /// The percentile interval of the mean.
  public static func meanInterval(
    _ values: [Double], level: Double = 0.95, resamples: Int = 1000, key: StreamKey
  ) -> ClosedRange<Double> {
    interval(values, level: level, resamples: resamples, key: key) { sample in
      var sum = 0.0
      for value in sample { sum += value }
      return sum / Double(sample.count)
    }
  }
}
