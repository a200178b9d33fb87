public import ArrayFiles
import Foundation
public import InputOutput

extension DataSet {
  /// The set in a CSV file: one row a sample, one column the label, the others numbers.
  ///
  /// Labels that are whole numbers from 0 are class numbers; other numbers are targets; texts are
  /// classes in the order of the alphabet.
  /// - Parameter label: the name of the label's column; the last one where `nil`. Several names, separated by commas, are
  ///   columns of numbers to be reproduced.
  /// - Throws: `InputError` with the line where a field is not a number, or a label is negative.
  public init(csv path: String, label: String? = nil) throws(InputError) {
    try self.init(table: try CSVTable(path: path), label: label)
  }

  /// The set in a table; see `init(csv:label:)`.
  public init(table: CSVTable, label: String? = nil) throws(InputError) {
    var labelColumns = [table.columns.count - 1]
    if let label {
      let isWhole = table.columns.contains(label)
      let names =
        isWhole
        ? [label]
        : label.split(separator: ",").map {
          String($0).trimmingCharacters(in: .whitespaces)
        }
      labelColumns = try names.map { (name) throws(InputError) in try table.column(name) }
    }
    let inputs = table.columns.indices.filter { !labelColumns.contains($0) }
    guard !inputs.isEmpty else {
      throw InputError(table.source, "holds one column; samples and a label need two")
    }
    try InputBudget(table.source).spend(
      shape: [table.rows.count, inputs.count], times: 4, "its numbers")
    var elements = [Float](repeating: 0, count: table.rows.count * inputs.count)
    for (k, column) in inputs.enumerated() {
      for (row, number) in try table.numbers(column: column).enumerated() {
        let value = Float(number)
        guard value.isFinite else {
          throw InputError(
            table.source, at: table.place(row: row),
            "the number \(number) is beyond ±3.4e38, the range of single precision")
        }
        elements[row * inputs.count + k] = value
      }
    }
    let samples = Tensor(shape: [table.rows.count, inputs.count], elements: elements)
    let (targets, names) = try Self.targets(of: table, columns: labelColumns)
    self.init(name: table.source, samples: samples, targets: targets, classNames: names)
  }

  /// The targets in columns of a table, and the names of the classes where they are classes; see
  /// `init(csv:label:)`.
  static func targets(
    of table: CSVTable, columns: [Int]
  ) throws(InputError) -> (targets: Targets, classNames: [String]) {
    if columns.count != 1 {
      var elements = [Float](repeating: 0, count: table.rows.count * columns.count)
      for (k, column) in columns.enumerated() {
        for (row, number) in try table.numbers(column: column).enumerated() {
          elements[row * columns.count + k] = Float(number)
        }
      }
      return (.values(Tensor(shape: [table.rows.count, columns.count], elements: elements)), [])
    }
    let fields = table.rows.map { $0[columns[0]] }
    if fields.allSatisfy({ Double($0) == nil }) {
      let names = Set(fields).sorted()
      let number = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      return (.classes(fields.map { number[$0]! }), names)
    }
    let numbers = try table.numbers(column: columns[0])
    guard numbers.allSatisfy({ $0 == $0.rounded() }) else {
      let values = Tensor(shape: [numbers.count, 1], elements: numbers.map { Float($0) })
      return (.values(values), [])
    }
    for (row, number) in numbers.enumerated() {
      guard number >= 0, number < Double(mostClasses) else {
        throw InputError(
          table.source, at: table.place(row: row),
          "the label \(fields[row]) is out of range, 0…\(mostClasses - 1) are allowed")
      }
    }
    let classes = numbers.map { Int($0) }
    return (.classes(classes), (0...(classes.max() ?? 0)).map(String.init))
  }
}
