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
    /// G + m(G, t) − m(G, t₀) + √(σ²(G, t) − σ²(G, t₀))·ξ: cells wander off so that a measured shift
    /// and a measured deviation grow as they were seen to. m and σ = Σ cₖ·(G/reference)ᵏ siemens at each
    /// time, linear in ln t between, constant after the last.
    case broadening([BroadeningPoint])
    /// G·exp(−(t − t₀)/τ) from t₀ on, ln τ normal between cells with this deviation about the
    /// logarithm of the median time constant, in seconds.
    case decay(timeConstant: Double, spread: Double)
  }

  /// The deviation of cells at one time after programming.
  public struct BroadeningPoint: Sendable, Hashable {
    /// Seconds.
    public var time: Double
    /// c₀, c₁, … of σ, in siemens.
    public var polynomial: [Double]
    /// c₀, c₁, … of m, in siemens; empty for none.
    public var shift: [Double] = []

    func deviation(_ x: Double) -> Double { max(0, Self.value(polynomial, x)) }
    func mean(_ x: Double) -> Double { Self.value(shift, x) }

    private static func value(_ c: [Double], _ x: Double) -> Double {
      c.reversed().reduce(0) { $0 * x + $1 }
    }
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
  /// The activation energy of the law's times, in electronvolts; `nil` where it is not known.
  public var activationEnergy: Double?
  /// The temperature that the times hold at, in kelvins.
  public var temperature = 298.15
  /// The time after programming up to which the law was measured; `nil` where the file does not say.
  public var latest: Seconds?

  /// How much faster time passes at `kelvins` than at the law's temperature:
  /// exp(E_a/k·(1/T₀ − 1/T)) (Arrhenius); `nil` at another temperature where the energy is not known.
  public func acceleration(at kelvins: Double) -> Double? {
    if kelvins == temperature { return 1 }
    guard let activationEnergy else { return nil }
    let scale = activationEnergy * PhysicalConstants.charge / PhysicalConstants.boltzmann
    return exp(scale * (1 / temperature - 1 / kelvins))
  }

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
        let first = Self.moments(points, x, origin.value)
        let now = Self.moments(points, x, max(time.value, origin.value))
        let width = Float(
          max(0, now.deviation * now.deviation - first.deviation * first.deviation).squareRoot())
        result[i] = max(0, g[i] + Float(now.mean - first.mean) + width * exponents[i])
      }
    case .decay(let timeConstant, let spread):
      let later = max(0, time.value - origin.value)
      for i in g.indices {
        result[i] = g[i] * Float(exp(-later / (timeConstant * exp(spread * Double(exponents[i])))))
      }
    }
  }

  /// m and σ at `x` and `time`.
  private static func moments(
    _ points: [BroadeningPoint], _ x: Double, _ time: Double
  ) -> (mean: Double, deviation: Double) {
    guard let next = points.firstIndex(where: { $0.time >= time }) else {
      return points.last.map { ($0.mean(x), $0.deviation(x)) } ?? (0, 0)
    }
    guard next > 0 else { return (points[0].mean(x), points[0].deviation(x)) }
    let (a, b) = (points[next - 1], points[next])
    let part = log(time / a.time) / log(b.time / a.time)
    return (
      a.mean(x) + part * (b.mean(x) - a.mean(x)),
      a.deviation(x) + part * (b.deviation(x) - a.deviation(x))
    )
  }
}
