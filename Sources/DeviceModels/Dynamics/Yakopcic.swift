import Foundation

/// Yakopcic's general model: a sinh current, thresholds with exponential growth above them, and a
/// state that slows down beyond x_p on its way up and below 1 − x_n on its way down.
///
/// I = a₁·x·sinh(bV) for V ≥ 0, a₂·x·sinh(bV) for V < 0; dx/dt = η·g(V)·f(x) with
/// g = A_p(e^V − e^V_p) for V > V_p, −A_n(e^−V − e^V_n) for V < −V_n, else 0 (V in volts), and
/// f = exp(−α_p(x − x_p))·((x_p − x)/(1 − x_p) + 1) for ηV ≥ 0 and x ≥ x_p,
/// f = exp(α_n(x + x_n − 1))·x/(1 − x_n) for ηV < 0 and x ≤ 1 − x_n, else 1.
///
/// Source: Yakopcic, Taha, Subramanyam, Pino and Rogers, IEEE Electron Device Lett. 32, 1436 (2011),
/// doi 10.1109/LED.2011.2163292; Yakopcic, Taha, Subramanyam and Pino, IEEE Trans. CAD 32, 1201
/// (2013), doi 10.1109/TCAD.2013.2252057. Valid for the voltages of the fit.
public struct Yakopcic: DynamicLaw {
  /// "yakopcic".
  public static let law = "yakopcic"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("current-positive", "A", 1e-15...1e3, "a₁"),
    ParameterSpecification("current-negative", "A", 1e-15...1e3, "a₂"),
    ParameterSpecification("current-slope", "1/V", 1e-4...100, "b"),
    ParameterSpecification("threshold-positive", "V", 0...20, "V_p"),
    ParameterSpecification("threshold-negative", "V", 0...20, "V_n, a magnitude"),
    ParameterSpecification("rate-positive", "1/s", 1e-12...1e15, "A_p"),
    ParameterSpecification("rate-negative", "1/s", 1e-12...1e15, "A_n"),
    ParameterSpecification("slowing-positive", "", 0...0.9999, "x_p"),
    ParameterSpecification("slowing-negative", "", 0...0.9999, "x_n"),
    ParameterSpecification("decay-positive", "", 0...1000, "α_p"),
    ParameterSpecification("decay-negative", "", 0...1000, "α_n"),
    ParameterSpecification("initial-state", "", 0...1, default: 0.1, "x of a fresh device"),
    ParameterSpecification("direction", "", -1...1, default: 1, "η: 1 or −1"),
  ]

  package let a1, a2, b, vp, vn, ap, an, xp, xn, alphaP, alphaN, initial, eta: Double
  private let expVp, expVn: Double

  public init(_ set: ParameterSet) {
    a1 = set["current-positive"]
    a2 = set["current-negative"]
    b = set["current-slope"]
    vp = set["threshold-positive"]
    vn = set["threshold-negative"]
    ap = set["rate-positive"]
    an = set["rate-negative"]
    xp = set["slowing-positive"]
    xn = set["slowing-negative"]
    alphaP = set["decay-positive"]
    alphaN = set["decay-negative"]
    initial = set["initial-state"]
    eta = set["direction"] < 0 ? -1 : 1
    expVp = exp(vp)
    expVn = exp(vn)
  }

  public var states: [StateVariable] { [StateVariable("state", unit: "", range: 0...1)] }
  public var initialState: [Double] { [initial] }
  public var isOhmic: Bool { false }
  public var cornerVoltages: [Double] { [-vn, 0, vp] }

  @inline(__always)
  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    (voltage >= 0 ? a1 : a2) * x[0] * sinh(b * voltage)
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let growth: Double
    if voltage > vp {
      growth = ap * (exp(voltage) - expVp)
    } else if voltage < -vn {
      growth = -an * (exp(-voltage) - expVn)
    } else {
      dx[0] = 0
      return
    }
    var motion = 1.0
    if eta * voltage >= 0 {
      if x[0] >= xp {
        motion = exp(-alphaP * (x[0] - xp)) * ((xp - x[0]) / (1 - xp) + 1)
      }
    } else if x[0] <= 1 - xn {
      motion = exp(alphaN * (x[0] + xn - 1)) * x[0] / (1 - xn)
    }
    dx[0] = eta * growth * motion
  }
}
