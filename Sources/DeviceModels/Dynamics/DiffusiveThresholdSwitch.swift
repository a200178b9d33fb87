import Foundation

/// A diffusive, volatile threshold switch: a bridge of silver that the field grows between the
/// electrodes and that surface energy draws apart again.
///
/// I = V·G_off·(G_on/G_off)^x with the bridged part x of the gap; dx/dt = r·sinh(|V|/V₀)·(1 − x) − x/τ.
/// Below the voltage where growth balances the relaxation the device stays off, above it switches on
/// after a delay, and at 0 V it forgets with τ.
///
/// Source of the device and of its threshold, delay and relaxation: Wang et al., Nature Mater. 16, 101
/// (2017), doi 10.1038/nmat4756. The rate equation is the simplest that has the three; it is
/// representative and no fit. Valid where the filament is thinner than the gap is long.
public struct DiffusiveThresholdSwitch: DynamicLaw {
  /// "diffusive-threshold-switch".
  public static let law = "diffusive-threshold-switch"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("conductance-on", "S", 1e-12...1, "G_on, bridged"),
    ParameterSpecification("conductance-off", "S", 1e-18...1, "G_off, open"),
    ParameterSpecification("growth-rate", "1/s", 1e-12...1e15, "r"),
    ParameterSpecification("voltage-scale", "V", 1e-3...10, "V₀"),
    ParameterSpecification("relaxation-time", "s", 1e-12...1e6, "τ"),
    ParameterSpecification("initial-state", "", 0...1, default: 0, "x of a fresh device"),
  ]

  private let off, logRatio, growth, inverseVoltage, forgetting, initial: Double

  public static let orders = [(lower: "conductance-off", upper: "conductance-on")]

  public init(_ set: ParameterSet) {
    off = set["conductance-off"]
    logRatio = log(set["conductance-on"] / set["conductance-off"])
    growth = set["growth-rate"]
    inverseVoltage = 1 / set["voltage-scale"]
    forgetting = 1 / set["relaxation-time"]
    initial = set["initial-state"]
  }

  public var states: [StateVariable] { [StateVariable("bridged part", unit: "", range: 0...1)] }
  public var initialState: [Double] { [initial] }
  public var isOhmic: Bool { true }

  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    voltage * off * exp(logRatio * x[0])
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let drive = sinh(min(abs(voltage) * inverseVoltage, 300))
    dx[0] = growth * drive * (1 - x[0]) - x[0] * forgetting
  }
}
