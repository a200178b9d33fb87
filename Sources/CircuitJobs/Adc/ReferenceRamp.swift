import ArrayFiles
import Circuits
import InputOutput

/// A ramp that somebody else computed, one threshold per row: the input x, and the conductance of the step to it.
struct ReferenceRamp: Sendable {
  private let thresholds: [Double]
  /// In siemens; that of the first threshold, which the start of the ramp sets, is not compared.
  private let conductances: [Double]

  /// Reads a CSV file with the columns x and conductance in microsiemens.
  /// - Throws: `InputError` where a row is not two numbers, or there are not as many rows as thresholds of `converter`.
  init(path: String, of converter: RampConverter) throws(InputError) {
    let table = try CSVTable(path: path)
    guard table.columns.count == 2 else {
      throw InputError(path, "has \(table.columns.count) columns, two are expected: x and µS")
    }
    let count = converter.thresholds.count
    guard table.rows.count == count, converter.ramps.count == 1 else {
      throw InputError(
        path,
        "has \(table.rows.count) rows, a reference has one per threshold of one ramp, here \(count) in \(counted(converter.ramps.count, "ramp"))"
      )
    }
    var (thresholds, conductances): ([Double], [Double]) = ([], [])
    for (k, row) in table.rows.enumerated() {
      guard let x = Double(row[0]), let microsiemens = Double(row[1]), x.isFinite,
        microsiemens.isFinite
      else { throw InputError(path, at: "row \(k + 1)", "two numbers are expected") }
      thresholds.append(x)
      conductances.append(1e-6 * microsiemens)
    }
    self.thresholds = thresholds
    self.conductances = conductances
  }

  /// The largest differences of the design from the reference: of a threshold in units of x, of a step's conductance in siemens.
  func differences(_ converter: RampConverter) -> (threshold: Double, conductance: Double) {
    let steps = zip(converter.ramps[0].stepConductances, conductances.dropFirst())
    return (
      zip(converter.thresholds, thresholds).map { abs($0 - $1) }.max() ?? 0,
      steps.map { abs($0 - $1) }.max() ?? 0
    )
  }
}
