/// Which way an event's function must cross zero.
public enum CrossingDirection: String, Sendable, CaseIterable {
  /// From below to above.
  case rising
  /// From above to below.
  case falling
  /// Either way.
  case either

  /// Whether going from `before` to `after` is a crossing.
  public func crosses(_ before: Double, _ after: Double) -> Bool {
    switch self {
    case .rising: return before < 0 && after >= 0
    case .falling: return before > 0 && after <= 0
    case .either: return (before < 0 && after >= 0) || (before > 0 && after <= 0)
    }
  }
}

extension ODEIntegrator {
  /// Steps until `end` or until `event(t, y)` crosses zero, whichever is first; leaves the
  /// integration there.
  ///
  /// The step in which the sign changes is found, the crossing in it is bracketed, and the step is
  /// integrated again up to each guess, so that the time is as good as the integration and not only
  /// as good as the interpolation.
  ///
  /// - Parameter resolution: the largest error of the event's time, in the unit of time.
  /// - Returns: the time of the event, or `nil` where `end` came first.
  public func advance(
    to end: Double, until direction: CrossingDirection, resolution: Double,
    event: (Double, UnsafeMutableBufferPointer<Double>) -> Double
  ) throws(NumericalFailure) -> Double? {
    var before = event(time, state)
    while time < end {
      try step(upTo: end)
      let after = event(time, state)
      if direction.crosses(before, after) {
        return try locate(before, after, resolution, event)
      }
      before = after
    }
    return nil
  }

  private func locate(
    _ before: Double, _ after: Double, _ resolution: Double,
    _ event: (Double, UnsafeMutableBufferPointer<Double>) -> Double
  ) throws(NumericalFailure) -> Double {
    var low = previousTime
    var atLow = before
    var high = time
    var atHigh = after
    let start = [Double](previousState)
    let startTime = previousTime
    func integrate(to t: Double) throws(NumericalFailure) -> Double {
      resume(at: startTime, state: start, firstStep: t - startTime)
      try advance(to: t)
      return event(time, state)
    }
    // Illinois: false position with the stale end's value halved, so that both ends move.
    for _ in 0..<100 where high - low > resolution {
      var t = high - atHigh * (high - low) / (atHigh - atLow)
      let margin = 0.5 * resolution
      t = min(max(t, low + margin), high - margin)
      if !(t > low && t < high) { t = low + 0.5 * (high - low) }
      if !(t > low && t < high) { break }
      let value = try integrate(to: t)
      if (value < 0) == (before < 0) && value != 0 {
        low = t
        atLow = value
        atHigh *= 0.5
      } else {
        high = t
        atHigh = value
        atLow *= 0.5
      }
    }
    if time != high { _ = try integrate(to: high) }
    return high
  }
}
