import Foundation
import NumericalMethods

/// A tunnel barrier whose width w follows the current, in series with a resistor.
///
/// dw/dt = f_off·sinh(|I|/I_off)·exp(−exp((w − a_off)/w_c − |I|/b) − w/w_c) for I > 0,
/// −f_on·sinh(|I|/I_on)·exp(−exp(−(w − a_on)/w_c − |I|/b) − w/w_c) for I < 0; V = V_g + R_s·I and
/// I(V_g) by Simmons's formula for a barrier of height φ₀ with image charges,
/// I = sgn(V_g)·(eA/(2πhΔw²))·(φ_I·exp(−B√φ_I) − (φ_I + e|V_g|)·exp(−B√(φ_I + e|V_g|))).
///
/// Source: Pickett et al., J. Appl. Phys. 106, 074508 (2009), doi 10.1063/1.3236506; the current:
/// Simmons, J. Appl. Phys. 34, 1793 (1963), doi 10.1063/1.1702682, equations 26 to 30. Valid for
/// e|V_g| < φ₀ and barriers of 1 to 2 nm.
public struct SimmonsTunnelBarrier: DynamicLaw {
  /// "simmons-tunnel-barrier".
  public static let law = "simmons-tunnel-barrier"
  /// See the formula.
  public static let parameters = [
    ParameterSpecification("rate-off", "m/s", 1e-12...1e3, "f_off"),
    ParameterSpecification("rate-on", "m/s", 1e-12...1e3, "f_on"),
    ParameterSpecification("current-off", "A", 1e-12...1, "I_off"),
    ParameterSpecification("current-on", "A", 1e-12...1, "I_on"),
    ParameterSpecification("width-off", "m", 1e-10...1e-8, "a_off"),
    ParameterSpecification("width-on", "m", 1e-10...1e-8, "a_on"),
    ParameterSpecification("width-scale", "m", 1e-13...1e-9, "w_c"),
    ParameterSpecification("current-scale", "A", 1e-9...10, "b"),
    ParameterSpecification("barrier", "eV", 0.05...10, "φ₀"),
    ParameterSpecification("permittivity", "", 1...1000, "relative, of the barrier"),
    ParameterSpecification("area", "m2", 1e-20...1e-6, "A"),
    ParameterSpecification("series-resistance", "Ohm", 0...1e9, "R_s"),
    ParameterSpecification("width-minimum", "m", 2e-10...1e-8, default: 1e-9, "least w"),
    ParameterSpecification("width-maximum", "m", 2e-10...1e-8, default: 2e-9, "largest w"),
    ParameterSpecification("initial-state", "m", 2e-10...1e-8, default: 1.2e-9, "w when fresh"),
  ]

  private let rateOff, rateOn, currentOff, currentOn, widthOff, widthOn: Double
  private let widthScale, currentScale, barrier, permittivity, area, series, initial: Double
  private let range: ClosedRange<Double>

  public static let orders = [(lower: "width-minimum", upper: "width-maximum")]

  public init(_ set: ParameterSet) {
    rateOff = set["rate-off"]
    rateOn = set["rate-on"]
    currentOff = set["current-off"]
    currentOn = set["current-on"]
    widthOff = set["width-off"]
    widthOn = set["width-on"]
    widthScale = set["width-scale"]
    currentScale = set["current-scale"]
    barrier = set["barrier"]
    permittivity = set["permittivity"]
    area = set["area"]
    series = set["series-resistance"]
    let low = set["width-minimum"]
    range = low...max(set["width-maximum"], low * 1.0001)
    initial = min(max(set["initial-state"], range.lowerBound), range.upperBound)
  }

  public var states: [StateVariable] { [StateVariable("barrier width", unit: "m", range: range)] }
  public var initialState: [Double] { [initial] }
  public var isOhmic: Bool { false }

  /// Simmons's current at `gap` volts over a barrier of `w` metres; odd in the voltage.
  public func tunnelCurrent(width w: Double, gap: Double) -> Double {
    typealias C = PhysicalConstants
    let v = abs(gap)
    guard v > 0 else { return 0 }
    // Energies in electronvolts.
    let lambda = C.charge * log(2.0) / (8 * .pi * permittivity * C.vacuumPermittivity * w)
    let w1 = 1.2 * lambda * w / barrier
    let denominator = 3 * barrier + 4 * lambda - 2 * min(v, barrier)
    let w2 = w1 + w * (1 - 9.2 * lambda / denominator)
    let width = w2 - w1
    let image = 1.15 * lambda * w / width * log(w2 * (w - w1) / (w1 * (w - w2)))
    let height = max(barrier - v * (w1 + w2) / (2 * w) - image, 1e-3)
    let decay =
      4 * .pi * width * (2 * C.electronMass * C.charge).squareRoot() / C.planck
    // e²/(2πh): the energies in electronvolts bring the second charge.
    let scale = C.charge * C.charge * area / (2 * .pi * C.planck * width * width)
    let forwards = height * exp(-decay * height.squareRoot())
    let backwards = (height + v) * exp(-decay * (height + v).squareRoot())
    let current = scale * (forwards - backwards)
    return gap < 0 ? -current : current
  }

  /// The current of barrier and resistor, V_g + R_s·I(V_g) = V.
  ///
  /// Within the formula's validity both rise with their voltages and exactly one division of `voltage`
  /// solves it. Next to e|V_g| = φ₀ and beyond, the formula's current falls; of several divisions the
  /// one with the smallest V_g is taken, which is continuous from 0 V.
  public func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double {
    guard voltage != 0 else { return 0 }
    guard series > 0 else { return tunnelCurrent(width: x[0], gap: voltage) }
    func excess(_ gap: Double) -> Double {
      gap + series * tunnelCurrent(width: x[0], gap: gap) - voltage
    }
    var (below, above) = (0.0, voltage)
    if abs(voltage) > 0.9 * barrier {
      for part in 1..<32 {
        let gap = voltage * Double(part) / 32
        guard excess(gap) * voltage < 0 else {
          above = gap
          break
        }
        below = gap
      }
    }
    let gap = try? bracketedRoot(
      from: below, to: above, absolute: 1e-14 * abs(voltage), excess)
    return gap.map { tunnelCurrent(width: x[0], gap: $0) } ?? .nan
  }

  public func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates) {
    let i = current(x, voltage: voltage)
    let magnitude = abs(i)
    let w = x[0]
    if i > 0 {
      dx[0] =
        rateOff * sinh(magnitude / currentOff)
        * exp(-exp((w - widthOff) / widthScale - magnitude / currentScale) - w / widthScale)
    } else {
      dx[0] =
        -rateOn * sinh(magnitude / currentOn)
        * exp(-exp(-(w - widthOn) / widthScale - magnitude / currentScale) - w / widthScale)
    }
  }
}
