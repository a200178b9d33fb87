import Foundation
import NumericalMethods

/// A long-channel field-effect transistor in series: the access device of 1T1R.
///
/// Shichman and Hodges's square law (IEEE J. Solid-State Circuits 3, 285 (1968)), symmetric in source
/// and drain: I = K((V_G − V_S − V_t)V_DS − V_DS²/2)(1 + λV_DS) below pinch-off, K/2·(V_G − V_S −
/// V_t)²(1 + λV_DS) above.
public struct SeriesTransistor: Sendable, Hashable {
  /// The gate's voltage against the grounded line, in volts.
  public var gateVoltage: Double
  /// The threshold, in volts.
  public var threshold: Double
  /// K = µC_ox·W/L, in amperes a square volt.
  public var transconductance: Double
  /// λ, in 1/V.
  public var channelModulation: Double

  /// - Precondition: `transconductance > 0`, `channelModulation ≥ 0`.
  public init(
    gateVoltage: Double, threshold: Double, transconductance: Double, channelModulation: Double = 0
  ) {
    precondition(transconductance > 0 && channelModulation >= 0, "a transistor conducts")
    self.gateVoltage = gateVoltage
    self.threshold = threshold
    self.transconductance = transconductance
    self.channelModulation = channelModulation
  }

  /// The current at `voltage` volts over the channel; the lower terminal is grounded.
  public func current(_ voltage: Double) -> Double {
    // With a negative voltage source and drain change places: the source is the line side.
    let across = abs(voltage)
    let overdrive = gateVoltage - min(voltage, 0) - threshold
    guard overdrive > 0 else { return 0 }
    let square =
      across < overdrive ? overdrive * across - 0.5 * across * across : 0.5 * overdrive * overdrive
    let current = transconductance * square * (1 + channelModulation * across)
    return voltage < 0 ? -current : current
  }
}

/// The element between the ideal source and the device.
///
/// The voltage on the device is implicit. Every law's current at a fixed state rises with its voltage
/// along the branch that is continuous from 0 V (see `DynamicDevice`), and so does every element's:
/// there is exactly one solution, and the operating point moves without jumps as the source does. A
/// jump of the current in a trace is always a jump of the state.
public enum DriveCircuit: Sendable, Hashable {
  /// Nothing: the source's voltage stands on the device.
  case ideal
  /// A source that limits its current, each direction to a magnitude of its own in amperes (infinite for
  /// no limit), in front of a transistor where there is one.
  case limited(positive: Double, negative: Double, SeriesTransistor?)
  /// A resistor, in ohms.
  case resistor(Double)
  /// A transistor (1T1R).
  case transistor(SeriesTransistor)
  /// A selector (1S1R) with I = I₀·sinh(V/V₀), in amperes and volts.
  case selector(scale: Double, voltage: Double)

  /// A source that limits its current to this magnitude, in amperes, in both directions.
  public static func compliance(_ limit: Double) -> DriveCircuit {
    .limited(positive: limit, negative: limit, nil)
  }

  /// The current of the series element at `voltage` volts over it.
  @inline(__always)
  func seriesCurrent(_ voltage: Double) -> Double {
    switch self {
    case .ideal, .limited(_, _, nil): return 0
    case .limited(_, _, let transistor?): return transistor.current(voltage)
    case .resistor(let resistance): return voltage / resistance
    case .transistor(let transistor): return transistor.current(voltage)
    case .selector(let scale, let over): return scale * sinh(min(max(voltage / over, -600), 600))
    }
  }

  /// The voltage on an ohmic device of `conductance` siemens.
  func deviceVoltage(source: Double, conductance: Double) throws(NumericalFailure) -> Double {
    switch self {
    case .ideal: return source
    case .resistor(let resistance): return source / (1 + conductance * resistance)
    case .limited(let positive, let negative, nil):
      return min(max(source, -negative / conductance), positive / conductance)
    case .limited:
      return try deviceVoltage(source: source) { conductance * $0 }
    case .transistor, .selector:
      return try deviceVoltage(source: source) { conductance * $0 }
    }
  }

  /// The voltage v between 0 and `source` at which the device's current is that of the series
  /// element at `source − v`, to 1e-12 of `source`; both currents rise with their voltage.
  func deviceVoltage(
    source: Double, current: (Double) -> Double
  ) throws(NumericalFailure) -> Double {
    guard source != 0 else { return 0 }
    switch self {
    case .ideal: return source
    case .limited(let positive, let negative, let transistor):
      let limit = source < 0 ? negative : positive
      let free =
        try transistor.map { element throws(NumericalFailure) in
          try DriveCircuit.transistor(element).deviceVoltage(source: source, current: current)
        } ?? source
      guard abs(current(free)) > limit else { return free }
      let wanted = source < 0 ? -limit : limit
      return try bracketedRoot(from: 0, to: free, relative: 1e-12) { current($0) - wanted }
    case .resistor(let resistance):
      return try bracketedRoot(from: 0, to: source, absolute: 1e-13 * abs(source)) {
        $0 + resistance * current($0) - source
      }
    case .transistor, .selector:
      return try bracketedRoot(from: 0, to: source, absolute: 1e-13 * abs(source)) {
        current($0) - seriesCurrent(source - $0)
      }
    }
  }
}
