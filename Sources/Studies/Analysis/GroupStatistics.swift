import NumericalMethods
import Randomness

/// What the values of a group of rows look like: a point's chips, or all rows with one level.
struct GroupStatistics: Sendable {
  var count = 0
  var mean = Double.nan
  var deviation = Double.nan
  var median = Double.nan
  /// The quantiles at 5, 25, 75 and 95 %.
  var quantiles: [Double] = [.nan, .nan, .nan, .nan]
  var minimum = Double.nan
  var maximum = Double.nan
  /// 95 % confidence of the mean.
  var interval: ClosedRange<Double>?

  /// Groups larger than this take their quantiles from so many evenly spaced values.
  static let quantileLimit = 20_000

  /// The statistics of the finite values among `values`.
  ///
  /// Values are divided by the power of two next to the largest before they are squared, where squares
  /// or sums would overflow.
  /// - Parameters:
  ///   - bootstrap: the stream of the bootstrap; `nil` for an interval by Student's t.
  init(_ values: some Sequence<Double>, bootstrap key: StreamKey? = nil) {
    var finite = values.filter(\.isFinite)
    guard !finite.isEmpty else { return }
    count = finite.count
    (minimum, maximum) = (finite[0], finite[0])
    for value in finite {
      if value < minimum { minimum = value }
      if value > maximum { maximum = value }
    }
    // Equal values have no rounding error.
    guard minimum < maximum else {
      (mean, deviation, median) = (minimum, 0, minimum)
      quantiles = quantiles.map { _ in minimum }
      if count > 1 { interval = mean...mean }
      return
    }
    let largest = max(abs(minimum), abs(maximum))
    let scale = largest > 1e140 ? largest.binade : 1
    if scale != 1 { for k in finite.indices { finite[k] /= scale } }
    var sum = 0.0
    for value in finite { sum += value }
    let center = sum / Double(count)
    mean = center * scale
    var squares = 0.0
    for value in finite { squares += (value - center) * (value - center) }
    let spread = count > 1 ? (squares / Double(count - 1)).squareRoot() : 0
    deviation = min(spread * scale, .greatestFiniteMagnitude)
    let step = max(1, count / Self.quantileLimit)
    let sorted = stride(from: 0, to: count, by: step).map { finite[$0] }.sorted()
    func quantile(_ p: Double) -> Double {
      let place = p * Double(sorted.count - 1)
      let low = Int(place)
      let high = min(low + 1, sorted.count - 1)
      let part = place - Double(low)
      return (part == 0 ? sorted[low] : sorted[low] * (1 - part) + sorted[high] * part) * scale
    }
    median = quantile(0.5)
    quantiles = [0.05, 0.25, 0.75, 0.95].map(quantile)
    guard count > 1 else { return }
    var ends: ClosedRange<Double>
    if let key {
      ends = Bootstrap.meanInterval(finite, key: key)
    } else {
      let t = Distribution.studentQuantile(0.975, degrees: Double(count - 1))
      let half = t * spread / Double(count).squareRoot()
      ends = center - half...center + half
    }
    let limit = Double.greatestFiniteMagnitude
    interval = max(ends.lowerBound * scale, -limit)...min(ends.upperBound * scale, limit)
  }
}
