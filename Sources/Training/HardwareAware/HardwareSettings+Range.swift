import Circuits

extension HardwareSettings {
  /// The same for rules whose gradients reach no range: a learned range becomes one up to the largest
  /// value.
  var withoutLearnedRanges: HardwareSettings {
    var result = self
    if inputRange == .learned { result.inputRange = .calibrated(quantile: 1) }
    if outputRange == .learned { result.outputRange = .calibrated(quantile: 1) }
    return result
  }
}

extension HardwareSettings.Range {
  /// As run files say it.
  var text: String {
    switch self {
    case .absoluteMaximum: "absolute-maximum"
    case .learned: "learned"
    case .calibrated(let quantile): "percentile:\(Float(100 * quantile))"
    case .fixed(let end): "\(end)"
    }
  }

  /// The end before anything was seen: 0 where it is to be found out.
  var start: Float { if case .fixed(let end) = self { end } else { 0 } }

  /// How the end is found from values.
  var rule: RangeRule {
    if case .calibrated(let fraction) = self { .quantile(fraction) } else { .usual }
  }

  /// Finds `end` where it is not known.
  ///
  /// - Parameters:
  ///   - finds: whether this pass found it: its further reads widen it.
  ///   - follows: whether a calibrated end follows the values.
  func update(
    _ end: inout Float, with values: UnsafeBufferPointer<Float>, finds: Bool, follows: Bool
  ) {
    if case .calibrated = self, follows {
      rule.update(&end, with: values, .follows(0.99))
    } else {
      rule.update(&end, with: values, finds ? .widens : .none)
    }
  }
}
