import CSQLite

/// A value of a database that has another type than its column: nothing in SQLite prevents it.
package struct UnreadableValue: Error {
  /// The column of the query.
  package let column: String
}

/// What a column can be read as.
package protocol SQLiteColumn {
  /// The value in `column` of the row that `statement` stands on; `nil` where it has another type.
  init?(_ statement: OpaquePointer, _ column: Int32)
}

extension Int: SQLiteColumn {
  package init?(_ statement: OpaquePointer, _ column: Int32) {
    guard sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
    self = Int(sqlite3_column_int64(statement, column))
  }
}

extension Double: SQLiteColumn {
  /// Whole numbers are numbers too.
  package init?(_ statement: OpaquePointer, _ column: Int32) {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_FLOAT, SQLITE_INTEGER: self = sqlite3_column_double(statement, column)
    default: return nil
    }
  }
}

extension String: SQLiteColumn {
  /// `nil` also for a text that is not UTF-8 or has a NUL character.
  package init?(_ statement: OpaquePointer, _ column: Int32) {
    guard sqlite3_column_type(statement, column) == SQLITE_TEXT,
      let start = sqlite3_column_text(statement, column)
    else { return nil }
    let bytes = UnsafeBufferPointer(
      start: start, count: Int(sqlite3_column_bytes(statement, column)))
    guard !bytes.contains(0) else { return nil }
    self.init(validating: bytes, as: UTF8.self)
  }
}

extension SQLiteValue: SQLiteColumn {
  /// `nil` for bytes, which no column of results has.
  package init?(_ statement: OpaquePointer, _ column: Int32) {
    let value: SQLiteValue?
    switch sqlite3_column_type(statement, column) {
    case SQLITE_NULL: value = .null
    case SQLITE_INTEGER: value = Int(statement, column).map(SQLiteValue.integer)
    case SQLITE_FLOAT: value = Double(statement, column).map(SQLiteValue.number)
    case SQLITE_TEXT: value = String(statement, column).map(SQLiteValue.text)
    default: value = nil
    }
    guard let value else { return nil }
    self = value
  }
}

/// A row of a query, valid until the next one.
package struct SQLiteRow: ~Copyable {
  private let statement: OpaquePointer

  /// The row that `statement` stands on.
  init(_ statement: SQLiteStatement) { self.statement = statement.handle }

  /// How many columns there are.
  package var count: Int32 { sqlite3_column_count(statement) }

  /// The value in `column`, counted from zero.
  ///
  /// - Throws: `UnreadableValue` where it has another type, or is null.
  package func value<Value: SQLiteColumn>(
    _ column: Int32, as type: Value.Type = Value.self
  ) throws(UnreadableValue) -> Value {
    guard let value = Value(statement, column) else {
      let name = sqlite3_column_name(statement, column)
      throw UnreadableValue(column: name.map { String(cString: $0) } ?? "\(column)")
    }
    return value
  }

  /// The value in `column`, counted from zero; `nil` where it is null.
  ///
  /// - Throws: `UnreadableValue` where it has another type.
  package func optional<Value: SQLiteColumn>(
    _ column: Int32, as type: Value.Type = Value.self
  ) throws(UnreadableValue) -> Value? {
    if sqlite3_column_type(statement, column) == SQLITE_NULL { return nil }
    return try value(column, as: type)
  }
}
