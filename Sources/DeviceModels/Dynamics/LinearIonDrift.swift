import NumericalMethods

/// Linear drift of dopants: the state is the doped part x = w/D of the film.
///
/// R(x) = R_on·x + R_off·(1 − x), dx/dt = µ_v·R_on/D²·I·f(x). With f = 1 this is the ideal memristor:
/// x is a function of the charge, and away from the ends x(t) − x(0) = µ_v·R_on/D²·q. With write
/// thresholds the state moves only above the positive and below the negative one.
///
/// Source: Strukov, Snider, Stewart and Williams, Nature 453, 80 (2008), doi 10.1038/nature06932.
/// Valid for currents at which the field stays below some 1 MV/cm; real oxides drift exponentially
/// with the field.
public struct LinearIonDrift: DynamicLaw, LogitDrift {
  /// "linear-ion-drift".
  public static let law = "linear-ion-drift"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("resistance-on", "Ohm", 1e-3...1e12, "R_on, the fully doped film"),
    ParameterSpecification("resistance-off", "Ohm", 1e-3...1e15, "R_off, the undoped film"),
    ParameterSpecification("thickness", "m", 1e-10...1e-5, "D, the film"),
    ParameterSpecification("mobility", "m2/V/s", 1e-22...1e-6, "µ_v, the dopants' drift"),
    ParameterSpecification("initial-state", "", 0...1, default: 0.5, "x of a fresh device"),
    ParameterSpecification("window-exponent", "", 0.01...100, default: 1, "p of the window"),
    ParameterSpecification(
      "window-height", "", 0.01...100, default: 1, "j of Prodromakis's window"),
    ParameterSpecification(
      "threshold-positive", "V", 0...100, default: 0, "x moves above this voltage"),
    ParameterSpecification(
      "threshold-negative", "V", -100...0, default: 0, "x moves below this voltage"),
  ]
  /// The window.
  public static var choices: [(key: String, names: [String])] {
    [("window", WindowFunction.Form.allCases.map(\.rawValue))]
  }

  /// R_on, in ohms.
  public let resistanceOn: Double
  /// R_off, in ohms.
  public let resistanceOff: Double
  /// µ_v·R_on/D², in 1/(A s).
  public let driftPerCharge: Double
  /// f(x).
  public let window: WindowFunction
  /// The voltages between which the state stays, in volts.
  public let thresholds: ClosedRange<Double>
  private let initial: Double

  public init(_ set: ParameterSet) {
    resistanceOn = set["resistance-on"]
    resistanceOff = set["resistance-off"]
    driftPerCharge =
      set["mobility"] * set["resistance-on"] / (set["thickness"] * set["thickness"])
    window = WindowFunction(
      WindowFunction.Form(rawValue: set.choices["window"] ?? "none") ?? .none,
      exponent: set["window-exponent"], height: set["window-height"])
    thresholds = set["threshold-negative"]...set["threshold-positive"]
    initial = set["initial-state"]
  }

  public var states: [StateVariable] { [StateVariable("doped part", unit: "", range: 0...1)] }
  public var initialState: [Double] { [initial] }
  public var isOhmic: Bool { true }
  public var integratesLogit: Bool { window.isZeroAtBothEnds }
  public var cornerVoltages: [Double] {
    thresholds.lowerBound < thresholds.upperBound
      ? [thresholds.lowerBound, thresholds.upperBound] : []
  }
  public func rates(in cell: DrivenCell) -> ODERates { driftRates(in: cell) }

  /// I = V/R(x).
  @inline(__always)
  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    voltage / (resistanceOn * x[0] + resistanceOff * (1 - x[0]))
  }

  /// dx/dt; see the type.
  @inline(__always)
  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let current = current(x, voltage: voltage)
    dx[0] =
      isStill(voltage) ? 0 : driftPerCharge * current * window.value(x[0], direction: current)
  }

  @inline(__always)
  func logitRate(_ x: Double, _ rest: Double, voltage: Double) -> Double {
    guard !isStill(voltage) else { return 0 }
    let current = voltage / (resistanceOn * x + resistanceOff * rest)
    return driftPerCharge * current * window.perProduct(x * rest)
  }

  @inline(__always)
  private func isStill(_ voltage: Double) -> Bool {
    voltage <= thresholds.upperBound && voltage >= thresholds.lowerBound
  }
}
