import Foundation

/// How the current of a memristor follows its voltage at a fixed state: I = G·f(V).
///
/// Every f is odd and increasing with f(0) = 0 and f′(0) = 1, so that G is the conductance at small
/// voltages. Volts in, volts out.
public enum ConductionLaw: Hashable, Sendable {
  /// f = V.
  case ohmic
  /// f = sinh(a·V)/a, a > 0 in 1/V: hopping and trap-assisted tunneling.
  case sinh(steepness: Double)
  /// f = V + b·V³, b ≥ 0 in 1/V²: the first correction of any symmetric law.
  case cubic(curvature: Double)
  /// f = ±(exp(a·|V|) − 1)/a, a > 0 in 1/V: a pair of barriers.
  case exponential(steepness: Double)
  /// f = V·exp(b·√|V|), b ≥ 0 in 1/√V: Poole–Frenkel emission at a fixed thickness.
  case pooleFrenkel(steepness: Double)
  /// f by straight lines between measured points.
  case table(ConductionTable)

  /// f(V) and f′(V).
  public func shape(_ voltage: Double) -> (value: Double, slope: Double) {
    let size = abs(voltage)
    let value: Double
    let slope: Double
    switch self {
    case .ohmic: return (voltage, 1)
    case .cubic(let b): return (voltage + b * voltage * size * size, 1 + 3 * b * size * size)
    case .sinh(let a):
      let t = expm1(min(a * size, 700))
      value = 0.5 * (t + t / (t + 1)) / a
      slope = 1 + 0.5 * t * t / (t + 1)
    case .exponential(let a):
      let t = expm1(min(a * size, 700))
      value = t / a
      slope = t + 1
    case .pooleFrenkel(let b):
      let x = min(b * size.squareRoot(), 700)
      value = size * exp(x)
      slope = exp(x) * (1 + 0.5 * x)
    case .table(let table): (value, slope) = table.shape(size)
    }
    return (voltage < 0 ? -value : value, slope)
  }

  /// Whether current is proportional to voltage.
  public var isLinear: Bool {
    switch self {
    case .ohmic: true
    case .cubic(let b), .pooleFrenkel(let b): b == 0
    case .sinh, .exponential, .table: false
    }
  }

  /// f as an expression of ngspice's behavioral sources; `v` is the expression of the voltage.
  public func spice(_ v: String) -> String {
    switch self {
    case .ohmic: v
    case .sinh(let a): "(sinh(\(a)*\(v))/\(a))"
    case .cubic(let b): "(\(v)+\(b)*\(v)*\(v)*\(v))"
    case .exponential(let a): "(sgn(\(v))*(exp(\(a)*abs(\(v)))-1)/\(a))"
    case .pooleFrenkel(let b): "(\(v)*exp(\(b)*sqrt(abs(\(v))+1e-24)))"
    case .table(let table): table.spice(v)
    }
  }
}
