import Foundation
import InputOutput

extension Waveform {
  /// A piecewise linear waveform from a CSV file of two columns: seconds, volts.
  ///
  /// A first line that is not numbers is a heading. Empty lines and lines that begin with `#` are
  /// left out. At most a million points.
  /// - Throws: `InputErrors` with every line that is wrong, the first twenty of them.
  public static func contents(ofCSV path: String) throws(InputErrors) -> Waveform {
    do {
      return try parse(csv: try InputFile.text(of: path, limit: 64 << 20), source: path)
    } catch let error as InputError {
      throw InputErrors([error])
    } catch let errors as InputErrors {
      throw errors
    } catch { throw InputErrors([InputError(path, "cannot be read: \(error)")]) }
  }

  /// The waveform in `text`; see `contents(ofCSV:)`.
  public static func parse(csv text: String, source: String) throws(InputErrors) -> Waveform {
    var points: [(time: Double, voltage: Double)] = []
    var faults: [InputError] = []
    var first = true
    for (number, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = raw.trimmingCharacters(in: .whitespaces)
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
        Double($0.trimmingCharacters(in: .whitespaces))
      }
      defer { first = false }
      guard fields.count == 2, let time = fields[0], let voltage = fields[1], time.isFinite,
        voltage.isFinite
      else {
        if !first || fields.contains(where: { $0 != nil }) {
          faults.append(
            InputError(
              source, at: "line \(number + 1)", "two numbers, seconds and volts, are expected"))
        }
        if faults.count >= 20 { break }
        continue
      }
      if time < 0 || time < points.last?.time ?? 0 {
        faults.append(
          InputError(source, at: "line \(number + 1)", "the times must rise from zero"))
      }
      points.append((time, voltage))
      if points.count > 1_000_000 {
        faults.append(InputError(source, "has more than a million points"))
        break
      }
    }
    if faults.isEmpty && points.count < 2 {
      faults.append(InputError(source, "at least two points are needed"))
    }
    guard faults.isEmpty else { throw InputErrors(faults) }
    return piecewiseLinear(points)
  }
}
