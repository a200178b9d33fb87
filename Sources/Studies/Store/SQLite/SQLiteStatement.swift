import CSQLite

/// A value for a mark of a statement, or in a column of a row.
package enum SQLiteValue: Equatable, Sendable {
  case null
  case integer(Int)
  case number(Double)
  case text(String)
}

/// A prepared statement, which is finalized with its last reference.
final class SQLiteStatement {
  let handle: OpaquePointer

  /// Prepares `sql`, one statement, for use more than once.
  ///
  /// - Parameter connection: the handle of the open connection.
  init(_ sql: String, _ connection: OpaquePointer) throws(SQLiteError) {
    var statement: OpaquePointer?
    var hasRest = false
    let code = sql.withCString { text in
      var rest: UnsafePointer<CChar>?
      let code = sqlite3_prepare_v3(
        connection, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &rest)
      hasRest = rest.map { $0.pointee != 0 } ?? false
      return code
    }
    guard code == SQLITE_OK else { throw SQLiteError(code: code, of: connection) }
    guard let statement, !hasRest else {
      sqlite3_finalize(statement)
      throw SQLiteError(code: SQLITE_MISUSE, message: "one statement is expected in '\(sql)'")
    }
    handle = statement
  }

  deinit { sqlite3_finalize(handle) }

  /// Binds `values` to the marks, all of them.
  ///
  /// - Throws: `SQLiteError`, also for a text with a NUL character, which functions of SQL would cut there.
  func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
    guard sqlite3_bind_parameter_count(handle) == values.count else {
      throw SQLiteError(
        code: SQLITE_RANGE,
        message: "\(values.count) values for \(sqlite3_bind_parameter_count(handle)) marks")
    }
    for (index, value) in values.enumerated() {
      let place = Int32(index) + 1
      let code: Int32
      switch value {
      case .null: code = sqlite3_bind_null(handle, place)
      case .integer(let number): code = sqlite3_bind_int64(handle, place, Int64(number))
      case .number(let number): code = sqlite3_bind_double(handle, place, number)
      case .text(let text):
        guard !text.utf8.contains(0) else {
          throw SQLiteError(
            code: SQLITE_MISMATCH, message: "a text with a NUL character cannot be stored")
        }
        code = text.withCString { ow_sqlite_bind_text(handle, place, $0, UInt64(text.utf8.count)) }
      }
      guard code == SQLITE_OK else { throw failure(code) }
    }
  }

  /// Computes the next row.
  ///
  /// - Returns: whether there is one.
  func step() throws(SQLiteError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw failure(code)
    }
  }

  /// Ends the statement, whatever it did, and forgets its values.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  private func failure(_ code: Int32) -> SQLiteError {
    SQLiteError(code: code, of: sqlite3_db_handle(handle))
  }
}
