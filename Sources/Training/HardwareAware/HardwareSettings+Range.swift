import NumericalMethods

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

  /// The end of the range for `values`.
  func end(of values: UnsafeBufferPointer<Float>) -> Float {
    var fraction = 0.9995
    if case .calibrated(let quantile) = self { fraction = quantile }
    let end = Float(quantile(values.map { Double(abs($0)) }, fraction))
    return end > 0 ? end : 1
  }
}
