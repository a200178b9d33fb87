/// How the calibration cells shift a programmed ramp.
public enum RampCalibration: String, Sendable, CaseIterable {
  /// Not at all.
  case none
  /// So that the middle threshold is where it should be.
  case onePoint = "one-point"
  /// So that the mean error of all thresholds is zero.
  case meanShift = "mean-shift"

  /// What to add to all of `realized`, thresholds in units of x.
  func shift(of realized: some RandomAccessCollection<Float>, from ideal: [Double]) -> Double {
    precondition(realized.count == ideal.count && !ideal.isEmpty, "a threshold each")
    switch self {
    case .none: return 0
    case .onePoint:
      let middle = (ideal.count - 1) / 2
      let at = realized.index(realized.startIndex, offsetBy: middle)
      return ideal[middle] - Double(realized[at])
    case .meanShift:
      let sum = zip(ideal, realized).reduce(0) { $0 + ($1.0 - Double($1.1)) }
      return sum / Double(ideal.count)
    }
  }
}
