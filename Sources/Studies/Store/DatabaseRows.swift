import GRDB

/// A value of a database that has another type than its column: nothing in SQLite prevents it.
struct UnreadableValue: Error {
  /// The column of the query.
  var column: String
}

extension Row {
  /// The value in `column`, which the query has.
  ///
  /// The subscript of a row traps on a value of another type; this throws.
  /// - Throws: `UnreadableValue` where the value is not a `Value`.
  func value<Value: DatabaseValueConvertible>(
    _ column: String, as type: Value.Type = Value.self
  ) throws(UnreadableValue) -> Value {
    guard let value = Value.fromDatabaseValue(self[column] as DatabaseValue) else {
      throw UnreadableValue(column: column)
    }
    return value
  }
}

/// Rows of a query as texts.
enum DatabaseRows {
  static func fetch(
    _ db: Database, _ sql: String, _ arguments: StatementArguments = StatementArguments()
  ) throws -> [[String]] {
    try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
      row.databaseValues.map { value in
        switch value.storage {
        case .null: ""
        case .int64(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): text
        case .blob: "(bytes)"
        }
      }
    }
  }
}
