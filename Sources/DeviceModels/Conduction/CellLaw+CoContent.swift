import Foundation
import NumericalMethods

// The co-content of an element is ∫₀^V I(v)·dv, in watts. A network of such elements settles where the sum of
// their co-contents is stationary (Millar, Phil. Mag. 42, 1150, 1951). Of two elements in series it is the sum of
// theirs at the division of the voltage, and its derivative by a memristor's conductance is the memristor's own part.

extension ConductionLaw {
  /// ∫₀^V f(v)·dv in V²: the co-content of a memristor per siemens.
  public func potential(_ voltage: Double) -> Double {
    let v = abs(voltage)
    switch self {
    case .ohmic: return 0.5 * v * v
    case .cubic(let b): return v * v * (0.5 + 0.25 * b * v * v)
    case .sinh(let a):
      // cosh(x) − 1 = 2·sinh²(x/2), without cancellation.
      let half = Foundation.sinh(min(0.5 * a * v, 350))
      return 2 * half * half / (a * a)
    case .exponential(let a):
      let x = min(a * v, 700)
      // exp(x) − 1 − x loses digits to cancellation below.
      let sum = x < 1e-2 ? x * x * (0.5 + x * (1.0 / 6 + x * (1.0 / 24 + x / 120))) : expm1(x) - x
      return sum / (a * a)
    case .pooleFrenkel(let b):
      // v = u²: ∫ 2·u³·exp(b·u)·du is smooth from 0 on.
      let end = v.squareRoot()
      let pieces = max(1, Int((b * end / 4).rounded(.up)))
      return (0..<min(pieces, 200)).reduce(0) { sum, k in
        let width = end / Double(pieces)
        return sum
          + Self.rule.integral(from: Double(k) * width, to: Double(k + 1) * width) {
            2 * $0 * $0 * $0 * exp(b * $0)
          }
      }
    case .table(let table): return table.potential(v)
    }
  }

  private static let rule = GaussLegendre(16)
}

extension ConductionTable {
  /// ∫₀^V f(v)·dv at a voltage of 0 or more.
  func potential(_ voltage: Double) -> Double {
    var sum = 0.0
    for k in 1..<voltages.count {
      let start = voltages[k - 1]
      guard voltage > start else { break }
      let end = k == voltages.count - 1 ? voltage : min(voltage, voltages[k])
      sum += 0.5 * (shape(start).0 + shape(end).0) * (end - start)
    }
    return sum
  }
}

extension AccessElement {
  /// ∫₀^V I(v)·dv in watts.
  func potential(_ voltage: Double) -> Double {
    let v = abs(voltage)
    switch self {
    case .none: return 0
    case .resistor(let ohms): return 0.5 * v * v / ohms
    case .transistor(let transistor):
      return Self.integral(to: v, cuts: [transistor.overdrive], of: self)
    case .selector(let selector):
      // Pieces of a few widths about the threshold.
      let cuts = (-10...10).map { selector.threshold + 4 * Double($0) * selector.width }
      return Self.integral(to: v, cuts: cuts, of: self)
    }
  }

  private static let rule = GaussLegendre(16)

  private static func integral(to end: Double, cuts: [Double], of element: AccessElement) -> Double
  {
    let places = [0] + cuts.filter { $0 > 0 && $0 < end } + [end]
    return zip(places, places.dropFirst()).reduce(0) { sum, piece in
      sum + rule.integral(from: piece.0, to: piece.1) { element.characteristic($0).current }
    }
  }
}

extension CellLaw {
  /// The co-content of a cell in watts, and its derivative by the memristor's conductance in V².
  public func coContent(
    conductance g: Double, voltage: Double
  ) -> (value: Double, perConductance: Double) {
    guard g > 0 else { return (0, memristor.potential(voltage)) }
    if case .none = access {
      let own = memristor.potential(voltage)
      return (g * own, own)
    }
    let across = memristorVoltage(g, voltage)
    let own = memristor.potential(across)
    return (g * own + access.potential(voltage - across), own)
  }
}
