import Foundation
import InputOutput
import PhysicalUnits

/// Rows and columns of text and numbers, for CSV, the terminal and the report.
public struct Table: Sendable {
  /// One cell.
  public enum Cell: Sendable, Hashable {
    case text(String)
    case whole(Int)
    case number(Double)
  }

  /// The heads of the columns, with their unit: "energy (J)".
  public let columns: [String]
  /// The rows, as long as `columns`.
  public private(set) var rows: [[Cell]] = []

  /// A table without rows.
  public init(columns: [String]) { self.columns = columns }

  /// Appends one row.
  /// - Precondition: it has a cell for each column.
  public mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "a row has a cell for each column")
    rows.append(row)
  }

  /// A table of quantities, with their units.
  package static var quantities: Table { Table(columns: ["quantity", "value", "unit"]) }

  /// Appends one quantity to a table of them.
  package mutating func add(_ name: String, _ value: Cell, _ unit: String = "") {
    append([.text(name), value, .text(unit)])
  }

  /// The table as comma-separated values (RFC 4180, lines end in LF). Numbers are written with as
  /// many digits as it takes to read them back as the same bits.
  public var csv: String {
    var text = columns.map(CSVText.field).joined(separator: ",") + "\n"
    for row in rows {
      text +=
        row.map { cell in
          switch cell {
          case .text(let text): return CSVText.field(text)
          case .whole(let value): return "\(value)"
          case .number(let value): return "\(value)"
          }
        }.joined(separator: ",") + "\n"
    }
    return text
  }

  /// The table for a terminal: columns aligned, numbers with four significant digits.
  public var plainText: String {
    let shown = [columns] + rows.map { $0.map(\.shown) }
    let widths = columns.indices.map { j in shown.map { $0[j].count }.max() ?? 0 }
    let isText = columns.indices.map { j in
      rows.allSatisfy { if case .text = $0[j] { true } else { false } }
    }
    return shown.map { row in
      let padded = row.indices.map { j -> String in
        let gap = String(repeating: " ", count: widths[j] - row[j].count)
        return isText[j] ? row[j] + gap : gap + row[j]
      }
      var line = padded.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

extension Table.Cell {
  /// For people: four significant digits.
  public var shown: String {
    switch self {
    case .text(let text): return text
    case .whole(let value): return "\(value)"
    case .number(let value): return significant(value)
    }
  }
}

extension Table.Cell: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .whole(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
}
