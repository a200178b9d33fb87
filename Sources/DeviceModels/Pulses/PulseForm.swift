import Foundation

/// The mean change of a device's state by one pulse in one direction, in one of four forms that all
/// laws reduce to. The state w and every constant are in state units.
public enum PulseForm: Sendable, Hashable {
  /// Δ + s·w.
  case affine(step: Double, slope: Double)
  /// Δ·max(0, c − A·exp(k·w + h)).
  case exponential(step: Double, offset: Double, factor: Double, rate: Double, shift: Double)
  /// Δ·(|bound − w|/range)^γ, the bound being the one ahead.
  case power(step: Double, exponent: Double, bound: Double, range: Double)
  /// scale·m((w − low)/(high − low)), m linear between evenly spaced nodes.
  case table(scale: Double, nodes: [Double], low: Double, high: Double)

  /// The mean change from state `w`.
  public func step(from w: Double) -> Double {
    switch self {
    case .affine(let step, let slope): return step + slope * w
    case .exponential(let step, let offset, let factor, let rate, let shift):
      return step * max(0, offset - factor * exp(rate * w + shift))
    case .power(let step, let exponent, let bound, let range):
      let ahead = step > 0 ? bound - w : w - bound
      return ahead > 0 && range > 0 ? step * pow(ahead / range, exponent) : 0
    case .table(let scale, let nodes, let low, let high):
      guard high > low else { return 0 }
      let x = min(max((w - low) / (high - low), 0), 1) * Double(nodes.count - 1)
      let i = min(Int(x), nodes.count - 2)
      return scale * (nodes[i] + (x - Double(i)) * (nodes[i + 1] - nodes[i]))
    }
  }

  /// The state after `n` pulses from `w` by a closed form that equals the iteration, without bounds;
  /// `nil` where there is none. Only the affine form has one: w* + (w − w*)·(1 + s)ⁿ, w* = −Δ/s.
  public func exactState(after n: Int, from w: Double) -> Double? {
    guard case .affine(let step, let slope) = self else { return nil }
    if slope == 0 { return w + step * Double(n) }
    // (1 + s)ⁿ − 1 without loss where s·n is small; pow where 1 + s is not positive.
    let growth =
      slope > -1
      ? expm1(Double(n) * log1p(slope)) : pow(1 + slope, Double(n)) - 1
    return w + (w + step / slope) * growth
  }
}
