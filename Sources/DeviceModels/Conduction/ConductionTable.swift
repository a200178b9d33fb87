import InputOutput

/// A measured current-voltage curve, scaled so that its first piece has the slope 1.
///
/// Between points it is straight, beyond the last one its last piece goes on, and negative voltages
/// mirror positive ones.
public struct ConductionTable: Hashable, Sendable {
  /// Voltages in volts, ascending from 0.
  public let voltages: [Double]
  /// f at these voltages, in volts, ascending from 0.
  public let values: [Double]

  /// The curve through (0, 0) and the given points, which may begin with (0, 0).
  ///
  /// - Parameters:
  ///   - voltages: positive and ascending, in volts.
  ///   - currents: positive and ascending, in any unit.
  /// - Throws: `InputError` where there is no point, the counts differ or something does not ascend.
  public init(voltages: [Double], currents: [Double]) throws(InputError) {
    let known = voltages.first == 0 && currents.first == 0 ? 1 : 0
    let (voltages, currents) = (Array(voltages.dropFirst(known)), Array(currents.dropFirst(known)))
    guard voltages.count == currents.count, !voltages.isEmpty else {
      throw InputError(
        "current-voltage table",
        "has \(voltages.count) voltages and \(currents.count) currents, as many of both and one or more is expected"
      )
    }
    for (name, list) in [("voltages", voltages), ("currents", currents)] {
      let ascends = zip([0] + list, list).allSatisfy { $0 < $1 && $1.isFinite }
      guard ascends else {
        throw InputError(
          "current-voltage table", at: name,
          "do not ascend from 0, ascending positive numbers (after 0, 0) are expected")
      }
    }
    let scale = voltages[0] / currents[0]
    self.voltages = [0] + voltages
    values = [0] + currents.map { $0 * scale }
  }

  /// f and its slope at a voltage of 0 or more.
  func shape(_ voltage: Double) -> (Double, Double) {
    let next = voltages.dropFirst().dropLast().firstIndex { voltage < $0 } ?? voltages.count - 1
    let slope = (values[next] - values[next - 1]) / (voltages[next] - voltages[next - 1])
    return (values[next - 1] + slope * (voltage - voltages[next - 1]), slope)
  }

  /// The curve as a piecewise linear function of ngspice.
  func spice(_ v: String) -> String {
    // ngspice holds the last value; a far point on the last piece keeps its slope.
    let far = voltages[voltages.count - 1] + 1e3
    let x = Array(voltages.dropFirst()) + [far]
    let points = x.map { ($0, shape($0).0) }
    let all = points.reversed().map { (-$0.0, -$0.1) } + [(0, 0)] + points
    return "pwl(\(v),\(all.map { "\($0.0),\($0.1)" }.joined(separator: ",")))"
  }
}
