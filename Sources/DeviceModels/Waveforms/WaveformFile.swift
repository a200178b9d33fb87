import ArrayFiles
import InputOutput

extension Waveform {
  /// A piecewise linear waveform from a CSV file of two columns: seconds, volts; see `CSVTable`.
  ///
  /// At most a million points.
  /// - Throws: `InputErrors` with every line that is wrong, the first twenty of them.
  public static func contents(ofCSV path: String) throws(InputErrors) -> Waveform {
    try waveform { () throws(InputError) in try CSVTable(path: path) }
  }

  /// The waveform in `text`; see `contents(ofCSV:)`.
  public static func parse(csv text: String, source: String) throws(InputErrors) -> Waveform {
    try waveform { () throws(InputError) in try CSVTable(text: text, source: source) }
  }

  private static func waveform(
    _ read: () throws(InputError) -> CSVTable
  ) throws(InputErrors) -> Waveform {
    let table: CSVTable
    do { table = try read() } catch { throw InputErrors([error]) }
    var points: [(time: Double, voltage: Double)] = []
    var faults: [InputError] = []
    if table.columns.count != 2 || !(2...1_000_000).contains(table.rows.count) {
      throw InputErrors([
        InputError(
          table.source,
          "has \(table.rows.count) points in \(table.columns.count) columns: two to a million points in two columns, "
            + "seconds and volts, are expected")
      ])
    }
    for (k, row) in table.rows.enumerated() where faults.count < 20 {
      guard let time = Double(row[0]), let voltage = Double(row[1]), time.isFinite,
        voltage.isFinite
      else {
        faults.append(
          InputError(
            table.source, at: table.place(row: k), "two numbers, seconds and volts, are expected"))
        continue
      }
      if time < points.last?.time ?? 0 {
        faults.append(
          InputError(table.source, at: table.place(row: k), "the times must rise from zero"))
      }
      points.append((time, voltage))
    }
    guard faults.isEmpty else { throw InputErrors(faults) }
    return piecewiseLinear(points)
  }
}
