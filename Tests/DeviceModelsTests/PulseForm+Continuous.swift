import DeviceModels
import Foundation

extension PulseForm {
  /// The state after `n` pulses by dw/dn = step(w), without bounds: what the iteration tends to when
  /// its steps are small, with an error of the first order in a step's part of the range. `nil` for
  /// tables.
  func continuousState(after n: Double, from w: Double) -> Double? {
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
