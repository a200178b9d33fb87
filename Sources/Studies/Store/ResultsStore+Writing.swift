import InputOutput
import Reporting

/// One finished row.
package struct FinishedRow: Sendable {
  package var row: Int
  /// The metrics, or why there are none.
  package var result: Result<[Metric], PointFailure>
  package var seconds: Double

  package init(row: Int, result: Result<[Metric], PointFailure>, seconds: Double) {
    self.row = row
    self.result = result
    self.seconds = seconds
  }
}

/// Why a point has no metrics, in one sentence.
package struct PointFailure: Error, Sendable {
  package var message: String
}

extension ResultsStore {
  /// Writes finished rows with their metrics and gives up the claims on them, in one transaction.
  package func record(_ rows: [FinishedRow], plan: Plan) throws {
    try write { db in for finished in rows { try record(finished, plan, db) } }
  }

  private func record(_ finished: FinishedRow, _ plan: Plan, _ db: SQLiteConnection) throws {
    let columns = plan.columns.map { ", \(ResultsSchema.quoted($0.name))" }.joined()
    let marks = String(repeating: ", ?", count: plan.columns.count)
    var message: String?
    var metrics: [Metric] = []
    switch finished.result {
    case .success(let values): metrics = values
    case .failure(let failure): message = failure.message
    }
    let row = finished.row
    var values: [SQLiteValue] = [
      .integer(row), .integer(row / plan.study.repeats), .integer(row % plan.study.repeats),
      .integer(Int(plan.seed(row: row))), .text(message == nil ? "done" : "failed"),
      message.map(SQLiteValue.text) ?? .null, .number(finished.seconds), .integer(session),
    ]
    for value in plan.columnValues(at: row / plan.study.repeats) {
      switch value {
      case .number(let number): values.append(.number(number))
      case .text(let text): values.append(.text(text))
      }
    }
    try db.execute(
      """
      INSERT OR IGNORE INTO points
        ("row", point, repeat, seed, status, message, seconds, session\(columns))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?\(marks))
      """, values)
    if try db.changeCount > 0 {
      for one in metrics {
        try db.execute(
          "INSERT OR REPLACE INTO metrics (metric, \"row\", value) VALUES (?, ?, ?)",
          [
            .integer(try metric(one, db)), .integer(row),
            one.value.isNaN ? .null : .number(one.value),
          ])
      }
    }
    try db.execute("DELETE FROM claims WHERE \"row\" = ?", [.integer(row)])
  }

  /// The number of a metric's name, which is made where it is new.
  ///
  /// - Throws: `InputError` where the study has too many metrics.
  private func metric(_ metric: Metric, _ db: SQLiteConnection) throws -> Int {
    let id = try db.first(
      "SELECT id FROM metric_names WHERE name = ?", [.text(metric.name)], as: Int.self)
    if let id { return id }
    let count = try db.first("SELECT count(*) FROM metric_names", as: Int.self) ?? 0
    guard count < Self.largestMetricCount else {
      throw InputError(
        path, "has \(count) metrics already, '\(metric.name)' would be one more than are allowed")
    }
    try db.execute(
      "INSERT INTO metric_names (name, unit) VALUES (?, ?)",
      [.text(metric.name), .text(metric.unit)])
    return try db.lastRowID
  }

  /// Forgets the points that failed, so that they run again.
  func forgetFailures() throws {
    try write { db in
      try db.execute("DELETE FROM points WHERE status = 'failed'")
      try db.execute("DELETE FROM study WHERE key = ?", [.text(Self.finishedRows)])
    }
  }

  /// The key of the table `study` with the number of rows at the end of the last session.
  static let finishedRows = "finished-rows"

  /// Refuses to read a file with fewer rows than the last session that ended stored. A sweep, which
  /// runs the missing rows, opens it.
  ///
  /// - Throws: `InputError` where rows are missing.
  func checkRowCount(_ db: SQLiteConnection, _ count: Int) throws {
    guard session == 0 else { return }
    let text = try db.first(
      "SELECT value FROM study WHERE key = ?", [.text(Self.finishedRows)], as: String.self)
    guard let text, let stored = Int(text), count < stored else { return }
    throw InputError(
      path, "holds \(count) rows although \(stored) were finished: it is damaged or not whole")
  }

  /// How long all rows took by themselves, in seconds.
  package func secondsOfRows() throws -> Double {
    try read { db in try db.first("SELECT sum(seconds) FROM points", as: Double.self) ?? 0 }
  }

  /// How many rows are there, and how many of them failed.
  func counts() throws -> (done: Int, failed: Int) {
    try read { db in
      func count(_ table: String) throws -> Int {
        try db.first("SELECT count(*) FROM \(table)", as: Int.self) ?? 0
      }
      let done = try count("points")
      try checkRowCount(db, done)
      return (done, try count("points WHERE status = 'failed'"))
    }
  }

  /// Which of the plan's rows are there, and how many of them failed.
  func present(rowCount: Int) throws -> (rows: [Bool], done: Int, failed: Int) {
    try read { db in
      var rows = [Bool](repeating: false, count: rowCount)
      var done = 0
      try db.forEach("SELECT \"row\" FROM points") { found in
        let row = try found.value(0, as: Int.self)
        guard rows.indices.contains(row) else { return }
        rows[row] = true
        done += 1
      }
      try checkRowCount(db, done)
      let failed =
        try db.first("SELECT count(*) FROM points WHERE status = 'failed'", as: Int.self) ?? 0
      return (rows, done, failed)
    }
  }
}
