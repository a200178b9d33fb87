import Foundation
import NumericalMethods

/// A volatile threshold switch: a metallic core of radius u·r grows inside an insulating channel by
/// Joule heat and shrinks by conduction of heat.
///
/// R(u) = (ρ_ins·L/(πr²))/(1 + (ρ_ins/ρ_met − 1)u²); Γ(u) = 2πLκ/ln(1/u);
/// du/dt = (V²/R(u) − Γ(u)·ΔT)/(dH/du) with
/// dH/du = πLr²·(c_p·ΔT·(1 − u² + 2u²·ln u)/(2u·ln²u) + 2Δh·u).
///
/// Source: Pickett and Williams, Nanotechnology 23, 215202 (2012), doi
/// 10.1088/0957-4484/23/21/215202; Pickett, Medeiros-Ribeiro and Williams, Nature Mater. 12, 114
/// (2013), doi 10.1038/nmat3510. Valid for a channel much thinner than its surroundings. The metallic
/// state is unstable on an ideal voltage source: drive it through a resistor.
public struct MottThresholdSwitch: DynamicLaw {
  /// "mott-threshold-switch".
  public static let law = "mott-threshold-switch"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("resistivity-insulator", "Ohm*m", 1e-9...1e6, "ρ_ins"),
    ParameterSpecification("resistivity-metal", "Ohm*m", 1e-9...1e6, "ρ_met"),
    ParameterSpecification("radius", "m", 1e-10...1e-4, "r, the channel"),
    ParameterSpecification("length", "m", 1e-10...1e-4, "L, the channel"),
    ParameterSpecification("conductivity", "W/m/K", 1e-4...1e4, "κ, of heat"),
    ParameterSpecification("heat-capacity", "J/K/m^3", 1e3...1e8, "c_p"),
    ParameterSpecification("transition-heat", "J/m^3", 1e3...1e11, "Δh"),
    ParameterSpecification("transition-rise", "K", 1...3000, "ΔT, above the surroundings"),
    ParameterSpecification("initial-state", "", 1e-3...0.999, default: 1e-2, "u when fresh"),
  ]

  private let insulator, ratio, conduction, volumeHeat, volumeTransition, rise, initial: Double

  public static let orders = [(lower: "resistivity-metal", upper: "resistivity-insulator")]

  public init(_ set: ParameterSet) {
    let r = set["radius"]
    let length = set["length"]
    let area = .pi * r * r
    insulator = set["resistivity-insulator"] * length / area
    ratio = set["resistivity-insulator"] / set["resistivity-metal"] - 1
    rise = set["transition-rise"]
    conduction = 2 * .pi * length * set["conductivity"] * rise
    volumeHeat = length * area * set["heat-capacity"] * rise
    volumeTransition = length * area * set["transition-heat"]
    initial = set["initial-state"]
  }

  public var states: [StateVariable] {
    [StateVariable("metallic radius", unit: "", range: 1e-3...0.999)]
  }
  public var initialState: [Double] { [initial] }
  public var isOhmic: Bool { true }

  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    voltage * (1 + ratio * x[0] * x[0]) / insulator
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let u = x[0]
    let l = log(u)
    let power = voltage * current(x, voltage: voltage)
    let loss = -conduction / l
    let stored =
      volumeHeat * (1 - u * u + 2 * u * u * l) / (2 * u * l * l) + 2 * volumeTransition * u
    dx[0] = (power - loss) / stored
  }
}
