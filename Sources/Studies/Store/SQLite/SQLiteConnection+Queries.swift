/// Questions to a database, each one statement with values for its marks.
extension SQLiteConnection {
  /// Runs a statement whose rows, if any, are not needed.
  package func execute(_ sql: String, _ values: [SQLiteValue] = []) throws {
    try step(sql, values) { _ in true }
  }

  /// Does `body` with every row.
  package func forEach(
    _ sql: String, _ values: [SQLiteValue] = [], _ body: (borrowing SQLiteRow) throws -> Void
  ) throws {
    try step(sql, values) { row in
      try body(row)
      return true
    }
  }

  /// What `read` makes of the rows.
  package func all<Element>(
    _ sql: String, _ values: [SQLiteValue] = [], _ read: (borrowing SQLiteRow) throws -> Element
  ) throws -> [Element] {
    var list: [Element] = []
    try forEach(sql, values) { row in list.append(try read(row)) }
    return list
  }

  /// What `read` makes of the first row; `nil` where there is none.
  package func first<Element>(
    _ sql: String, _ values: [SQLiteValue] = [], _ read: (borrowing SQLiteRow) throws -> Element
  ) throws -> Element? {
    var found: Element?
    try step(sql, values) { row in
      found = try read(row)
      return false
    }
    return found
  }

  /// The first column of all rows.
  ///
  /// - Throws: `UnreadableValue` where one has another type or is null.
  package func all<Value: SQLiteColumn>(
    _ sql: String, _ values: [SQLiteValue] = [], as type: Value.Type
  ) throws -> [Value] {
    try all(sql, values) { row in try row.value(0, as: type) }
  }

  /// The first column of the first row; `nil` where there is none, or where it is null.
  ///
  /// - Throws: `UnreadableValue` where it has another type.
  package func first<Value: SQLiteColumn>(
    _ sql: String, _ values: [SQLiteValue] = [], as type: Value.Type
  ) throws -> Value? {
    try first(sql, values) { row in try row.optional(0, as: type) } ?? nil
  }

  /// All rows as texts, null as an empty one.
  package func texts(_ sql: String) throws -> [[String]] {
    try all(sql) { row in
      try (0..<row.count).map { column in
        switch try row.value(column, as: SQLiteValue.self) {
        case .null: ""
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .text(let text): text
        }
      }
    }
  }
}
