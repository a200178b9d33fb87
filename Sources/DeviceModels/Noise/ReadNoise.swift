internal import CDeviceKernels
import Foundation
import PhysicalUnits
import StrictYAML

/// What one read adds to a conductance: a normal number of mean 0 and a deviation that depends on the
/// conductance and, for 1/f noise, on the time since programming.
public indirect enum ReadNoise: Sendable, Hashable {
  /// No noise.
  case none
  /// σ = Σ cₖ·(G/reference)ᵏ, in siemens, not below 0.
  case polynomial([Double], reference: Double)
  /// σ = G·min(a/(G/reference)^b, c)·√ln((t + t_r)/(2·t_r)): 1/f noise between the time since
  /// programming t and twice the read time t_r (Nandakumar et al., ICECS 2019,
  /// doi 10.1109/ICECS46596.2019.8964852).
  case oneOverF(a: Double, b: Double, c: Double, reference: Double, readTime: Double)

  /// Noise of the current beside another law: variances add.
  case electrical(ElectricalNoise, ReadNoise)

  /// The deviation at conductance `g` (siemens), `time` after programming, in siemens.
  public func deviation(at g: Double, time: Seconds) -> Double {
    switch self {
    case .none: return 0
    case .polynomial(let coefficients, let reference):
      let x = g / reference
      return max(0, coefficients.reversed().reduce(0) { $0 * x + $1 })
    case .oneOverF(let a, let b, let c, let reference, let readTime):
      guard g > 0 else { return 0 }
      let relative = min(a / max(pow(g / reference, b), 1e-3), c)
      return g * relative * Self.span(time, readTime)
    case .electrical(let noise, let other):
      let deviation = other.deviation(at: g, time: time)
      return (noise.variance(at: g) + deviation * deviation).squareRoot()
    }
  }

  /// The deviations of many cells, in siemens.
  public func deviations(
    at g: UnsafeBufferPointer<Float>, time: Seconds, into result: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(g.count == result.count, "a deviation a cell")
    guard !g.isEmpty else { return }
    switch self {
    case .none: result.update(repeating: 0)
    case .polynomial(let coefficients, let reference):
      ow_polynomial_deviations(
        g.baseAddress!, result.baseAddress!, coefficients.map(Float.init), coefficients.count,
        Float(1 / reference), g.count)
    case .oneOverF(let a, let b, let c, let reference, let readTime):
      ow_one_over_f_deviations(
        g.baseAddress!, result.baseAddress!, Float(a), Float(b), Float(c), Float(1 / reference),
        Float(Self.span(time, readTime)), g.count)
    case .electrical(let noise, let other):
      other.deviations(at: g, time: time, into: result)
      for i in g.indices {
        let deviation = Double(result[i])
        result[i] = Float((noise.variance(at: Double(g[i])) + deviation * deviation).squareRoot())
      }
    }
  }

  private static func span(_ time: Seconds, _ readTime: Double) -> Double {
    max(0, log((max(time.value, readTime) + readTime) / (2 * readTime))).squareRoot()
  }

  init(reading node: StrictNode) {
    guard node.exists else {
      self = .none
      return
    }
    let laws = ["none", "constant", "proportional", "polynomial", "one-over-f"]
    let electrical = node.mapping("electrical", required: false)
    switch node.choice("law", of: laws, default: electrical.exists ? "none" : nil) {
    case "constant":
      self = .polynomial([node.quantity("deviation", unit: "S", in: 0...1)], reference: 1)
    case "proportional":
      self = .polynomial([0, node.number("relative-deviation", in: 0...10)], reference: 1)
    case "polynomial":
      self = .polynomial(
        node.quantities("polynomial", unit: "S"),
        reference: node.quantity("reference", unit: "S", in: 1e-12...1))
    case "one-over-f":
      self = .oneOverF(
        a: node.number("a", in: 0...10), b: node.number("b", in: 0...5),
        c: node.number("c", in: 0...10),
        reference: node.quantity("reference", unit: "S", in: 1e-12...1),
        readTime: node.quantity("read-time", unit: "s", in: 1e-12...1))
    default: self = .none
    }
    if electrical.exists { self = .electrical(ElectricalNoise(reading: electrical), self) }
  }
}
