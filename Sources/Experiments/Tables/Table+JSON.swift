import Foundation

extension Table {
  /// The table as a JSON list of objects, one a row, with the columns' heads as keys.
  ///
  /// Numbers that are not finite become texts.
  public func json() throws -> String {
    let rows = rows.map { row in Dictionary(zip(columns, row), uniquingKeysWith: { $1 }) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(rows), as: UTF8.self)
  }
}

extension Table.Cell: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .whole(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    }
  }
}
