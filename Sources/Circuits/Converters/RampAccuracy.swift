import Foundation

/// What the codes of a converter are worth.
public enum RampAccuracy {
  /// How many codes are missing: those whose width is a tenth of what it should be or less
  /// (DNL ≤ −0.9, IEEE 1241-2010).
  public static func missingCodes(_ realized: some Collection<Float>, of ideal: [Double]) -> Int {
    precondition(realized.count == ideal.count, "a threshold each")
    let t = realized.map(Double.init)
    return ideal.indices.dropFirst().reduce(0) { count, q in
      count + (t[q] - t[q - 1] <= 0.1 * (ideal[q] - ideal[q - 1]) ? 1 : 0)
    }
  }

  /// The effective number of bits: log₂ of the output range over √12 times the root mean square of
  /// output less g(x), for inputs that spread g(x) evenly over the range.
  ///
  /// The integral is taken in closed form: a code that stands for y₀ between the outputs a and b adds
  /// ((b − y₀)³ − (a − y₀)³)/3. For a function with extrema every stretch counts by its own height.
  public static func effectiveBits(
    _ realized: some Collection<Float>, of converter: RampConverter
  ) -> Double {
    precondition(realized.count == converter.thresholds.count, "a threshold each")
    let range = converter.outputRange
    let t = realized.map(Double.init)
    var (sum, height) = (0.0, 0.0)
    var first = 0
    for (ramp, stretch) in zip(converter.ramps, converter.stretches) {
      let count = ramp.thresholds.inputs.count
      let values = t[first..<first + count].map { clamp(stretch.function.value($0), range) }
      let ends = stretch.function.outputRange
      let low = max(ends.lowerBound, range.lowerBound)
      let high = min(ends.upperBound, range.upperBound)
      let rising = stretch.function.isIncreasing
      let borders = [rising ? low : high] + values + [rising ? high : low]
      for (k, y) in ramp.thresholds.outputs.enumerated() {
        let (a, b) = (borders[k] - y, borders[k + 1] - y)
        sum += abs(b * b * b - a * a * a) / 3
      }
      height += high - low
      first += count
    }
    let error = (sum / height).squareRoot()
    return log2((range.upperBound - range.lowerBound) / (12.0.squareRoot() * error))
  }

  private static func clamp(_ value: Double, _ range: ClosedRange<Double>) -> Double {
    min(max(value, range.lowerBound), range.upperBound)
  }
}
