import ArrayFiles
import Circuits
import InputOutput

/// Codes that somebody measured on a chip: inputs x and the codes given.
struct MeasuredCodes: Sendable {
  let inputs: [Double]
  let codes: [Int]

  /// Reads a CSV file whose first column is x and whose second the code.
  /// - Throws: `InputError` where a row is not a number and a code of `codeCount`.
  init(path: String, codeCount: Int) throws(InputError) {
    let table = try CSVTable(path: path)
    guard table.columns.count >= 2 else {
      throw InputError(path, "has one column, two are expected: x and the code")
    }
    guard table.rows.count <= 10_000_000 else {
      throw InputError(path, "has \(table.rows.count) rows, at most 10000000 are accepted")
    }
    var (inputs, codes): ([Double], [Int]) = ([], [])
    for (k, row) in table.rows.enumerated() {
      guard let x = Double(row[0]), x.isFinite, let code = Int(row[1]),
        (0..<codeCount).contains(code)
      else {
        throw InputError(
          path, at: "row \(k + 1)", "a number and a code of 0…\(codeCount - 1) are expected")
      }
      inputs.append(x)
      codes.append(code)
    }
    self.inputs = inputs
    self.codes = codes
  }

  /// Root mean square of measured less ideal output, in bits of it.
  func error(_ converter: RampConverter) -> Double {
    let errors = zip(outputs(converter), inputs).map {
      ($0 - converter.output($1)) / converter.leastBit
    }
    return (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
  }

  /// The outputs that the codes stand for. Codes count from the lowest output upwards.
  func outputs(_ converter: RampConverter) -> [Double] {
    let low = converter.outputRange.lowerBound
    let half = converter.ramps[0].thresholds.convention == .floor ? 0.5 : 0
    return codes.map { low + (Double($0) + half) * converter.leastBit }
  }
}
