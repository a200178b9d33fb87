import Foundation
import NumericalMethods

/// Drift that rises with a power of the voltage, and a tunneling and a rectifying current.
///
/// I = w^n·β·sinh(αV) + χ(exp(γV) − 1), dw/dt = a·f(w)·V^m with an odd m.
///
/// Source: current after Yang et al., Nature Nanotech. 3, 429 (2008), doi 10.1038/nnano.2008.160;
/// state equation after Lehtonen and Laiho, CNNA 2010, doi 10.1109/CNNA.2010.5430304. Valid within
/// the voltages of the fit (about ±2 V).
public struct NonlinearIonDrift: DynamicLaw, LogitDrift {
  /// "nonlinear-ion-drift".
  public static let law = "nonlinear-ion-drift"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("state-exponent", "", 1...40, "n"),
    ParameterSpecification("tunnel-current", "A", 1e-18...1, "β"),
    ParameterSpecification("tunnel-slope", "1/V", 0.01...100, "α"),
    ParameterSpecification("diode-current", "A", 0...1, "χ"),
    ParameterSpecification("diode-slope", "1/V", 0...100, "γ"),
    ParameterSpecification("drift-rate", "1/s", 1e-12...1e15, "a·(1 V)^m"),
    ParameterSpecification("drift-exponent", "", 1...31, "m, odd"),
    ParameterSpecification("initial-state", "", 0...1, default: 0.5, "w of a fresh device"),
    ParameterSpecification("window-exponent", "", 0.01...100, default: 1, "p of the window"),
    ParameterSpecification(
      "window-height", "", 0.01...100, default: 1, "j of Prodromakis's window"),
  ]
  /// The window.
  public static var choices: [(key: String, names: [String])] {
    [("window", WindowFunction.Form.allCases.map(\.rawValue))]
  }

  private let stateExponent: PowerLaw
  private let beta: Double
  private let alpha: Double
  private let chi: Double
  private let gamma: Double
  private let rate: Double
  private let driftExponent: PowerLaw
  private let window: WindowFunction
  private let initial: Double

  public init(_ set: ParameterSet) {
    stateExponent = PowerLaw(set["state-exponent"])
    beta = set["tunnel-current"]
    alpha = set["tunnel-slope"]
    chi = set["diode-current"]
    gamma = set["diode-slope"]
    rate = set["drift-rate"]
    driftExponent = PowerLaw(set["drift-exponent"])
    window = WindowFunction(
      WindowFunction.Form(rawValue: set.choices["window"] ?? "none") ?? .none,
      exponent: set["window-exponent"], height: set["window-height"])
    initial = set["initial-state"]
  }

  public var states: [StateVariable] { [StateVariable("doped part", unit: "", range: 0...1)] }
  public var initialState: [Double] { [initial] }
  public var isOhmic: Bool { false }
  public var integratesLogit: Bool { window.isZeroAtBothEnds }
  public func rates(in cell: DrivenCell) -> ODERates { driftRates(in: cell) }

  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    stateExponent.of(x[0]) * beta * sinh(alpha * voltage) + chi * expm1(gamma * voltage)
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    dx[0] = drift(voltage) * window.value(x[0], direction: voltage)
  }

  @inline(__always)
  func logitRate(_ x: Double, _ rest: Double, voltage: Double) -> Double {
    drift(voltage) * window.perProduct(x * rest)
  }

  @inline(__always)
  private func drift(_ voltage: Double) -> Double {
    let magnitude = rate * driftExponent.of(abs(voltage))
    return voltage < 0 ? -magnitude : magnitude
  }
}
