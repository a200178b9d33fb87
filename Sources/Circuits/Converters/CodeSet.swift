/// Which values the codes of a uniform converter stand for.
public enum CodeSet: String, Sendable, CaseIterable {
  /// Zero is a code: 2^n − 1 codes symmetric about it (sign and magnitude), or 2^n codes from zero
  /// upward where the range has one sign.
  case symmetric
  /// 2^n codes, the first and the last on the ends of the range; zero lies between two codes of a
  /// symmetric range.
  case endpoints
  /// 2^n codes in the middles of 2^n equal bins of the range: successive approximation, pipeline and
  /// cyclic converters.
  case bins
}

/// The codes of a uniform converter: code k stands for (k + shift)·step.
///
/// A value v becomes k = rint(v/step − shift), ties to even, clipped to lowest … highest.
public struct UniformCodes: Sendable, Hashable {
  /// The distance between two codes.
  public let step: Float
  /// What code 0 stands for, in steps.
  public let shift: Float
  /// The lowest code.
  public let lowest: Int
  /// The highest code.
  public let highest: Int
  /// The lower end of the range: values below it are clipped.
  public let lowerEnd: Float

  /// The codes of `bits` bits over `lower` … `upper`.
  ///
  /// A symmetric set takes its range from `upper`; where `lower` is 0 or more it starts at 0.
  /// - Precondition: `bits` ≥ 1, `lower` < `upper`, `upper` > 0.
  public init(bits: Int, set: CodeSet, lower: Double, upper: Double) {
    precondition(bits >= 1 && lower < upper && upper > 0, "a range with a positive upper end")
    let all = 1 << bits
    lowerEnd = Float(set != .symmetric ? lower : lower < 0 ? -upper : 0)
    switch set {
    case .symmetric:
      highest = lower < 0 ? max(1, all / 2 - 1) : all - 1
      lowest = lower < 0 ? -highest : 0
      step = Float(upper / Double(highest))
      shift = 0
    case .endpoints:
      (lowest, highest) = (0, all - 1)
      let width = (upper - lower) / Double(all - 1)
      step = Float(width)
      shift = Float(lower / width)
    case .bins:
      (lowest, highest) = (0, all - 1)
      let width = (upper - lower) / Double(all)
      step = Float(width)
      shift = Float(lower / width + 0.5)
    }
  }
}
