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

  /// The state after `n` pulses by dw/dn = step(w), without bounds: what the iteration tends to when
  /// its steps are small, with an error of the first order in a step's part of the range. `nil` for
  /// tables.
  public func continuousState(after n: Double, from w: Double) -> Double? {
    switch self {
    case .affine(let step, let slope):
      return slope == 0 ? w + step * n : w + (w + step / slope) * expm1(slope * n)
    case .exponential(let step, let offset, let factor, let rate, let shift):
      // y = exp(−k·w − h) obeys dy/dn = −k·Δ·(c·y − A).
      if rate == 0 { return w + n * step * max(0, offset - factor * exp(shift)) }
      if offset - factor * exp(rate * w + shift) <= 0 { return w }
      let y = exp(-rate * w - shift)
      let later =
        offset == 0
        ? y + rate * step * factor * n
        : factor / offset + (y - factor / offset) * exp(-rate * step * offset * n)
      // Steps that grow without bound end at infinity after finitely many pulses.
      return later > 0 ? -(log(later) + shift) / rate : (step > 0 ? .infinity : -.infinity)
    case .power(let step, let exponent, let bound, let range):
      // x = |bound − w|/range obeys dx/dn = −(|Δ|/range)·x^γ.
      let x = (step > 0 ? bound - w : w - bound) / range
      guard x > 0 else { return w }
      let traveled = abs(step) / range * n
      let rest: Double
      if exponent == 1 {
        rest = x * exp(-traveled)
      } else {
        let raised = pow(x, 1 - exponent) - (1 - exponent) * traveled
        rest = raised > 0 ? pow(raised, 1 / (1 - exponent)) : 0
      }
      return step > 0 ? bound - rest * range : bound + rest * range
    case .table: return nil
    }
  }
}
