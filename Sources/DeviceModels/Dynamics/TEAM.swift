/// The threshold adaptive model TEAM: drift by a power of the excess of the current.
///
/// dx/dt = k_off(I/I_off − 1)^α_off·f_off(x) for I > I_off > 0, k_on(I/I_on − 1)^α_on·f_on(x) for
/// I < I_on < 0, else 0. A larger x is a larger resistance.
///
/// Source: Kvatinsky, Friedman, Kolodny and Weiser, IEEE Trans. Circuits Syst. I 60, 211 (2013),
/// doi 10.1109/TCSI.2012.2215714. Valid for the currents of the fit; below the thresholds nothing
/// moves, where a real device creeps.
public struct TEAM: ThresholdDriftLaw {
  /// "team".
  public static let law = "team"
  /// See the formula; thresholds in amperes.
  public static let parameters = ThresholdDrift.parameters(threshold: "A")
  public static let orders = [(lower: "state-on", upper: "state-off")]
  let drift: ThresholdDrift

  public init(_ set: ParameterSet) { drift = ThresholdDrift(set) }

  @inline(__always)
  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    dx[0] = drift.rate(at: x[0], drive: current(x, voltage: voltage))
  }
}
