import Foundation
import NumericalMethods

/// A mushroom cell of phase-change memory: the thickness u of its amorphous dome, which shrinks by
/// crystal growth, grows by melting, and drifts in resistance as it relaxes.
///
/// R = R_c + R_a·(u/u_max)·(s/t₀)^ν/(1 + exp((|V| − F·u)/V_s)) where s is the time since the dome was
/// last molten and F·u the threshold voltage; T = T₀ + R_th·V²/R;
/// du/dt = −v_g·exp(−((T − T_g)/ΔT_g)²) below the melting point T_m,
/// v_m·(T − T_m)/(T_m − T₀)·(1 − u/u_max) above it; ds/dt = 1, above T_m (t₀ − s)/τ_m.
///
/// Sources of the parts: growth against the interface's temperature and thermal resistance, Sebastian,
/// Le Gallo and Krebs, Nature Commun. 5, 4314 (2014), doi 10.1038/ncomms5314, and the Gaussian form of
/// v_g, Marrone et al., Sci. Rep. 12, 6488 (2022), doi 10.1038/s41598-022-09948-6; drift as a power of
/// time, Ielmini, Lavizzari, Sharma and Lacaita, IEDM 2007, doi 10.1109/IEDM.2007.4419107. Valid for
/// programming pulses longer than the thermal time (some nanoseconds).
public struct PhaseChange: DynamicLaw {
  /// "phase-change".
  public static let law = "phase-change"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("resistance-crystalline", "Ohm", 1...1e9, "R_c"),
    ParameterSpecification("resistance-amorphous", "Ohm", 1...1e12, "R_a, of the full dome at t₀"),
    ParameterSpecification("thickness", "m", 1e-10...1e-6, "u_max"),
    ParameterSpecification("threshold-field", "V/m", 1e5...1e10, "F"),
    ParameterSpecification("threshold-smoothing", "V", 1e-3...1, default: 0.03, "V_s"),
    ParameterSpecification("thermal-resistance", "K/W", 1...1e9, "R_th"),
    ParameterSpecification("temperature", "K", 1...1000, default: 300, "T₀"),
    ParameterSpecification("melting-point", "K", 300...3000, "T_m"),
    ParameterSpecification("growth-velocity", "m/s", 1e-12...1e3, "v_g, the fastest"),
    ParameterSpecification("growth-temperature", "K", 300...3000, "T_g, of the fastest growth"),
    ParameterSpecification("growth-width", "K", 1...1000, "ΔT_g"),
    ParameterSpecification("melting-velocity", "m/s", 1e-12...1e4, "v_m"),
    ParameterSpecification("drift-exponent", "", 0...0.5, "ν"),
    ParameterSpecification("drift-time", "s", 1e-9...1e3, default: 1, "t₀"),
    ParameterSpecification("melting-time", "s", 1e-12...1, default: 1e-9, "τ_m"),
    ParameterSpecification("initial-state", "m", 0...1e-6, default: 0, "u of a fresh device"),
  ]

  private let crystalline, amorphous, thickness, field, smoothing, heating, ambient: Double
  private let melting, growth, growthPeak, growthWidth, melt, nu, driftTime, forget: Double
  private let initial: Double

  public static let orders = [
    (lower: "resistance-crystalline", upper: "resistance-amorphous"),
    (lower: "temperature", upper: "growth-temperature"),
    (lower: "growth-temperature", upper: "melting-point"),
  ]

  public init(_ p: ParameterSet) {
    crystalline = p["resistance-crystalline"]
    amorphous = p["resistance-amorphous"]
    thickness = p["thickness"]
    field = p["threshold-field"]
    smoothing = p["threshold-smoothing"]
    heating = p["thermal-resistance"]
    ambient = p["temperature"]
    melting = p["melting-point"]
    growth = p["growth-velocity"]
    growthPeak = p["growth-temperature"]
    growthWidth = p["growth-width"]
    melt = p["melting-velocity"]
    nu = p["drift-exponent"]
    driftTime = p["drift-time"]
    forget = p["melting-time"]
    initial = min(p["initial-state"], p["thickness"])
  }

  public var states: [StateVariable] {
    [
      StateVariable("amorphous thickness", unit: "m", range: 0...thickness),
      StateVariable("time since melting", unit: "s", range: 1e-9 * driftTime...1e10),
    ]
  }
  public var initialState: [Double] { [initial, driftTime] }
  public var isOhmic: Bool { false }

  /// The resistance in ohms.
  public func resistance(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    let excess = (abs(voltage) - field * x[0]) / smoothing
    let age = nu == 0 ? 1 : pow(x[1] / driftTime, nu)
    return crystalline + amorphous * (x[0] / thickness) * age / (1 + exp(min(excess, 300)))
  }

  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    voltage / resistance(x, voltage: voltage)
  }

  /// The temperature at the dome's edge, in kelvins.
  public func temperature(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    ambient + heating * voltage * current(x, voltage: voltage)
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let kelvins = temperature(x, voltage: voltage)
    if kelvins > melting {
      dx[0] = melt * (kelvins - melting) / (melting - ambient) * (1 - x[0] / thickness)
      dx[1] = (driftTime - x[1]) / forget
    } else {
      let distance = (kelvins - growthPeak) / growthWidth
      dx[0] = -growth * exp(-distance * distance)
      dx[1] = 1
    }
  }
}
