import Foundation

/// What stands in series with a memristor inside its cell.
///
/// Every element's current is an odd, increasing function of its own voltage.
public enum AccessElement: Hashable, Sendable {
  /// Nothing: a passive array.
  case none
  /// A resistor, in ohms: contacts, a line inside the cell.
  case resistor(Double)
  /// A transistor with its gate on (1T1R): drain current by the linear and saturation law.
  case transistor(AccessTransistor)
  /// A threshold selector (1S1R).
  case selector(ThresholdSelector)

  /// Current in amperes and its slope in siemens at a voltage across the element.
  /// - Precondition: it is not `.none`.
  func characteristic(_ voltage: Double) -> (current: Double, slope: Double) {
    switch self {
    case .none: preconditionFailure("nothing has no characteristic")
    case .resistor(let ohms): (voltage / ohms, 1 / ohms)
    case .transistor(let transistor): transistor.characteristic(voltage)
    case .selector(let selector): selector.characteristic(voltage)
    }
  }

  /// The current as an expression of ngspice's behavioral sources.
  func spice(_ v: String) -> String? {
    switch self {
    case .none: nil
    case .resistor(let ohms): "\(v)/\(ohms)"
    case .transistor(let transistor): transistor.spice(v)
    case .selector(let selector): selector.spice(v)
    }
  }
}

/// A transistor at a fixed gate overdrive, symmetric in source and drain.
///
/// I = β·(V_ov·V − V²/2)·(1 + λ·V) below V = V_ov, and β/2·V_ov²·(1 + λ·V) above (Shichman and Hodges,
/// IEEE J. Solid-State Circuits 3, 285, 1968, doi:10.1109/JSSC.1968.1049902), mirrored for V < 0.
public struct AccessTransistor: Hashable, Sendable {
  /// β, in A/V².
  public var gain: Double
  /// Gate voltage less threshold, in volts.
  public var overdrive: Double
  /// λ, in 1/V: how far the saturation current rises with the voltage.
  public var modulation: Double

  /// A transistor; `gain` and `overdrive` are positive, `modulation` is 0 or more.
  public init(gain: Double, overdrive: Double, modulation: Double) {
    precondition(gain > 0 && overdrive > 0 && modulation >= 0, "a transistor that conducts")
    self.gain = gain
    self.overdrive = overdrive
    self.modulation = modulation
  }

  func characteristic(_ voltage: Double) -> (current: Double, slope: Double) {
    let v = abs(voltage)
    let x = min(v, overdrive)
    let base = gain * (overdrive * x - 0.5 * x * x)
    let rise = 1 + modulation * v
    let current = base * rise
    let slope = gain * (overdrive - x) * rise + base * modulation
    return (voltage < 0 ? -current : current, slope)
  }

  func spice(_ v: String) -> String {
    let x = "min(abs(\(v)),\(overdrive))"
    return
      "sgn(\(v))*\(gain)*(\(overdrive)*\(x)-0.5*\(x)*\(x))*(1+\(modulation)*abs(\(v)))"
  }
}

/// A selector that opens above a threshold voltage.
///
/// Its slope goes from `offConductance` to `onConductance` as a logistic function of
/// (|V| − threshold)/width. The law has no hysteresis: it stands for a read in which the selector
/// follows its voltage.
public struct ThresholdSelector: Hashable, Sendable {
  /// Siemens far below the threshold.
  public var offConductance: Double
  /// Siemens far above it.
  public var onConductance: Double
  /// In volts.
  public var threshold: Double
  /// How sharp it opens, in volts.
  public var width: Double

  /// A selector; conductances and width are positive, the threshold 0 or more.
  public init(offConductance: Double, onConductance: Double, threshold: Double, width: Double) {
    precondition(
      offConductance > 0 && onConductance >= offConductance && threshold >= 0 && width > 0,
      "a selector that opens")
    self.offConductance = offConductance
    self.onConductance = onConductance
    self.threshold = threshold
    self.width = width
  }

  func characteristic(_ voltage: Double) -> (current: Double, slope: Double) {
    let v = abs(voltage)
    let x = (v - threshold) / width
    let open = 1 / (1 + exp(-x))
    // ln(1 + eˣ) without overflow.
    let soft = max(x, 0) + log1p(exp(-abs(x)))
    let shut = log1p(exp(-threshold / width))
    let more = onConductance - offConductance
    let current = offConductance * v + more * width * (soft - shut)
    return (voltage < 0 ? -current : current, offConductance + more * open)
  }

  func spice(_ v: String) -> String {
    let x = "((abs(\(v))-\(threshold))/\(width))"
    let shut = log1p(exp(-threshold / width))
    let soft = "(max(\(x),0)+ln(1+exp(-abs(\(x)))))"
    let more = (onConductance - offConductance) * width
    return "(\(offConductance)*\(v)+sgn(\(v))*\(more)*(\(soft)-\(shut)))"
  }
}
