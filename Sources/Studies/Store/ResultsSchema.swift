import Foundation
import InputOutput
import LinearAlgebra
import Reporting

/// The tables of a results file.
enum ResultsSchema {
  /// Creates the tables in a new file and compares those of an old one with `plan` and with the
  /// `ArithmeticMode` of the rows to come.
  static func prepare(_ db: SQLiteConnection, path: String, plan: Plan, arithmetic: String) throws {
    let tables = try db.first("SELECT count(*) FROM sqlite_master", as: Int.self) ?? 0
    if tables == 0 {
      try create(db, plan: plan, arithmetic: arithmetic)
      return
    }
    try check(db, path: path)
    let identity = try db.first(
      "SELECT value FROM study WHERE key = 'plan'", as: String.self)
    guard identity == plan.identity else {
      let title =
        try db.first("SELECT value FROM study WHERE key = 'title'", as: String.self) ?? ""
      throw InputError(
        path, "holds results of another plan ('\(title)'), another --output is expected")
    }
    let begun = try Self.arithmetic(db)
    guard begun == arithmetic else { throw RunFile.arithmeticRefusal(path, begun: begun) }
  }

  /// The `ArithmeticMode` of the rows; results of versions without portable arithmetic do not name it.
  static func arithmetic(_ db: SQLiteConnection) throws -> String {
    try db.first(
      "SELECT value FROM study WHERE key = ?", [.text(RunFile.arithmeticKey)], as: String.self)
      ?? ArithmeticMode.native.rawValue
  }

  /// Checks that the file is a results file of this version with exactly its tables.
  ///
  /// A file from somebody else may hold views that never end, triggers, or tables of another form: nothing
  /// of it is read before this.
  /// - Throws: `InputError` where anything is missing, different or additional.
  static func check(_ db: SQLiteConnection, path: String) throws {
    let id = try db.first("PRAGMA application_id", as: Int.self)
    guard id == ResultsStore.applicationID else {
      throw InputError(path, "is a database, but not of results of a study")
    }
    let version = try db.first("PRAGMA user_version", as: Int.self) ?? 0
    guard version == ResultsStore.schemaVersion else {
      throw InputError(
        path, "has version \(version) of the tables, \(ResultsStore.schemaVersion) is expected")
    }
    var missing = Set(fixed.map(words))
    var hasPoints = false
    try db.forEach("SELECT type, name, sql FROM sqlite_master") { object in
      let type = try object.value(0, as: String.self)
      let name = try object.value(1, as: String.self)
      let text = try object.optional(2, as: String.self)
      // The index of a primary key or of a unique column has no text.
      if text == nil && type == "index" && name.hasPrefix("sqlite_autoindex_") { return }
      let sql = words(text ?? "")
      if missing.remove(sql) != nil { return }
      guard type == "table", !hasPoints, isPoints(sql) else {
        throw InputError(
          path, "the \(type) '\(name.prefix(60))' is not one that the results of a study have")
      }
      hasPoints = true
    }
    guard missing.isEmpty, hasPoints else {
      throw InputError(path, "lacks tables that results of a study have")
    }
  }

  /// The statements that create what all results have.
  private static let fixed = [
    "CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """
    CREATE TABLE sessions (id INTEGER PRIMARY KEY, started TEXT NOT NULL, heartbeat REAL NOT NULL,
      ended TEXT, host TEXT NOT NULL, process INTEGER NOT NULL, process_start TEXT NOT NULL,
      version TEXT NOT NULL, commit_id TEXT NOT NULL, threads INTEGER NOT NULL,
      shard TEXT NOT NULL)
    """,
    "CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL)",
    "CREATE INDEX failures ON points (\"row\") WHERE status = 'failed'",
    """
    CREATE TABLE metric_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
      unit TEXT NOT NULL)
    """,
    """
    CREATE TABLE metrics (metric INTEGER NOT NULL, "row" INTEGER NOT NULL, value REAL,
      PRIMARY KEY (metric, "row")) WITHOUT ROWID
    """,
    "CREATE TABLE claims (\"row\" INTEGER PRIMARY KEY, session INTEGER NOT NULL)",
    """
    CREATE VIEW metric_values AS SELECT p."row", p.point, p.repeat, n.name, m.value, n.unit
      FROM metrics m JOIN points p ON p."row" = m."row" JOIN metric_names n ON n.id = m.metric
    """,
  ]

  /// The table of the rows up to the columns of the plan.
  private static let points = """
    CREATE TABLE points ("row" INTEGER PRIMARY KEY, point INTEGER NOT NULL,
      repeat INTEGER NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, message TEXT,
      seconds REAL, session INTEGER NOT NULL
    """

  /// `sql` with single spaces.
  private static func words(_ sql: String) -> String {
    sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Whether `sql` creates the table of the rows: its fixed columns, and named columns of numbers or
  /// texts, with neither defaults nor constraints nor formulas.
  private static func isPoints(_ sql: String) -> Bool {
    let head = words(points)
    guard sql.hasPrefix(head), sql.hasSuffix(")") else { return false }
    var rest = sql.dropFirst(head.count).dropLast()
    while !rest.isEmpty {
      guard rest.hasPrefix(", \"") else { return false }
      rest = rest.dropFirst(3)
      // A doubled quotation mark belongs to the name.
      while let mark = rest.firstIndex(of: "\"") {
        rest = rest[rest.index(after: mark)...]
        guard rest.first == "\"" else { break }
        rest = rest.dropFirst()
      }
      guard rest.hasPrefix(" REAL") || rest.hasPrefix(" TEXT") else { return false }
      rest = rest.dropFirst(5)
    }
    return true
  }

  private static func create(_ db: SQLiteConnection, plan: Plan, arithmetic: String) throws {
    try db.run("PRAGMA application_id = \(ResultsStore.applicationID)")
    try db.run("PRAGMA user_version = \(ResultsStore.schemaVersion)")
    let columns = plan.columns.map { ", \(quoted($0.name)) \($0.isNumeric ? "REAL" : "TEXT")" }
    try db.run(points + columns.joined() + ")")
    for statement in fixed { try db.run(statement) }
    let facts = [
      ("plan", plan.identity), ("plan-text", plan.description), ("title", plan.study.title),
      ("job", plan.study.job.name), ("study-file", plan.study.text), ("path", plan.study.path),
      ("seed", "\(plan.study.seed)"), ("points", "\(plan.pointCount)"),
      ("repeats", "\(plan.study.repeats)"), (RunFile.arithmeticKey, arithmetic),
    ]
    for (key, value) in facts {
      try db.execute("INSERT INTO study (key, value) VALUES (?, ?)", [.text(key), .text(value)])
    }
  }

  /// A name as SQL takes it.
  static func quoted(_ name: String) -> String {
    "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
