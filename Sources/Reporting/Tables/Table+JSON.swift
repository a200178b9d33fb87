extension Table {
  /// The table as a JSON list of objects, one a row, with the columns' heads as keys.
  ///
  /// Numbers that are not finite become texts.
  public func json() throws -> String {
    try JSONText.encode(objects)
  }

  /// The rows as dictionaries with the columns' heads as keys.
  package var objects: [[String: Cell]] {
    rows.map { row in Dictionary(zip(columns, row), uniquingKeysWith: { $1 }) }
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
