import CSQLite
import Foundation
import Studies
import TestSupport
import Testing

/// What the store of results relies on: values, transactions, errors and threads.
@Suite struct SQLiteConnectionTests {
  private let scratch: ScratchFolder
  private let db: SQLiteConnection
  private var path: String { scratch.path + "/t.sqlite" }

  init() throws {
    scratch = try ScratchFolder()
    db = try SQLiteConnection(path: scratch.path + "/t.sqlite")
    try db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE u (w TEXT NOT NULL)")
  }

  /// The primary code of the error that `work` throws; `nil` where it throws none.
  private func code(_ work: () throws -> Void) throws -> Int32? {
    do { try work() } catch let error as SQLiteError {
      #expect(!error.message.isEmpty)
      return error.code
    }
    return nil
  }

  @Test("values come back as they were bound, and are never read as SQL")
  func values() throws {
    let texts = [
      "", "'); DROP TABLE t; --", "Ω \u{1F9EA} \"?\"\n", String(repeating: "é", count: 99),
    ]
    let values: [SQLiteValue] =
      [
        .null, .integer(.min), .integer(.max), .number(-0.1), .number(.leastNonzeroMagnitude),
        .number(.infinity),
      ]
      + texts.map(SQLiteValue.text)
    for (row, value) in values.enumerated() {
      try db.execute("INSERT INTO t VALUES (?, ?)", [.integer(row), value])
      #expect(try db.lastRowID == row)
    }
    #expect(try db.all("SELECT v FROM t ORDER BY id", as: SQLiteValue.self) == values)
    let word = try db.first("SELECT v FROM t WHERE v = ?", [.text(texts[1])], as: String.self)
    #expect(word == texts[1])
    #expect(try db.first("SELECT v FROM t WHERE id = 0", as: Int.self) == nil)
    #expect(try db.first("SELECT v FROM t WHERE id = 99", as: Int.self) == nil)
    try db.execute("UPDATE t SET v = 1 WHERE id < ?", [.integer(3)])
    #expect(try db.changeCount == 3)
    try db.execute("INSERT OR IGNORE INTO t VALUES (0, 0)")
    #expect(try db.changeCount == 0)
  }

  @Test(
    "a value of another type is an error with the name of its column",
    arguments: [
      "'x'", "1.5", "NULL", "x'41'", "CAST(x'ff' AS TEXT)", "CAST(x'c0af' AS TEXT)",
      "char(65, 0, 66)",
    ])
  func types(sql: String) throws {
    let query = "SELECT \(sql) AS place"
    let isUnreadable = #expect(throws: UnreadableValue.self) { try db.all(query, as: Int.self) }
    #expect(isUnreadable?.column == "place")
    // A text is one only where it is UTF-8 without NUL.
    if sql == "'x'" {
      #expect(try db.all(query, as: String.self) == ["x"])
    } else {
      #expect(throws: UnreadableValue.self) { try db.all(query, as: String.self) }
    }
    if sql == "1.5" {
      #expect(try db.all(query, as: Double.self) == [1.5])
    } else {
      #expect(throws: UnreadableValue.self) { try db.all(query, as: Double.self) }
    }
  }

  @Test("a transaction leaves all or nothing, and the connection usable")
  func transactions() throws {
    struct Stop: Error {}
    for kind in [SQLiteConnection.Transaction.deferred, .immediate] {
      #expect(throws: Stop.self) {
        try db.transaction(kind) {
          try db.execute("INSERT INTO t VALUES (1, 1)")
          try db.forEach("SELECT id FROM t") { _ in throw Stop() }
        }
      }
      let constraint = try code {
        try db.transaction(kind) {
          try db.execute("INSERT INTO t VALUES (2, 2)")
          try db.execute("INSERT INTO u VALUES (?)", [.null])
        }
      }
      #expect(constraint == SQLITE_CONSTRAINT)
      #expect(try db.first("SELECT count(*) FROM t", as: Int.self) == 0)
    }
    let sum = try db.transaction(.immediate) {
      for row in 1...3 { try db.execute("INSERT INTO t VALUES (?, 1)", [.integer(row)]) }
      // A statement that runs inside itself has rows of its own.
      var pairs = 0
      try db.forEach("SELECT id FROM t") { _ in
        try db.forEach("SELECT id FROM t") { _ in pairs += 1 }
      }
      return pairs
    }
    #expect(sum == 9)
    let other = try SQLiteConnection(path: path, readonly: true)
    #expect(try other.all("SELECT id FROM t ORDER BY id", as: Int.self) == [1, 2, 3])
  }

  @Test("what is wrong with a statement, a connection or a file has its code")
  func errors() throws {
    #expect(try code { try db.execute("SELECT ?") } == SQLITE_RANGE)
    #expect(try code { try db.execute("SELECT 1", [.null]) } == SQLITE_RANGE)
    #expect(try code { try db.execute("SELECT 1; SELECT 2") } == SQLITE_MISUSE)
    #expect(try code { try db.execute("") } == SQLITE_MISUSE)
    #expect(try code { try db.execute("SELEC 1") } == SQLITE_ERROR)
    // In double quotes stand names, not texts.
    #expect(try code { try db.execute("SELECT \"none\" FROM t") } == SQLITE_ERROR)
    #expect(
      try code { try db.execute("INSERT INTO u VALUES (?)", [.text("a\0b")]) } == SQLITE_MISMATCH)
    let reader = try SQLiteConnection(path: path, readonly: true)
    #expect(try code { try reader.run("DELETE FROM t") } == SQLITE_READONLY)
    let other = try SQLiteConnection(path: path)
    let busy = try db.transaction(.immediate) { try code { try other.transaction(.immediate) {} } }
    #expect(busy == SQLITE_BUSY)
    #expect(try code { try other.transaction(.immediate) {} } == nil)
    try other.close()
    try other.close()
    #expect(try code { try other.run("SELECT 1") } == SQLITE_MISUSE)
    try Data(repeating: 65, count: 4096).write(to: URL(filePath: scratch.path + "/no.sqlite"))
    let foreign = try code { _ = try SQLiteConnection(path: scratch.path + "/no.sqlite") }
    #expect(foreign == SQLITE_NOTADB)
    let missing = try code { _ = try SQLiteConnection(path: scratch.path + "/none/t.sqlite") }
    #expect(missing == SQLITE_CANTOPEN)
  }

  @Test("threads on one connection exclude each other for whole transactions")
  func threads() throws {
    try db.run("PRAGMA synchronous = OFF; INSERT INTO t VALUES (1, 0)")
    DispatchQueue.concurrentPerform(iterations: 8) { [db] _ in
      for _ in 0..<50 {
        try? db.transaction(.immediate) {
          let old = try db.first("SELECT v FROM t WHERE id = 1", as: Int.self) ?? 0
          try db.execute("UPDATE t SET v = ? WHERE id = 1", [.integer(old + 1)])
        }
      }
    }
    #expect(try db.first("SELECT v FROM t", as: Int.self) == 400)
  }
}
