import Foundation
import NumericalMethods

/// A device with one state x in 0…1 whose rate may vanish at both ends like x·(1 − x).
///
/// Its exact state never reaches an end, but in x rounding puts it there, where the rate is 0 for ever.
/// In z = ln(x/(1 − x)) the rate dz/dt = (dx/dt)/(x·(1 − x)) is smooth everywhere and nothing locks:
/// what moved to x = 1 − 10⁻²⁰ comes back under the opposite flux. A state given exactly on an end
/// is taken at 2⁻⁵³ from it.
protocol LogitDrift: DynamicDevice {
  /// dz/dt per second at the state `x` and its complement `rest` = 1 − x.
  func logitRate(_ x: Double, _ rest: Double, voltage: Double) -> Double
}

extension LogitDrift {
  /// The right-hand side in z where the device integrates it, else in the state.
  @inline(__always)
  func driftRates(in cell: DrivenCell) -> ODERates {
    guard integratesLogit else { return stateRates(in: cell) }
    let memory = cell.memory
    return { time, z, f in
      let (x, rest) = Logit.parts(z[0])
      memory.inside[0] = x
      let source = memory.drive.pointee.segment.voltage(at: time)
      var voltage = source
      if case .ideal = memory.drive.pointee.circuit {
      } else {
        do {
          voltage = try operatingPoint(
            memory.inside, source: source, in: memory.drive.pointee.circuit
          ).voltage
        } catch { return false }
      }
      f[0] = logitRate(x, rest, voltage: voltage)
      return f[0].isFinite
    }
  }
}

/// z = ln(x/(1 − x)).
enum Logit {
  /// z of `x`; on an end, of the state 2⁻⁵³ from it.
  static func of(_ x: Double) -> Double {
    let held = min(max(x, 0), 1 - 0x1p-53)
    return held > 0 ? log(held) - log1p(-held) : log(0x1p-53)
  }

  /// x and 1 − x.
  @inline(__always)
  static func parts(_ z: Double) -> (x: Double, rest: Double) {
    let small = exp(-abs(z))
    let large = 1 / (1 + small)
    return z < 0 ? (small * large, large) : (large, small * large)
  }
}
