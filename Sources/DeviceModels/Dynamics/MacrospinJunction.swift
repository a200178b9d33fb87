import Foundation
import NumericalMethods

/// A magnetic tunnel junction whose free layer is one spin m with uniaxial perpendicular anisotropy,
/// spin-transfer torque and thermal agitation.
///
/// dm/dt = −γ′·(m×H + α·m×(m×H)) − γ′·a·(m×(m×p) − α·m×p), γ′ = γµ₀/(1 + α²),
/// H = H_k·m_z·ẑ + H_x·ẑ, a = ħηI/(2eµ₀M_sΩ) in A/m, p the fixed layer's direction;
/// the thermal field is white, ⟨HᵢHⱼ⟩ = 2αkT/(γµ₀·µ₀M_sΩ)·δᵢⱼδ(t), in Stratonovich's sense.
/// G = (G_P + G_AP)/2 + (G_P − G_AP)/2·m·p. A positive current turns m towards p.
///
/// Source: Brown, Phys. Rev. 130, 1677 (1963), doi 10.1103/PhysRev.130.1677; Slonczewski, J. Magn.
/// Magn. Mater. 159, L1 (1996), doi 10.1016/0304-8853(96)00062-5; García-Palacios and Lázaro, Phys.
/// Rev. B 58, 14937 (1998), doi 10.1103/PhysRevB.58.14937. Valid for layers below some 40 nm, which
/// turn as one.
public struct MacrospinJunction: DynamicLaw, NoisyDevice {
  /// "macrospin-junction".
  public static let law = "macrospin-junction"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("resistance-parallel", "Ohm", 1...1e9, "1/G_P"),
    ParameterSpecification("magnetoresistance", "", 0...20, "TMR = (R_AP − R_P)/R_P"),
    ParameterSpecification("magnetisation", "A/m", 1e3...1e7, "M_s"),
    ParameterSpecification("anisotropy-field", "A/m", 0...1e8, "H_k, with demagnetisation"),
    ParameterSpecification("volume", "m^3", 1e-28...1e-18, "Ω, of the free layer"),
    ParameterSpecification("damping", "", 1e-5...1, "α"),
    ParameterSpecification("polarization", "", 0...1, "η"),
    ParameterSpecification("temperature", "K", 0...1000, default: 300, "T"),
    ParameterSpecification("external-field", "A/m", -1e7...1e7, default: 0, "H_x, along p"),
    ParameterSpecification("initial-angle", "rad", 0...3.1416, default: 0.1, "of m against p"),
  ]

  private let parallel, antiparallel, anisotropy, damping, precession, torque: Double
  private let thermal, external, angle: Double
  /// Δ = µ₀M_sH_kΩ/(2kT): the barrier in units of kT.
  public let stability: Double
  /// The current in amperes above which the antiparallel state is unstable at 0 K:
  /// 2eαµ₀M_sH_kΩ/(ħη).
  public let criticalCurrent: Double

  public init(_ p: ParameterSet) {
    typealias C = PhysicalConstants
    parallel = 1 / p["resistance-parallel"]
    antiparallel = parallel / (1 + p["magnetoresistance"])
    anisotropy = p["anisotropy-field"]
    damping = p["damping"]
    precession = C.gyromagnetic / (1 + damping * damping)
    let moment = C.vacuumPermeability * p["magnetisation"] * p["volume"]
    let reduced = C.planck / (2 * .pi)
    torque = reduced * p["polarization"] / (2 * C.charge * moment)
    thermal =
      (2 * damping * C.boltzmann * p["temperature"] / (C.gyromagnetic * moment)).squareRoot()
    external = p["external-field"]
    angle = p["initial-angle"]
    stability = moment * anisotropy / (2 * C.boltzmann * max(p["temperature"], 1e-9))
    criticalCurrent = p["polarization"] > 0 ? damping * anisotropy / torque : .infinity
  }

  public var states: [StateVariable] {
    ["x", "y", "z"].map { StateVariable("m_\($0)", unit: "", range: -1.01...1.01) }
  }
  public var initialState: [Double] { [sin(angle), 0, cos(angle)] }
  public var isOhmic: Bool { true }
  public var noiseCount: Int { 3 }
  public var stochasticMethod: StochasticMethod { .heun }

  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    voltage * 0.5 * (parallel + antiparallel + (parallel - antiparallel) * x[2])
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let field = anisotropy * x[2] + external
    let spin = torque * current(x, voltage: voltage)
    // Field and polarization both lie along z: m×ẑ = (m_y, −m_x, 0).
    let turn = field - damping * spin
    let damp = damping * field + spin
    let (mx, my, mz) = (x[0], x[1], x[2])
    dx[0] = -precession * (turn * my + damp * mz * mx)
    dx[1] = -precession * (-turn * mx + damp * mz * my)
    dx[2] = precession * damp * (mx * mx + my * my)
  }

  public func diffusion(_ x: StateValues, voltage: Double, time: Double, into b: StateRates) {
    let s = -precession * thermal
    let m = (x[0], x[1], x[2])
    // Column j: m×e_j + α·m×(m×e_j), with m×(m×e) = m(m·e) − e·m².
    let square = m.0 * m.0 + m.1 * m.1 + m.2 * m.2
    b[0] = s * damping * (m.0 * m.0 - square)
    b[1] = s * (-m.2 + damping * m.0 * m.1)
    b[2] = s * (m.1 + damping * m.0 * m.2)
    b[3] = s * (m.2 + damping * m.1 * m.0)
    b[4] = s * damping * (m.1 * m.1 - square)
    b[5] = s * (-m.0 + damping * m.1 * m.2)
    b[6] = s * (-m.1 + damping * m.2 * m.0)
    b[7] = s * (m.0 + damping * m.2 * m.1)
    b[8] = s * damping * (m.2 * m.2 - square)
  }

  /// Back to length one, which Heun's method leaves only by the order of the step.
  public func mend(_ x: inout [Double]) {
    let length = (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]).squareRoot()
    guard length > 0 else { return }
    for i in 0..<3 { x[i] /= length }
  }
}
