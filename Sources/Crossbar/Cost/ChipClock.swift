import Foundation

/// What a chip does by its clock: the section `clock` of a cost file. An analog operation is 2ⁿ periods of input
/// pulses and, with ramps, 2ⁿ periods of conversion; element-wise operations take periods as well.
public struct ChipClock: Sendable, Hashable {
  /// One period, in seconds: the unit of a pulse width.
  public var period: Double
  /// How many element-wise multiplications or additions of a recurrent layer are carried out in a period.
  public var operationsPerPeriod: Int
  /// The energy of one of them, in joules.
  public var operationEnergy: Double
  /// What all of the chip takes all of the time (leakage, clocks), in W/m².
  public var idlePowerPerArea: Double

  /// How long the element-wise operations of one vector take, in seconds.
  public func time(ofElementwise operations: Double) -> Double {
    (operations / Double(operationsPerPeriod)).rounded(.up) * period
  }

  /// The same with energies in proportion to `ratio`, a ratio of nodes: powers with it, per area with its
  /// inverse; times unchanged.
  func scaled(by ratio: Double) -> ChipClock {
    var clock = self
    clock.operationEnergy *= ratio
    clock.idlePowerPerArea /= ratio
    return clock
  }
}

extension CostModel {
  /// How long a read takes by the clock, in seconds: 2ⁿ periods for pulse widths of n bits. `nil` for other inputs
  /// and without a clock.
  public func readTime(of drive: RowDrive) -> Double? {
    guard let clock, case .pulseWidth(let bits) = drive else { return nil }
    return exp2(Double(bits)) * clock.period
  }
}
