import Foundation
import NumericalMethods

/// The Stanford–PKU model of filamentary RRAM: the gap g between the filament's tip and the
/// electrode grows and shrinks by field-driven hopping at the local temperature.
///
/// I = I₀·exp(−g/g₀)·sinh(V/V₀); T = T₀ + R_th·|V·I|; γ = γ₀ − β·(g/1 nm)^α;
/// dg/dt = −v₀·exp(−E_a/kT)·sinh(γ·(a₀/L)·(eV/kT)), with γ = 0 (no motion) where the enhanced field γ·|V|/L
/// is below F_min, the release's "minimum field requirement to enhance gap formation" of 1.4e9 V/m
/// (`minimum-field`; 0, the default, leaves it out as the papers' equations do); and with noise δg/(1 + exp((T_crit − T)/T_smth))
/// times a Gaussian number renewed every `noise-interval`, taken here as white noise of the same
/// power.
///
/// Source: Jiang et al., IEEE Trans. Electron Devices 63, 1884 (2016), doi 10.1109/TED.2016.2545412;
/// Guan, Yu and Wong, IEEE Electron Device Lett. 33, 1405 (2012), doi 10.1109/LED.2012.2210856;
/// model release doi 10.4231/D37H1DN48. Valid for HfO₂-like bipolar cells; temperature without delay
/// (thermal time constants are below a nanosecond).
public struct StanfordRRAM: DynamicLaw, NoisyDevice {
  /// "stanford-rram".
  public static let law = "stanford-rram"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("current-scale", "A", 1e-12...10, "I₀"),
    ParameterSpecification("gap-scale", "m", 1e-12...1e-8, "g₀"),
    ParameterSpecification("voltage-scale", "V", 1e-3...100, "V₀"),
    ParameterSpecification("velocity", "m/s", 1e-12...1e9, "v₀"),
    ParameterSpecification("activation-energy", "eV", 0...10, "E_a"),
    ParameterSpecification("field-enhancement", "", 0...1000, "γ₀"),
    ParameterSpecification("enhancement-slope", "", 0...1000, "β"),
    ParameterSpecification("enhancement-exponent", "", 0.1...10, default: 3, "α"),
    ParameterSpecification("hopping-distance", "m", 1e-12...1e-8, "a₀"),
    ParameterSpecification("thickness", "m", 1e-10...1e-6, "L, the oxide"),
    ParameterSpecification(
      "minimum-field", "V/m", 0...1e12, default: 0, "F_min: the gap moves above this field γ·|V|/L"),
    ParameterSpecification("thermal-resistance", "K/W", 0...1e12, "R_th"),
    ParameterSpecification("temperature", "K", 1...2000, default: 298, "T₀"),
    ParameterSpecification("gap-minimum", "m", 0...1e-6, "least g"),
    ParameterSpecification("gap-maximum", "m", 1e-12...1e-6, "largest g"),
    ParameterSpecification("initial-state", "m", 0...1e-6, "g of a fresh device"),
    ParameterSpecification("gap-noise", "m/s", 0...1e6, default: 0, "δg"),
    ParameterSpecification("noise-interval", "s", 1e-15...1, default: 1e-9, "between its draws"),
    ParameterSpecification("noise-temperature", "K", 0...5000, default: 450, "T_crit"),
    ParameterSpecification("noise-smoothing", "K", 1e-3...5000, default: 500, "T_smth"),
  ]

  private let currentScale, inverseGap, inverseVoltage, velocity, activation: Double
  private let gamma0, beta, leastDrive, hopping, thermalResistance, ambient: Double
  private let noise, noiseTemperature, noiseSmoothing, initial: Double
  private let alpha: PowerLaw
  private let range: ClosedRange<Double>

  public static let orders = [(lower: "gap-minimum", upper: "gap-maximum")]

  public init(_ set: ParameterSet) {
    let thermalCharge = PhysicalConstants.charge / PhysicalConstants.boltzmann
    currentScale = set["current-scale"]
    inverseGap = 1 / set["gap-scale"]
    inverseVoltage = 1 / set["voltage-scale"]
    velocity = set["velocity"]
    activation = set["activation-energy"] * thermalCharge
    gamma0 = set["field-enhancement"]
    beta = set["enhancement-slope"]
    alpha = PowerLaw(set["enhancement-exponent"])
    hopping = set["hopping-distance"] / set["thickness"] * thermalCharge
    leastDrive = set["minimum-field"] * set["thickness"]
    thermalResistance = set["thermal-resistance"]
    ambient = set["temperature"]
    let low = set["gap-minimum"]
    range = low...max(set["gap-maximum"], low + 1e-13)
    initial = min(max(set["initial-state"], range.lowerBound), range.upperBound)
    noise = set["gap-noise"] * set["noise-interval"].squareRoot()
    noiseTemperature = set["noise-temperature"]
    noiseSmoothing = set["noise-smoothing"]
  }

  public var states: [StateVariable] { [StateVariable("gap", unit: "m", range: range)] }
  public var initialState: [Double] { [initial] }
  public var isOhmic: Bool { false }
  public var noiseCount: Int { 1 }
  public var stochasticMethod: StochasticMethod { .eulerMaruyama }

  @inline(__always)
  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    currentScale * exp(-x[0] * inverseGap) * fastSinh(voltage * inverseVoltage)
  }

  /// The filament's temperature, in kelvins.
  @inline(__always)
  public func temperature(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    ambient + thermalResistance * abs(voltage * current(x, voltage: voltage))
  }

  @inline(__always)
  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let inverse = 1 / temperature(x, voltage: voltage)
    let gamma = gamma0 - beta * alpha.of(x[0] * 1e9)
    guard gamma * abs(voltage) >= leastDrive || leastDrive == 0 else {
      dx[0] = 0
      return
    }
    dx[0] = -velocity * exp(-activation * inverse) * fastSinh(gamma * hopping * voltage * inverse)
  }

  public func diffusion(_ x: StateValues, voltage: Double, time: Double, into b: StateRates) {
    let kelvins = temperature(x, voltage: voltage)
    b[0] = noise / (1 + exp((noiseTemperature - kelvins) / noiseSmoothing))
  }
}

/// sinh(x) to 2 units in the last place: by one exponential where |x| > 0.3, by its series below.
@inline(__always)
func fastSinh(_ x: Double) -> Double {
  let square = x * x
  if square < 0.09 {
    return x
      * (1 + square / 6
        * (1 + square / 20 * (1 + square / 42 * (1 + square / 72 * (1 + square / 110)))))
  }
  let e = exp(x)
  return 0.5 * (e - 1 / e)
}
