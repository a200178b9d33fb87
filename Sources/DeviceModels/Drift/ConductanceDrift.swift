import Foundation
import PhysicalUnits
import Randomness
import StrictYAML

/// What time does to a conductance after programming.
///
/// By default a power law, G(t) = G·((t + t₀)/t₀)^(−ν). Other laws, see `Form`, add to the conductance.
///
/// ν differs from cell to cell: normal, with a mean and a deviation that may depend on the
/// conductance as clip(slope·ln(G/reference) + intercept, minimum, maximum); negative draws count by
/// their size. The form is that of phase-change memory (Nandakumar et al., ICECS 2019,
/// doi 10.1109/ICECS46596.2019.8964852).
public struct ConductanceDrift: Sendable, Hashable {
  /// clip(slope·ln(G/reference) + intercept, minimum, maximum).
  public struct Exponent: Sendable, Hashable {
    /// What one factor e of conductance adds.
    public var slope: Double
    /// The value at the reference.
    public var intercept: Double
    /// The lowest value.
    public var minimum: Double
    /// The highest value.
    public var maximum: Double

    /// The value at conductance `g`, counted in the reference.
    public func callAsFunction(_ g: Double) -> Double {
      if slope == 0 { return min(max(intercept, minimum), maximum) }
      return min(max(slope * log(max(g, 1e-12)) + intercept, minimum), maximum)
    }
  }

  /// The law of time.
  public enum Form: Sendable, Hashable {
    /// G·((t + t₀)/t₀)^(−ν).
    case power
    /// G + a·L + (b·L + c)·ξ with L = ln(t/t₀) from t₀ on and one normal number ξ a cell; all in
    /// siemens.
    case logarithmic(mean: Double, deviation: Double, slope: Double)
    /// G + √(σ²(G, t) − σ²(G, t₀))·ξ: cells wander off so that a measured deviation grows as it was
    /// seen to. σ = Σ cₖ·(G/reference)ᵏ siemens at each time, linear in ln t between, constant after
    /// the last.
    case broadening([BroadeningPoint])
  }

  /// The deviation of cells at one time after programming.
  public struct BroadeningPoint: Sendable, Hashable {
    /// Seconds.
    public var time: Double
    /// c₀, c₁, …, in siemens.
    public var polynomial: [Double]

    func deviation(_ x: Double) -> Double { polynomial.reversed().reduce(0) { $0 * x + $1 } }
  }

  /// The law of time.
  public var form = Form.power
  /// t₀, the time after programming at which conductances are as programmed.
  public var origin: Seconds
  /// The mean of ν.
  public var mean: Exponent
  /// The deviation of ν from cell to cell.
  public var deviation: Exponent
  /// The conductance that `mean` and `deviation` count in, in siemens.
  public var reference: Double

  /// The exponents of cells programmed to `g` (siemens), or their normal numbers where the law is no
  /// power; cell i by `key` and `first` + i alone.
  public func exponents(
    of g: UnsafeBufferPointer<Float>, key: StreamKey, from first: Int = 0,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(g.count == result.count, "an exponent a cell")
    Noise.fillNormal(result, key.child("drift-exponent"), from: first)
    guard form == .power else { return }
    for i in g.indices {
      let x = Double(g[i]) / reference
      result[i] = abs(Float(mean(x)) + Float(deviation(x)) * result[i])
    }
  }

  /// The conductances `time` after programming, in siemens.
  public func conductances(
    programmed g: UnsafeBufferPointer<Float>, exponents: UnsafeBufferPointer<Float>, time: Seconds,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(g.count == result.count && g.count == exponents.count, "an exponent a cell")
    switch form {
    case .power:
      let decades = Float(log((max(0, time.value) + origin.value) / origin.value))
      for i in g.indices { result[i] = g[i] * expf(-exponents[i] * decades) }
    case .logarithmic(let mean, let deviation, let slope):
      let isLater = time.value >= origin.value
      let folds = isLater ? log(time.value / origin.value) : 0
      let shift = Float(mean * folds)
      let width = isLater ? Float(deviation + slope * folds) : 0
      for i in g.indices { result[i] = max(0, g[i] + shift + width * exponents[i]) }
    case .broadening(let points):
      for i in g.indices {
        let x = Double(g[i]) / reference
        let first = Self.deviation(points, x, origin.value)
        let now = Self.deviation(points, x, max(time.value, origin.value))
        let width = Float(max(0, now * now - first * first).squareRoot())
        result[i] = max(0, g[i] + width * exponents[i])
      }
    }
  }

  private static func deviation(_ points: [BroadeningPoint], _ x: Double, _ time: Double) -> Double
  {
    guard let next = points.firstIndex(where: { $0.time >= time }) else {
      return points.last?.deviation(x) ?? 0
    }
    guard next > 0 else { return points[0].deviation(x) }
    let (a, b) = (points[next - 1], points[next])
    let part = log(time / a.time) / log(b.time / a.time)
    return a.deviation(x) + part * (b.deviation(x) - a.deviation(x))
  }

  init(reading node: StrictNode) {
    let none = Exponent(slope: 0, intercept: 0, minimum: 0, maximum: 0)
    switch node.choice("law", of: ["power", "logarithmic", "broadening"], default: "power") {
    case "logarithmic":
      form = .logarithmic(
        mean: node.quantity("mean", unit: "S", in: -1...1),
        deviation: node.quantity("deviation", unit: "S", in: 0...1),
        slope: node.quantity("deviation-slope", unit: "S", in: -1...1, default: 0))
      origin = Seconds(node.quantity("origin", unit: "s", in: 1e-9...1e9))
      (reference, mean, deviation) = (1, none, none)
      return
    case "broadening":
      let points = node.child("points").elements().map {
        BroadeningPoint(
          time: $0.quantity("time", unit: "s", in: 1e-9...1e12),
          polynomial: $0.quantities("polynomial", unit: "S"))
      }
      if points.isEmpty || zip(points, points.dropFirst()).contains(where: { $0.time >= $1.time }) {
        node.fault("'points' must be a list with rising times")
      }
      form = .broadening(points)
      origin = Seconds(points.first?.time ?? 1)
      reference = node.quantity("reference", unit: "S", in: 1e-12...1)
      (mean, deviation) = (none, none)
      return
    default: break
    }
    origin = Seconds(node.quantity("origin", unit: "s", in: 1e-9...1e9))
    reference = node.quantity("reference", unit: "S", in: 1e-12...1, default: 1)
    func exponent(_ key: String, fallback: Double?) -> Exponent {
      let part = node.child(key)
      if part.keysOrNone.isEmpty {
        let value = node.number(key, in: 0...1, default: fallback)
        return Exponent(slope: 0, intercept: value, minimum: value, maximum: value)
      }
      return Exponent(
        slope: part.number("slope"), intercept: part.number("intercept"),
        minimum: part.number("minimum", in: 0...1), maximum: part.number("maximum", in: 0...1))
    }
    mean = exponent("exponent", fallback: nil)
    deviation = exponent("exponent-deviation", fallback: 0)
  }
}

extension StrictNode {
  /// The keys where this is a mapping, else none.
  fileprivate var keysOrNone: [String] { exists ? keys : [] }
}
