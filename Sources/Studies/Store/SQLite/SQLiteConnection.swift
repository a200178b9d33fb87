import CSQLite
import Foundation

/// An error of SQLite.
package struct SQLiteError: Error {
  /// The primary result code, such as `SQLITE_BUSY`.
  package let code: Int32
  /// What SQLite says about it.
  package let message: String

  package init(code: Int32, message: String) {
    self.code = code & 0xff
    self.message = message
  }

  /// The last error of the connection `handle`, which ended with `code`.
  init(code: Int32, of handle: OpaquePointer?) {
    self.init(code: code, message: String(cString: sqlite3_errmsg(handle)))
  }
}

/// A connection to an SQLite database.
///
/// Threads may share one: each statement runs alone, and a transaction excludes the other threads until its
/// end. Statements are prepared once for each text of SQL. Values are bound to marks (`?`) and never written
/// into SQL. The connection closes when the last reference to it is gone.
package final class SQLiteConnection: @unchecked Sendable {  // Sendable: `lock` guards every use
  /// How a transaction begins: with its first statement, or with the right to write.
  package enum Transaction: String {
    case deferred = "BEGIN DEFERRED"
    case immediate = "BEGIN IMMEDIATE"
  }

  private let lock = NSRecursiveLock()
  /// `nil` when the connection is closed.
  private var handle: OpaquePointer?
  /// The statements that are not running, by their SQL.
  private var prepared: [String: SQLiteStatement] = [:]
  /// SQLite calls it back as long as the connection is open.
  private let distrust: UntrustedDatabase?

  /// Opens the database at `path`; one that is not `readonly` is created where it is missing.
  ///
  /// - Parameters:
  ///   - busySeconds: how long a statement waits for other connections.
  ///   - distrust: limits for a file that may come from somebody else.
  /// - Throws: `SQLiteError`, `SQLITE_NOTADB` where the file is something else.
  package init(
    path: String, readonly: Bool = false, busySeconds: Int32 = 0,
    distrust: UntrustedDatabase? = nil
  ) throws {
    self.distrust = distrust
    // The lock takes the place of SQLite's own.
    let flags =
      SQLITE_OPEN_NOMUTEX
      | (readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    let code = sqlite3_open_v2(Self.plainPath(path), &handle, flags, nil)
    guard code == SQLITE_OK, let handle else { throw SQLiteError(code: code, of: handle) }
    sqlite3_busy_timeout(handle, busySeconds * 1000)
    ow_sqlite_quotes_are_names(handle)
    if let distrust {
      distrust.prepare(handle)
      try run(UntrustedDatabase.settings)
    }
    // SQLite reads nothing of the file before it is asked.
    try run("SELECT 1 FROM sqlite_master LIMIT 1")
  }

  deinit {
    prepared = [:]
    sqlite3_close_v2(handle)
  }

  /// `path` as SQLite takes it for a path and never for a URI ("file:a?mode=memory").
  package static func plainPath(_ path: String) -> String {
    path.hasPrefix("/") ? path : "./" + path
  }

  /// Closes the database before the last reference is gone.
  ///
  /// - Throws: `SQLiteError` where a statement runs.
  package func close() throws {
    try lock.withLock {
      prepared = [:]
      let code = sqlite3_close(handle)
      guard code == SQLITE_OK else { throw SQLiteError(code: code, of: handle) }
      handle = nil
    }
  }

  /// Does `work` with the open connection while other threads wait.
  private func exclusively<Result>(
    _ work: (OpaquePointer) throws -> Result
  ) throws -> Result {
    try lock.withLock {
      guard let handle else {
        throw SQLiteError(code: SQLITE_MISUSE, message: "the database is closed")
      }
      return try work(handle)
    }
  }

  /// Runs statements without values, one after the other; their rows are dropped.
  package func run(_ script: String) throws {
    try exclusively { handle in
      let code = sqlite3_exec(handle, script, nil, nil, nil)
      guard code == SQLITE_OK else { throw SQLiteError(code: code, of: handle) }
    }
  }

  /// Runs one statement with `values` for its marks, until it has no more rows or `body` returns `false`.
  ///
  /// - Parameter body: does something with a row, which is valid during the call.
  /// - Throws: `SQLiteError`, and what `body` throws.
  func step(
    _ sql: String, _ values: [SQLiteValue], _ body: (borrowing SQLiteRow) throws -> Bool
  ) throws {
    try exclusively { handle in
      let statement = try prepared.removeValue(forKey: sql) ?? SQLiteStatement(sql, handle)
      defer {
        statement.reset()
        prepared[sql] = statement
      }
      try statement.bind(values)
      while try statement.step(), try body(SQLiteRow(statement)) {}
    }
  }

  /// Does `work` in a transaction, which a thrown error rolls back.
  ///
  /// - Throws: `SQLiteError` where it cannot begin or commit, and what `work` throws.
  package func transaction<Result>(
    _ kind: Transaction, _ work: () throws -> Result
  ) throws -> Result {
    try exclusively { handle in
      try run(kind.rawValue)
      do {
        let result = try work()
        try run("COMMIT")
        return result
      } catch {
        // After some errors SQLite has rolled back by itself.
        if sqlite3_get_autocommit(handle) == 0 { try? run("ROLLBACK") }
        throw error
      }
    }
  }

  /// How many rows the last statement that writes has changed.
  package var changeCount: Int {
    get throws { try exclusively { Int(sqlite3_changes64($0)) } }
  }

  /// The number of the row that was inserted last.
  package var lastRowID: Int {
    get throws { try exclusively { Int(sqlite3_last_insert_rowid($0)) } }
  }
}
