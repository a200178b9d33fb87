import NumericalMethods

/// The direction of a programming pulse.
public enum PulseDirection: Sendable, Hashable, CaseIterable {
  /// Raises the conductance: potentiation, set.
  case up
  /// Lowers it: depression, reset.
  case down
}

/// How one device answers pulses when its noise is off, in double precision.
public struct PulseResponse: Sendable, Hashable {
  /// The bounds that hold the state after every pulse, in state units.
  public var low: Double
  /// The upper bound.
  public var high: Double
  /// The change by a pulse up.
  public var up: PulseForm
  /// The change by a pulse down.
  public var down: PulseForm
  /// The device's step size Δ⁺, positive: the measure of noise that is stated in steps.
  public var sizeUp: Double
  /// The step size Δ⁻, positive.
  public var sizeDown: Double

  /// A response; bounds in the wrong order are swapped.
  public init(
    low: Double, high: Double, up: PulseForm, down: PulseForm, sizeUp: Double, sizeDown: Double
  ) {
    self.low = min(low, high)
    self.high = max(low, high)
    self.up = up
    self.down = down
    self.sizeUp = sizeUp
    self.sizeDown = sizeDown
  }

  /// The form of `direction`.
  public func form(_ direction: PulseDirection) -> PulseForm { direction == .up ? up : down }

  /// The state held within the bounds.
  public func held(_ w: Double) -> Double { min(max(w, low), high) }

  /// The states after 1, 2, … `count` pulses from `w`, pulse by pulse.
  public func train(_ direction: PulseDirection, count: Int, from w: Double) -> [Double] {
    var state = w
    let form = form(direction)
    return (0..<count).map { _ in
      state = held(state + form.step(from: state))
      return state
    }
  }

  /// The state after `count` pulses from `w`: by the closed form where there is an exact one (the
  /// affine laws, whose steps do not change sign within the bounds), else pulse by pulse.
  public func state(after count: Int, _ direction: PulseDirection, from w: Double) -> Double {
    if let exact = form(direction).exactState(after: count, from: w) { return held(exact) }
    return train(direction, count: count, from: w).last ?? w
  }

  /// The state where a pulse up and a pulse down are equal and opposite.
  /// - Throws: `NumericalFailure` where there is none between the bounds.
  public func symmetryPoint() throws(NumericalFailure) -> Double {
    try bracketedRoot(from: low, to: high) { up.step(from: $0) + down.step(from: $0) }
  }
}
