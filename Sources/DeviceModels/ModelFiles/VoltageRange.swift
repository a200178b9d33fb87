import PhysicalUnits
import StrictYAML

/// The voltages on a device for which the numbers of its file hold, where its source states them: the
/// section `valid-voltages` of a device file.
///
/// ```yaml
/// valid-voltages: {lowest: -2 V, highest: 2 V}
/// ```
public struct VoltageRange: Sendable, Hashable {
  /// The lowest voltage, in volts.
  public let lowest: Double
  /// The highest voltage, in volts.
  public let highest: Double

  /// Reads the section; `nil` where there is none. Faults are recorded at the node.
  init?(reading node: StrictNode) {
    guard node.exists else { return nil }
    lowest = node.quantity("lowest", unit: "V", in: -1000...1000)
    highest = node.quantity("highest", unit: "V", in: -1000...1000)
    if lowest >= highest { node.fault("'highest' must be above 'lowest'") }
  }

  /// What a reader must know whose job reaches `voltages` on the device `name`: a sentence where one of
  /// them is outside of the range by more than rounding. 0 V, which every device is at between pulses, does not count.
  public func notices(of name: String, at voltages: [Double]) -> [String] {
    let applied = voltages.filter { $0 != 0 }
    guard let low = applied.min(), let high = applied.max() else { return [] }
    let slack = 1e-3 * (highest - lowest)
    let beyond = [low].filter { $0 < lowest - slack } + [high].filter { $0 > highest + slack }
    guard !beyond.isEmpty else { return [] }
    let reached = beyond.map { "\(significant($0)) V" }.joined(separator: " and ")
    return [
      "'\(name)' is valid from \(significant(lowest)) V to \(significant(highest)) V, the job applies \(reached): what is beyond is extrapolated"
    ]
  }
}
