import Foundation
import PhysicalUnits
import Randomness
import StrictYAML

/// The slow loss of conductance after programming: G(t) = G·((t + t₀)/t₀)^(−ν).
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

  /// t₀, the time after programming at which conductances are as programmed.
  public var origin: Seconds
  /// The mean of ν.
  public var mean: Exponent
  /// The deviation of ν from cell to cell.
  public var deviation: Exponent
  /// The conductance that `mean` and `deviation` count in, in siemens.
  public var reference: Double

  /// The exponents of cells programmed to `g` (siemens); cell i by `key` and `first` + i alone.
  public func exponents(
    of g: UnsafeBufferPointer<Float>, key: StreamKey, from first: Int = 0,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(g.count == result.count, "an exponent a cell")
    Noise.fillNormal(result, key.child("drift-exponent"), from: first)
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
    let decades = Float(log((max(0, time.value) + origin.value) / origin.value))
    for i in g.indices { result[i] = g[i] * expf(-exponents[i] * decades) }
  }

  init(reading node: StrictNode) {
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
