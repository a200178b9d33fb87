import Foundation

/// What TEAM and VTEAM share: a state between x_on and x_off that drifts with a power of the excess
/// over a threshold, and its resistance.
package struct ThresholdDrift: Sendable, Hashable {
  /// How the resistance follows the state.
  package enum Resistance: String, Sendable, CaseIterable {
    /// R = R_on + (R_off − R_on)(x − x_on)/(x_off − x_on).
    case linear
    /// R = R_on·(R_off/R_on)^((x − x_on)/(x_off − x_on)).
    case exponential
  }
  /// How the drift follows the state.
  package enum Window: String, Sendable, CaseIterable {
    /// f = 1, with hard ends.
    case none
    /// f_off = exp(−exp((x − a_off)/w_c)), f_on = exp(−exp(−(x − a_on)/w_c)).
    case kvatinsky
  }

  package let on: Double
  package let off: Double
  package let resistanceOn: Double
  package let resistanceOff: Double
  package let resistance: Resistance
  package let window: Window
  package let rateOn: Double
  package let rateOff: Double
  package let thresholdOn: Double
  package let thresholdOff: Double
  package let exponentOn: PowerLaw
  package let exponentOff: PowerLaw
  package let windowOn: Double
  package let windowOff: Double
  package let windowWidth: Double
  package let initial: Double
  private let logRatio: Double

  init(_ set: ParameterSet) {
    on = set["state-on"]
    off = set["state-off"]
    resistanceOn = set["resistance-on"]
    resistanceOff = set["resistance-off"]
    resistance = Resistance(rawValue: set.choices["resistance"] ?? "linear") ?? .linear
    window = Window(rawValue: set.choices["window"] ?? "none") ?? .none
    rateOn = set["rate-on"]
    rateOff = set["rate-off"]
    thresholdOn = set["threshold-on"]
    thresholdOff = set["threshold-off"]
    exponentOn = PowerLaw(set["exponent-on"])
    exponentOff = PowerLaw(set["exponent-off"])
    windowOn = set["window-on"]
    windowOff = set["window-off"]
    windowWidth = set["window-width"]
    initial = min(max(set["initial-state"], on), off)
    logRatio = log(resistanceOff / resistanceOn)
  }

  /// The keys, with thresholds in `unit`.
  static func parameters(threshold unit: String) -> [ParameterSpecification] {
    [
      ParameterSpecification("resistance-on", "Ohm", 1e-3...1e12, "R_on, at x_on"),
      ParameterSpecification("resistance-off", "Ohm", 1e-3...1e15, "R_off, at x_off"),
      ParameterSpecification("state-on", "m", 0...1e-6, "x_on"),
      ParameterSpecification("state-off", "m", 1e-12...1e-6, "x_off"),
      ParameterSpecification("rate-on", "m/s", -1e9 ... -1e-30, "k_on, negative"),
      ParameterSpecification("rate-off", "m/s", 1e-30...1e9, "k_off, positive"),
      ParameterSpecification("threshold-on", unit, -100 ... -1e-12, "the negative threshold"),
      ParameterSpecification("threshold-off", unit, 1e-12...100, "the positive threshold"),
      ParameterSpecification("exponent-on", "", 0.1...32, "α_on"),
      ParameterSpecification("exponent-off", "", 0.1...32, "α_off"),
      ParameterSpecification("initial-state", "m", 0...1e-6, default: 0, "x of a fresh device"),
      ParameterSpecification("window-on", "m", 0...1e-6, default: 0, "a_on"),
      ParameterSpecification("window-off", "m", 0...1e-6, default: 0, "a_off"),
      ParameterSpecification("window-width", "m", 1e-13...1e-6, default: 1e-10, "w_c"),
    ]
  }

  static var choices: [(key: String, names: [String])] {
    [
      ("resistance", Resistance.allCases.map(\.rawValue)),
      ("window", Window.allCases.map(\.rawValue)),
    ]
  }

  var states: [StateVariable] { [StateVariable("barrier width", unit: "m", range: on...off)] }

  @inline(__always)
  func resistance(at x: Double) -> Double {
    let part = (x - on) / (off - on)
    switch resistance {
    case .linear: return resistanceOn + (resistanceOff - resistanceOn) * part
    case .exponential: return resistanceOn * exp(logRatio * part)
    }
  }

  /// dx/dt at the driving current or voltage `drive`.
  @inline(__always)
  func rate(at x: Double, drive: Double) -> Double {
    if drive > thresholdOff {
      let rate = rateOff * exponentOff.of(drive / thresholdOff - 1)
      return window == .none ? rate : rate * exp(-exp((x - windowOff) / windowWidth))
    }
    if drive < thresholdOn {
      let rate = rateOn * exponentOn.of(drive / thresholdOn - 1)
      return window == .none ? rate : rate * exp(-exp(-(x - windowOn) / windowWidth))
    }
    return 0
  }
}

/// A law whose state drifts beyond a threshold, and whose current is ohmic: the law says what drives the drift.
protocol ThresholdDriftLaw: DynamicLaw {
  /// The drift with its parameters.
  var drift: ThresholdDrift { get }
}

extension ThresholdDriftLaw {
  /// The resistance's form and the window.
  public static var choices: [(key: String, names: [String])] { ThresholdDrift.choices }
  public var states: [StateVariable] { drift.states }
  public var initialState: [Double] { [drift.initial] }
  public var isOhmic: Bool { true }

  @inline(__always)
  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    voltage / drift.resistance(at: x[0])
  }
}
