import Foundation
import InputOutput

/// A table of text: data sets with a label column, and measured curves with named columns.
///
/// Fields stand between commas, semicolons or tabs (found out from the first line); a field may be
/// quoted with `"`, and `""` in it stands for one quote (RFC 4180). Lines that are empty or begin with
/// `#` are passed over. The first line is a header where one of its fields is not a number.
/// A gzip-compressed file is read as well.
public struct CSVTable: Sendable {
  /// The file's name as errors carry it.
  public let source: String
  /// The names of the columns: those of the header, or "1", "2" … where there is none.
  public let columns: [String]
  /// Whether the file had a header line.
  public let hasHeader: Bool
  /// The fields, row by row; every row has as many as there are columns.
  public let rows: [[String]]
  private let lines: [Int]

  /// Reads the file at `path`.
  /// - Throws: `InputError` where a row has another number of fields than the first, a quote does not
  ///   end, a column name stands twice, or there are no rows.
  public init(path: String) throws(InputError) {
    let budget = InputBudget(path)
    try self.init(text: try Gzip.text(path: path, budget: budget), source: path, budget: budget)
  }

  /// Reads `text`; errors carry `source`.
  public init(text: String, source: String) throws(InputError) {
    try self.init(text: text, source: source, budget: InputBudget(source))
  }

  private init(text: String, source: String, budget: InputBudget) throws(InputError) {
    try budget.spend(text.utf8.count, "its text of \(text.utf8.count) bytes")
    var scanner = CSVScanner(text: text, source: source, budget: budget)
    var records = try scanner.records()
    guard let first = records.first else { throw InputError(source, "holds no rows") }
    if let field = first.fields.first(where: Self.hasDecimalComma) {
      throw InputError(source, at: "line \(first.line)", "'\(field)' \(Self.commaHint)")
    }
    let hasHeader = first.fields.contains { Self.number($0) == nil }
    let columns = hasHeader ? first.fields : first.fields.indices.map { String($0 + 1) }
    if hasHeader { records.removeFirst() }
    guard !records.isEmpty else { throw InputError(source, "holds a header and no rows") }
    var names: Set<String> = []
    for column in columns where !names.insert(column).inserted {
      throw InputError(source, at: "line \(first.line)", "the column '\(column)' occurs twice")
    }
    for record in records where record.fields.count != columns.count {
      // "0,5,1,2" under "time,current": fields that a decimal comma divides.
      let isDivided =
        record.fields.count > columns.count && record.fields.count <= 2 * columns.count
        && record.fields.allSatisfy { Self.number($0) != nil }
      throw InputError(
        source, at: "line \(record.line)",
        "has \(record.fields.count) fields, the first line has \(columns.count)"
          + (isDivided ? "; numbers with decimal commas need points instead" : ""))
    }
    self.source = source
    self.hasHeader = hasHeader
    self.columns = columns
    rows = records.map(\.fields)
    lines = records.map(\.line)
  }

  /// The place of a row in the file, as errors name it.
  public func place(row: Int) -> String { "line \(lines[row])" }

  /// The position of the column called `name`.
  /// - Throws: `InputError` with the nearest name.
  public func column(_ name: String) throws(InputError) -> Int {
    guard let index = columns.firstIndex(of: name) else {
      throw InputError(source, unknownName("column", name, known: columns))
    }
    return index
  }

  /// The numbers of the column called `name`; see `numbers(column:)`.
  public func numbers(_ name: String) throws(InputError) -> [Double] {
    try numbers(column: try column(name))
  }

  /// The numbers of one column.
  /// - Throws: `InputError` with the line where a field is not a finite number.
  public func numbers(column: Int) throws(InputError) -> [Double] {
    var numbers: [Double] = []
    numbers.reserveCapacity(rows.count)
    for row in rows.indices {
      guard let number = Self.number(rows[row][column]), number.isFinite else {
        throw InputError(
          source, at: place(row: row),
          "'\(rows[row][column])' in column '\(columns[column])' "
            + (Self.hasDecimalComma(rows[row][column])
              ? Self.commaHint : "is not a finite number"))
      }
      numbers.append(number)
    }
    return numbers
  }

  private static let commaHint = "has a decimal comma: decimal points are expected"

  /// Whether a field would be a number with a point in the place of its one comma.
  private static func hasDecimalComma(_ field: String) -> Bool {
    let parts = field.split(separator: ",", omittingEmptySubsequences: false)
    return parts.count == 2 && number(field) == nil && number(parts.joined(separator: ".")) != nil
  }

  /// A decimal number; Swift takes hexadecimal ones too, and ends a text at its first NUL.
  private static func number(_ field: String) -> Double? {
    guard !field.utf8.contains(where: { $0 == 0 || $0 | 0x20 == UInt8(ascii: "x") }) else {
      return nil
    }
    return Double(field.trimmingCharacters(in: .whitespaces))
  }
}
