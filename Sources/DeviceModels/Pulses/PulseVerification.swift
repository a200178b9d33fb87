import PhysicalUnits

/// How a device is written by pulses and verified: it is read, gets the number of pulses that the nominal device would
/// need for half of what is missing, at least one, and is left as it is once it is near enough.
public struct PulseVerification: Sendable {
  /// How near a device must come to its target, in units of state.
  public let tolerance: Float
  private let step: Float

  /// The verification of devices of `model`.
  public init(_ model: PulseModel, tolerance: Float) {
    precondition(tolerance > 0, "a device is never exactly at its target")
    self.tolerance = tolerance
    step = Float(model.stepSize)
  }

  /// The pulses for a device that reads `state`: up where positive, 0 where it is near enough.
  ///
  /// - Parameter bounds: of the device; a target beyond them is taken to the nearer one.
  public func pulses(from state: Float, to target: Float, bounds: ClosedRange<Float>) -> Float {
    let missing = min(max(target, bounds.lowerBound), bounds.upperBound) - state
    guard abs(missing) > tolerance else { return 0 }
    let size = max(1, (0.5 * abs(missing) / step).rounded(.down))
    return missing > 0 ? size : -size
  }
}

extension PulseModel {
  /// The nominal size of a step in units of state: at state 0, or in the middle of the range where 0
  /// is not inside.
  public var stepSize: Double {
    let device = nominal
    let place = device.low < 0 && device.high > 0 ? 0 : (device.low + device.high) / 2
    return (device.up.step(from: place) - device.down.step(from: place)) / 2
  }
}
