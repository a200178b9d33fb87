import Foundation
import StrictYAML

/// The bounds of the state and how they differ between devices.
public struct PulseBounds: Sendable, Hashable {
  /// The nominal lower bound, in state units.
  public var minimum: Double
  /// The nominal upper bound.
  public var maximum: Double
  /// Deviation of the lower bound between devices, relative to it.
  public var minimumSpread: Double
  /// Deviation of the upper bound between devices, relative to it.
  public var maximumSpread: Double

  init(reading node: StrictNode) {
    minimum = node.number("minimum", in: -1e9...1e9)
    maximum = node.number("maximum", in: -1e9...1e9)
    minimumSpread = node.number("minimum-spread", in: 0...10, default: 0)
    maximumSpread = node.number("maximum-spread", in: 0...10, default: 0)
    if node.has("minimum") && node.has("maximum") && maximum <= minimum {
      node.fault("'maximum' must be above 'minimum'")
    }
  }

  /// A bound with score `z`; it keeps the sign of the nominal one.
  static func drawn(_ nominal: Double, _ spread: Double, _ z: Double) -> Double {
    nominal * abs(1 + spread * z)
  }
}

/// The size of a step and how it differs between devices and directions.
public struct PulseStep: Sendable, Hashable {
  /// The nominal size, in state units; 1 for laws that state it themselves.
  public var size: Double
  /// Below zero steps up are smaller, above zero steps down: gains 1 + min(0, a) and 1 − max(0, a).
  public var asymmetry: Double
  /// Deviation of the gain between devices, relative (or of its logarithm).
  public var spread: Double
  /// Whether the gain is log-normal with median 1 instead of normal.
  public var isLogNormal: Bool
  /// Deviation of the asymmetry between devices.
  public var asymmetrySpread: Double

  init(reading node: StrictNode, takesSize: Bool) {
    size = takesSize ? node.number("size", in: 1e-12...1e9) : 1
    asymmetry = node.number("asymmetry", in: -1...1, default: 0)
    spread = node.number("spread", in: 0...10, default: 0)
    let form = node.choice("spread-form", of: ["normal", "log-normal"], default: "normal")
    isLogNormal = form == "log-normal"
    asymmetrySpread = node.number("asymmetry-spread", in: 0...10, default: 0)
  }

  /// The gains of a device with scores `z` (size) and `y` (asymmetry), up and down.
  func gains(_ z: Double, _ y: Double) -> (up: Double, down: Double) {
    let gain = isLogNormal ? exp(spread * z) : 1 + spread * z
    let tilt = asymmetrySpread * y
    return (abs(gain + min(0, asymmetry) + tilt), abs(gain - max(0, asymmetry) - tilt))
  }
}

/// The noise of a step from pulse to pulse, and of a write as it is read back.
///
/// The deviation of a step is cycle·|step| (or cycle·Δ) + floor + slope·|w|; the numbers are normal
/// and independent.
public struct PulseNoise: Sendable, Hashable {
  /// The relative part.
  public var cycle: Double
  /// Whether the relative part is of the device's step size Δ instead of the mean step at its state.
  public var isOfStepSize: Bool
  /// What is there at any state, in state units.
  public var floor: Double
  /// What grows with the state.
  public var slope: Double
  /// The deviation of the state that is read from the one that pulses build on, drawn with every
  /// write, in state units.
  public var write: Double

  init(reading node: StrictNode) {
    guard node.exists else {
      (cycle, isOfStepSize, floor, slope, write) = (0, false, 0, 0, 0)
      return
    }
    cycle = node.number("cycle", in: 0...1000, default: 0)
    isOfStepSize =
      node.choice("relative-to", of: ["step", "step-size"], default: "step") == "step-size"
    floor = node.number("floor", in: 0...1e9, default: 0)
    slope = node.number("slope", in: 0...1000, default: 0)
    write = node.number("write", in: 0...1e9, default: 0)
  }
}

/// Devices that stay at one state whatever pulses or writes they receive.
public struct StuckDevices: Sendable, Hashable {
  /// The fraction of all devices.
  public var fraction: Double
  /// Their state.
  public var state: Double

  init(reading node: StrictNode, bounds: PulseBounds) {
    guard node.exists else {
      (fraction, state) = (0, bounds.minimum)
      return
    }
    fraction = node.number("fraction", in: 0...1)
    state = node.number("state", in: -1e9...1e9, default: bounds.minimum)
    if bounds.minimum < bounds.maximum, !(bounds.minimum...bounds.maximum).contains(state) {
      node.child("state").fault(
        "\(state) is outside of the bounds \(bounds.minimum)…\(bounds.maximum)")
    }
  }
}

/// How a state fades by itself, and where a reset leaves it.
public struct PulseRelaxation: Sendable, Hashable {
  /// After how many updates of its array a state has fallen to 1/e; infinite where it stays.
  public var lifetime: Double
  /// Relative deviation of the lifetime between devices.
  public var lifetimeSpread: Double
  /// The state after a reset; `nil` where a reset leads to the lower bound.
  public var reset: Double?
  /// Deviation of that state between devices.
  public var resetSpread: Double
  /// Deviation of that state from reset to reset.
  public var resetDeviation: Double

  init(decay: StrictNode, reset node: StrictNode) {
    lifetime = decay.exists ? decay.number("lifetime", in: 1...1e18) : .infinity
    lifetimeSpread = decay.exists ? decay.number("spread", in: 0...10, default: 0) : 0
    reset = node.exists ? node.number("state", in: -1e9...1e9) : nil
    resetSpread = node.exists ? node.number("spread", in: 0...1e9, default: 0) : 0
    resetDeviation = node.exists ? node.number("deviation", in: 0...1e9, default: 0) : 0
  }
}
