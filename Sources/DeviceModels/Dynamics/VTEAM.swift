/// The voltage threshold adaptive model VTEAM: drift by a power of the excess of the voltage.
///
/// dx/dt = k_off(V/V_off − 1)^α_off·f_off(x) for V > V_off > 0, k_on(V/V_on − 1)^α_on·f_on(x) for
/// V < V_on < 0, else 0. A larger x is a larger resistance.
///
/// Source: Kvatinsky, Ramadan, Friedman and Kolodny, IEEE Trans. Circuits Syst. II 62, 786 (2015),
/// doi 10.1109/TCSII.2015.2433536. Valid for the voltages of the fit.
public struct VTEAM: ThresholdDriftLaw {
  /// "vteam".
  public static let law = "vteam"
  /// See the formula; thresholds in volts.
  public static let parameters = ThresholdDrift.parameters(threshold: "V")
  public static let orders = [(lower: "state-on", upper: "state-off")]
  package let drift: ThresholdDrift

  public init(_ set: ParameterSet) { drift = ThresholdDrift(set) }

  public var cornerVoltages: [Double] { [drift.thresholdOn, drift.thresholdOff] }

  @inline(__always)
  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    dx[0] = drift.rate(at: x[0], drive: voltage)
  }
}
