import Foundation
import GRDB
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

  private func record(_ finished: FinishedRow, _ plan: Plan, _ db: Database) throws {
    let columns = plan.columns.map { ", \(ResultsSchema.quoted($0.name))" }.joined()
    let marks = String(repeating: ", ?", count: plan.columns.count)
    let insert = try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO points
          ("row", point, repeat, seed, status, message, seconds, session\(columns))
          VALUES (?, ?, ?, ?, ?, ?, ?, ?\(marks))
        """)
    var message: String?
    var metrics: [Metric] = []
    switch finished.result {
    case .success(let values): metrics = values
    case .failure(let failure): message = failure.message
    }
    let row = finished.row
    var values: [(any DatabaseValueConvertible)?] = [
      row, row / plan.study.repeats, row % plan.study.repeats, Int64(plan.seed(row: row)),
      message == nil ? "done" : "failed", message, finished.seconds, session,
    ]
    for value in plan.columnValues(at: row / plan.study.repeats) {
      switch value {
      case .number(let number): values.append(number)
      case .text(let text): values.append(text)
      }
    }
    try insert.execute(arguments: StatementArguments(values))
    if db.changesCount > 0 {
      let metric = try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO metrics (metric, \"row\", value) VALUES (?, ?, ?)")
      for one in metrics {
        let id = try self.metric(one, db)
        let value: Double? = one.value.isNaN ? nil : one.value
        try metric.execute(arguments: [id, row, value])
      }
    }
    let release = try db.cachedStatement(sql: "DELETE FROM claims WHERE \"row\" = ?")
    try release.execute(arguments: [row])
  }

  /// The number of a metric's name, which is made where it is new.
  ///
  /// - Throws: `InputError` where the study has too many metrics.
  private func metric(_ metric: Metric, _ db: Database) throws -> Int64 {
    let find = try db.cachedStatement(sql: "SELECT id FROM metric_names WHERE name = ?")
    if let id = try Int64.fetchOne(find, arguments: [metric.name]) { return id }
    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM metric_names") ?? 0
    guard count < Self.largestMetricCount else {
      throw InputError(
        path, "has \(count) metrics already, '\(metric.name)' would be one more than are allowed")
    }
    try db.execute(
      sql: "INSERT INTO metric_names (name, unit) VALUES (?, ?)",
      arguments: [metric.name, metric.unit])
    return db.lastInsertedRowID
  }

  /// Forgets the points that failed, so that they run again.
  func forgetFailures() throws {
    try write { db in
      try db.execute(sql: "DELETE FROM points WHERE status = 'failed'")
      try db.execute(sql: "DELETE FROM study WHERE key = ?", arguments: [Self.finishedRows])
    }
  }

  /// Claims up to `count` of `candidates`, in their order, that nobody else has done or claimed.
  ///
  /// Claims of processes that are gone are void: of this machine at once, of others when they have
  /// not been heard of for 60 s.
  /// - Returns: what was claimed, what is done, and what others work on.
  func claim(
    _ candidates: ArraySlice<Int>, count: Int
  ) throws -> (claimed: [Int], done: [Int], elsewhere: [Int]) {
    guard let low = candidates.min(), let high = candidates.max() else { return ([], [], []) }
    return try write { db in
      let dead = try deadSessions(db)
      for id in dead {
        try db.execute(sql: "DELETE FROM claims WHERE session = ?", arguments: [id])
      }
      let there = Set(
        try Int.fetchAll(
          db, sql: "SELECT \"row\" FROM points WHERE \"row\" BETWEEN ? AND ?",
          arguments: [low, high]))
      let taken = Set(
        try Int.fetchAll(
          db, sql: "SELECT \"row\" FROM claims WHERE \"row\" BETWEEN ? AND ?",
          arguments: [low, high]))
      var result: (claimed: [Int], done: [Int], elsewhere: [Int]) = ([], [], [])
      let insert = try db.cachedStatement(
        sql: "INSERT INTO claims (\"row\", session) VALUES (?, ?)")
      for row in candidates {
        if there.contains(row) {
          result.done.append(row)
        } else if taken.contains(row) {
          result.elsewhere.append(row)
        } else if result.claimed.count < count {
          result.claimed.append(row)
          try insert.execute(arguments: [row, session])
        }
      }
      try beat(db)
      return result
    }
  }

  private func deadSessions(_ db: Database) throws -> [Int64] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT id, heartbeat, host, process, process_start FROM sessions
          WHERE id <> ? AND id IN (SELECT DISTINCT session FROM claims)
        """, arguments: [session]
    ).compactMap { row in
      try SessionRecord.isAlive(row) ? nil : row.value("id", as: Int64.self)
    }
  }

  /// Says that this process is still there.
  func beat() throws { try write { db in try beat(db) } }

  private func beat(_ db: Database) throws {
    let statement = try db.cachedStatement(sql: "UPDATE sessions SET heartbeat = ? WHERE id = ?")
    try statement.execute(arguments: [Date().timeIntervalSince1970, session])
  }

  /// Ends the session: releases its claims, stores how many rows are finished, and moves the
  /// write-ahead log into the file, which can be copied alone from then on.
  ///
  /// - Throws: `RunError` where the log cannot be moved.
  package func end() throws {
    try write { db in
      try db.execute(sql: "DELETE FROM claims WHERE session = ?", arguments: [session])
      try db.execute(
        sql: "UPDATE sessions SET ended = ? WHERE id = ?",
        arguments: [Date().ISO8601Format(), session])
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO study (key, value)
            VALUES (?, (SELECT CAST(count(*) AS TEXT) FROM points))
          """, arguments: [Self.finishedRows])
    }
    do { try WriteAheadLog.settle(queue, path: path) } catch {
      throw Self.failure(error, path: path)
    }
  }

  /// Closes the file. Where another process ended first, this one removes the write-ahead log.
  package func close() throws {
    if session != 0 { try? WriteAheadLog.settle(queue, path: path) }
    try queue.close()
    guard session != 0 else { return }
    // Two processes that end at the same moment may each see the other, so that neither removes the log.
    for _ in 0..<8 {
      guard WriteAheadLog.isInUse(path) else { return }
      Thread.sleep(forTimeInterval: 0.025)
      guard let again = try? DatabaseQueue(path: Self.plainPath(path)) else { continue }
      try? WriteAheadLog.settle(again, path: path)
      try? again.close()
    }
  }

  /// The key of the table `study` with the number of rows at the end of the last session.
  private static let finishedRows = "finished-rows"

  /// Refuses to read a file with fewer rows than the last session that ended stored. A sweep, which
  /// runs the missing rows, opens it.
  ///
  /// - Throws: `InputError` where rows are missing.
  func checkRowCount(_ db: Database, _ count: Int) throws {
    guard session == 0 else { return }
    let text = try String.fetchOne(
      db, sql: "SELECT value FROM study WHERE key = ?", arguments: [Self.finishedRows])
    guard let text, let stored = Int(text), count < stored else { return }
    throw InputError(
      path, "holds \(count) rows although \(stored) were finished: it is damaged or not whole")
  }

  /// How long all rows took by themselves, in seconds.
  package func secondsOfRows() throws -> Double {
    try read { db in try Double.fetchOne(db, sql: "SELECT sum(seconds) FROM points") ?? 0 }
  }

  /// How many rows are there, and how many of them failed.
  func counts() throws -> (done: Int, failed: Int) {
    try read { db in
      func count(_ table: String) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
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
      let cursor = try Int.fetchCursor(db, sql: "SELECT \"row\" FROM points")
      while let row = try cursor.next() {
        guard rows.indices.contains(row) else { continue }
        rows[row] = true
        done += 1
      }
      try checkRowCount(db, done)
      let failed =
        try Int.fetchOne(db, sql: "SELECT count(*) FROM points WHERE status = 'failed'") ?? 0
      return (rows, done, failed)
    }
  }
}
