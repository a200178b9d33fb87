internal import CConversionKernels
import NumericalMethods

/// How the end of a converter's range is found from the values that it is to convert.
///
/// This is the only definition: calibration of mapped chips, training through chips and fixed crossbars find their
/// ranges with it.
public enum RangeRule: Sendable, Hashable {
  /// The largest magnitude.
  case largest
  /// The magnitude that this fraction of the values stays below, 0 … 1.
  case quantile(Double)
  /// This many times the root mean square.
  case deviations(Double)

  /// The quantile that is taken where nothing is said.
  public static let usual = RangeRule.quantile(0.9995)

  /// The end for `values`.
  ///
  /// - Parameter none: the end where the rule finds none above 0.
  public func end(of values: UnsafeBufferPointer<Float>, none: Float = 1) -> Float {
    guard let base = values.baseAddress, !values.isEmpty else { return none }
    let end: Float
    switch self {
    case .largest: end = ow_largest(base, values.count)
    case .quantile(let fraction):
      end =
        fraction < 1
        ? Float(NumericalMethods.quantile(values.map { Double(abs($0)) }, fraction))
        : ow_largest(base, values.count)
    case .deviations(let count):
      let square = values.reduce(0.0) { $0 + Double($1) * Double($1) }
      end = Float(count * (square / Double(values.count)).squareRoot())
    }
    return end > 0 ? end : none
  }

  /// The end for an array of values.
  public func end(of values: [Float], none: Float = 1) -> Float {
    values.withUnsafeBufferPointer { end(of: $0, none: none) }
  }

  /// How an end that is known changes with values that are seen later.
  public enum Update: Sendable {
    /// It stays.
    case none
    /// It grows where the values ask for more: the reads of the pass that finds a range, of which the first one of a
    /// sequence sees no states yet.
    case widens
    /// It follows the values: it becomes theirs, or this share of what it was where that is more.
    case follows(Float)
  }

  /// Finds `end` where it is not known, that is not above 0, else changes it as `update` says.
  public func update(
    _ end: inout Float, with values: UnsafeBufferPointer<Float>, _ update: Update
  ) {
    guard end > 0 else { return end = self.end(of: values) }
    switch update {
    case .none: break
    case .widens: end = max(end, self.end(of: values))
    case .follows(let share): end = max(share * end, self.end(of: values, none: 0))
    }
  }
}

extension OutputConverter.Range {
  /// The rule for ranges that are found from data.
  public var rule: RangeRule {
    if case .percentile(let fraction) = self { .quantile(fraction) } else { .largest }
  }
}
