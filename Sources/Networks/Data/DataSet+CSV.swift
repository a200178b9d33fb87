public import ArrayFiles
public import InputOutput

extension DataSet {
  /// The set in a CSV file: one row a sample, one column the label, the others numbers.
  ///
  /// Labels that are whole numbers from 0 are class numbers; other numbers are targets; texts are
  /// classes in the order of the alphabet.
  /// - Parameter label: the name of the label's column; the last one where `nil`.
  /// - Throws: `InputError` with the line where a field is not a number, or a label is negative.
  public init(csv path: String, label: String? = nil) throws(InputError) {
    try self.init(table: try CSVTable(path: path), label: label)
  }

  /// The set in a table; see `init(csv:label:)`.
  public init(table: CSVTable, label: String? = nil) throws(InputError) {
    let labelColumn =
      try label.map { (name) throws(InputError) in try table.column(name) }
      ?? table.columns.count - 1
    let inputs = table.columns.indices.filter { $0 != labelColumn }
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
    let fields = table.rows.map { $0[labelColumn] }
    if fields.allSatisfy({ Double($0) == nil }) {
      let names = Set(fields).sorted()
      let number = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      self.init(
        name: table.source, samples: samples, targets: .classes(fields.map { number[$0]! }),
        classNames: names)
      return
    }
    let numbers = try table.numbers(column: labelColumn)
    guard numbers.allSatisfy({ $0 == $0.rounded() }) else {
      let values = Tensor(shape: [numbers.count, 1], elements: numbers.map { Float($0) })
      self.init(name: table.source, samples: samples, targets: .values(values))
      return
    }
    for (row, number) in numbers.enumerated() {
      guard number >= 0, number < Double(Self.mostClasses) else {
        throw InputError(
          table.source, at: table.place(row: row),
          "the label \(fields[row]) is out of range, 0…\(Self.mostClasses - 1) are allowed")
      }
    }
    let classes = numbers.map { Int($0) }
    self.init(
      name: table.source, samples: samples, targets: .classes(classes),
      classNames: (0...(classes.max() ?? 0)).map(String.init))
  }
}
