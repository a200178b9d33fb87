import Foundation
import NumericalMethods

/// The valence change model JART VCM v1b: the vacancies N in the disc before a Schottky electrode
/// drift by temperature-assisted hopping.
///
/// Circuit: V = V_s + I·(R_disc + R_plug + R_line(I)), R = l/(z·e·N·µ_n·A), R_line = R_TiOx +
/// R₀(1 + α_line·R₀·I²·R_th,line). Schottky contact, SET (V < 0): thermionic field emission,
/// I = −A·A*·(T/k)·√(πW₀₀·e(|V_s| + φ/cosh²(W₀₀/kT)))·exp(−eφ/W₀)·(exp(e|V_s|/ε′) − 1); RESET:
/// I = A·A*·T²·exp(−eφ/kT)·(exp(eV_s/kT) − 1); φ = φ₀ − ⁴√(e³zN(φ₀ − φ_n − V_s)/(8π²ε_φ³)).
/// T = T₀ + I·(V_s + I(R_disc + R_plug))·R_th, with R_th scaled down for V > 0.
/// dN/dt = −I_ion/(z·e·A·l), I_ion = z·e·c·a·ν₀·A·(exp(−ΔW_min/kT) − exp(−ΔW_max/kT))·F_limit,
/// ΔW = ΔW_A(√(1 − γ²) ∓ γπ/2 + γ·asin γ), γ = z·a·E/(π·ΔW_A), c = (N_plug + N)/2,
/// F_limit = 1 − (N/N_max)¹⁰ or 1 − (N_min/N)¹⁰.
///
/// The current is implicit. For V > 0 up to three currents solve the equations; the branch continuous
/// from 0 V is taken (see `solve`), so that a quasi-static ramp at a fixed state has no jump. For V < 0
/// there is one.
///
/// Source: Bengel et al., IEEE Trans. Circuits Syst. I 67, 4618 (2020),
/// doi 10.1109/TCSI.2020.3018502; Cüppers et al., APL Mater. 7, 091105 (2019),
/// doi 10.1063/1.5108654. SET at negative, RESET at positive voltages. Valid for −2 V to 2 V;
/// temperature without delay.
public struct ValenceChange: DynamicLaw {
  /// "jart-vcm-v1b".
  public static let law = "jart-vcm-v1b"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("temperature", "K", 1...1000, default: 293, "T₀"),
    ParameterSpecification("vacancies-minimum", "1/m^3", 1e20...1e30, "N_min"),
    ParameterSpecification("vacancies-maximum", "1/m^3", 1e20...1e30, "N_max"),
    ParameterSpecification("vacancies-plug", "1/m^3", 1e20...1e30, "N_plug"),
    ParameterSpecification("initial-state", "1/m^3", 1e20...1e30, "N of a fresh device"),
    ParameterSpecification("radius", "m", 1e-9...1e-6, "of the filament"),
    ParameterSpecification("disc-length", "m", 1e-11...1e-7, "l"),
    ParameterSpecification("cell-length", "m", 1e-10...1e-7, "disc and plug"),
    ParameterSpecification("permittivity", "", 1...1000, "relative, static"),
    ParameterSpecification("permittivity-barrier", "", 1...1000, "relative, of the lowering, ε_φ"),
    ParameterSpecification("barrier", "V", 0...5, "φ₀"),
    ParameterSpecification("fermi-distance", "V", 0...5, "φ_n"),
    ParameterSpecification("mobility", "m2/V/s", 1e-12...1, "µ_n"),
    ParameterSpecification("effective-mass", "", 0.01...10, default: 1, "in electron masses"),
    ParameterSpecification("richardson", "A/K^2/m2", 1...1e9, "A*"),
    ParameterSpecification("charge-number", "", 1...4, default: 2, "z"),
    ParameterSpecification("hopping-distance", "m", 1e-11...1e-8, "a"),
    ParameterSpecification("attempt-frequency", "Hz", 1e6...1e16, "ν₀"),
    ParameterSpecification("activation-energy", "eV", 0.05...5, "ΔW_A"),
    ParameterSpecification("thermal-resistance", "K/W", 0...1e12, "R_th at the nominal radius"),
    ParameterSpecification("reset-heating", "", 0...1, default: 1, "factor of R_th for V > 0"),
    ParameterSpecification("nominal-radius", "m", 1e-9...1e-6, "to which R_th belongs"),
    ParameterSpecification("oxide-resistance", "Ohm", 0...1e9, "R_TiOx"),
    ParameterSpecification("line-resistance", "Ohm", 0...1e9, "R₀"),
    ParameterSpecification("line-heating", "K/W", 0...1e12, "R_th,line"),
    ParameterSpecification("line-coefficient", "1/K", 0...1, "α_line"),
  ]

  private let set: Constants
  private struct Constants: Sendable {
    var ambient, least, most, plug, initial, area, disc, plugResistance, discFactor: Double
    var length, staticPermittivity, barrierPermittivity, barrier, fermi, mass, richardson: Double
    var z, hop, attempt, activation, heatingSet, heatingReset: Double
    var oxide, line, lineHeating, lineCoefficient: Double
  }

  public static let orders = [(lower: "vacancies-minimum", upper: "vacancies-maximum")]

  public init(_ p: ParameterSet) {
    typealias C = PhysicalConstants
    let radius = p["radius"]
    let area = .pi * radius * radius
    let factor = p["charge-number"] * C.charge * p["mobility"] * area
    let heating =
      p["thermal-resistance"] * p["nominal-radius"] * p["nominal-radius"] / (radius * radius)
    let least = p["vacancies-minimum"]
    let most = max(p["vacancies-maximum"], least * 1.0001)
    set = Constants(
      ambient: p["temperature"], least: least, most: most, plug: p["vacancies-plug"],
      initial: min(max(p["initial-state"], least), most), area: area, disc: p["disc-length"],
      plugResistance: max(p["cell-length"] - p["disc-length"], 0) / (p["vacancies-plug"] * factor),
      discFactor: p["disc-length"] / factor, length: p["cell-length"],
      staticPermittivity: p["permittivity"] * C.vacuumPermittivity,
      barrierPermittivity: p["permittivity-barrier"] * C.vacuumPermittivity,
      barrier: p["barrier"], fermi: p["fermi-distance"],
      mass: p["effective-mass"] * C.electronMass, richardson: p["richardson"],
      z: p["charge-number"], hop: p["hopping-distance"], attempt: p["attempt-frequency"],
      activation: p["activation-energy"], heatingSet: heating,
      heatingReset: heating * p["reset-heating"], oxide: p["oxide-resistance"],
      line: p["line-resistance"], lineHeating: p["line-heating"],
      lineCoefficient: p["line-coefficient"])
  }

  public var states: [StateVariable] {
    [StateVariable("vacancies in the disc", unit: "1/m^3", range: set.least...set.most)]
  }
  public var initialState: [Double] { [set.initial] }
  public var isOhmic: Bool { false }

  /// The inner quantities at one voltage.
  struct Inside {
    var current, schottky, rest, temperature, discResistance, total: Double
  }

  private func inside(_ n: Double, _ voltage: Double, current: Double) -> Inside {
    let disc = set.discFactor / n
    let line =
      set.oxide
      + set.line * (1 + set.lineCoefficient * set.line * current * current * set.lineHeating)
    let total = disc + set.plugResistance + line
    let rest = current * total
    let schottky = voltage - rest
    let heating = voltage > 0 ? set.heatingReset : set.heatingSet
    let temperature =
      set.ambient
      + max(0, current * (schottky + current * (disc + set.plugResistance))) * heating
    return Inside(
      current: current, schottky: schottky, rest: rest, temperature: temperature,
      discResistance: disc, total: total)
  }

  /// The Schottky contact's current at `v` volts over it and `kelvins`.
  private func contact(_ v: Double, _ n: Double, _ kelvins: Double) -> Double {
    typealias C = PhysicalConstants
    var height = set.barrier
    let bending = set.barrier - set.fermi - v
    if bending > 0 {
      let e3 = set.barrierPermittivity * set.barrierPermittivity * set.barrierPermittivity
      let lowering = C.charge * C.charge * C.charge * set.z * n * bending / (8 * .pi * .pi * e3)
      height = max(set.barrier - lowering.squareRoot().squareRoot(), 0)
    }
    let thermal = C.boltzmann * kelvins
    guard v < 0 else {
      return set.area * set.richardson * kelvins * kelvins
        * exp(-C.charge * height / thermal) * expm1(C.charge * v / thermal)
    }
    let w00 =
      C.charge * C.planck / (4 * .pi)
      * (set.z * n / (set.mass * set.staticPermittivity)).squareRoot()
    let ratio = w00 / thermal
    let w0 = w00 / tanh(ratio)
    let slope = w00 / (ratio - tanh(ratio))
    let c = cosh(ratio)
    let root = (.pi * w00 * C.charge * (-v + height / (c * c))).squareRoot()
    return -set.area * set.richardson * kelvins / C.boltzmann * root
      * exp(-C.charge * height / w0) * expm1(-C.charge * v / slope)
  }

  /// The current at which contact, resistances and temperature agree, on the branch that is continuous
  /// from 0 V at this state; `nil` where there is none.
  ///
  /// For V > 0 image charges lower the barrier until V_s = φ₀ − φ_n, before which the contact's current
  /// has a peak. The load line of the resistances can then meet it three times; the branch from 0 V is
  /// the one before the peak, with the smallest V_s and the largest current. Where the line passes
  /// above the peak that branch has ended, and the one crossing behind it remains.
  func solve(_ n: Double, _ voltage: Double) -> Inside? {
    guard voltage != 0 else { return inside(n, 0, current: 0) }
    let most = lineCurrent(n, voltage)
    func excess(_ current: Double) -> Double {
      let inner = inside(n, voltage, current: current)
      return contact(inner.schottky, n, inner.temperature) - current
    }
    var (least, greatest) = (0.0, most)
    if let bracket = firstBranch(n, voltage, excess: excess) { (least, greatest) = bracket }
    let root = try? bracketedRoot(
      from: least, to: greatest, absolute: 1e-12 * abs(most), excess)
    return root.map { inside(n, voltage, current: $0) }
  }

  /// Currents around the root before the contact's peak, or around the one behind it where the branch
  /// has ended; `nil` where `voltage` is too small for a second.
  private func firstBranch(
    _ n: Double, _ voltage: Double, excess: (Double) -> Double
  ) -> (Double, Double)? {
    typealias C = PhysicalConstants
    let edge = set.barrier - set.fermi
    guard edge > 0, voltage > 0.25 * edge else { return nil }
    // In the low-resistance states the contact takes a few millivolts.
    let most = lineCurrent(n, voltage)
    let early = lineCurrent(n, voltage - edge / 8)
    if excess(early) >= 0 { return (early, most) }
    // The peak at `b` volts below the edge, where the slopes of the lowering and of the voltage's own
    // exponential cancel: (c/4)·b^(−3/4) = 1/(1 − exp(−e(edge − b)/kT)), φ = φ₀ − c·b^(1/4).
    let e3 = set.barrierPermittivity * set.barrierPermittivity * set.barrierPermittivity
    let factor = C.charge * C.charge * C.charge * set.z * n / (8 * .pi * .pi * e3)
    let quarter = 0.25 * factor.squareRoot().squareRoot()
    func current(_ below: Double) -> Double { lineCurrent(n, max(voltage - edge + below, 0)) }
    var below = 0.0
    for _ in 0..<4 {
      let kelvins = inside(n, voltage, current: current(below)).temperature
      let rise = -expm1(-C.charge * (edge - below) / (C.boltzmann * kelvins))
      below = min(pow(quarter * rise, 4 / 3), 0.875 * edge)
    }
    let peak = current(below)
    let found = excess(peak)
    if found >= 0 { return (peak, early) }
    guard found > -0.1 * peak else { return (0, peak) }
    // Near the branch's end the largest excess itself decides.
    var (low, high) = (0.0, min(4 * below, 0.875 * edge))
    let part = 0.5 * (5.0.squareRoot() - 1)
    for _ in 0..<60 {
      let (x, y) = (high - part * (high - low), low + part * (high - low))
      let (atX, atY) = (excess(current(x)), excess(current(y)))
      if max(atX, atY) >= 0 { return (current(atX >= atY ? x : y), early) }
      if atX > atY { high = y } else { low = x }
    }
    return (0, current(0.5 * (low + high)))
  }

  /// The current that the resistances carry with `drop` volts over them: I·R(I) = drop.
  private func lineCurrent(_ n: Double, _ drop: Double) -> Double {
    let line = set.line * set.lineCoefficient * set.line * set.lineHeating
    let ohms = set.discFactor / n + set.plugResistance + set.oxide + set.line
    // From above Newton's steps on a convex function fall to the root.
    let size = abs(drop)
    var current = size / ohms
    for _ in 0..<50 {
      let step =
        (current * (ohms + line * current * current) - size)
        / (ohms + 3 * line * current * current)
      current -= step
      if step <= 1e-15 * current { break }
    }
    return drop < 0 ? -current : current
  }

  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    solve(x[0], voltage)?.current ?? .nan
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    typealias C = PhysicalConstants
    let n = x[0]
    guard voltage != 0 else {
      dx[0] = 0
      return
    }
    guard let inner = solve(n, voltage) else {
      dx[0] = .nan
      return
    }
    let field: Double
    let limit: Double
    if voltage > 0 {
      let oxide = inner.rest * (inner.discResistance + set.plugResistance) / inner.total
      field = (inner.schottky + oxide) / set.length
      limit = 1 - wholePower(set.least / n, 10)
    } else {
      field = inner.rest * inner.discResistance / inner.total / set.disc
      limit = 1 - wholePower(n / set.most, 10)
    }
    let gamma = min(max(set.z * set.hop * field / (.pi * set.activation), -1), 1)
    let even = (1 - gamma * gamma).squareRoot() + gamma * asin(gamma)
    let barrier = set.activation * C.charge / (C.boltzmann * inner.temperature)
    let hops =
      exp(-barrier * (even - 0.5 * .pi * gamma)) - exp(-barrier * (even + 0.5 * .pi * gamma))
    dx[0] = -0.5 * (set.plug + n) * set.hop * set.attempt * hops * limit / set.disc
  }
}
