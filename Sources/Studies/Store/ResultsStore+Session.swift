import Foundation

/// The life of a session, from its claims on rows to the closing of the file.
extension ResultsStore {
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
        try db.execute("DELETE FROM claims WHERE session = ?", [.integer(id)])
      }
      let range: [SQLiteValue] = [.integer(low), .integer(high)]
      let there = Set(
        try db.all(
          "SELECT \"row\" FROM points WHERE \"row\" BETWEEN ? AND ?", range, as: Int.self))
      let taken = Set(
        try db.all(
          "SELECT \"row\" FROM claims WHERE \"row\" BETWEEN ? AND ?", range, as: Int.self))
      var result: (claimed: [Int], done: [Int], elsewhere: [Int]) = ([], [], [])
      for row in candidates {
        if there.contains(row) {
          result.done.append(row)
        } else if taken.contains(row) {
          result.elsewhere.append(row)
        } else if result.claimed.count < count {
          result.claimed.append(row)
          try db.execute(
            "INSERT INTO claims (\"row\", session) VALUES (?, ?)",
            [.integer(row), .integer(session)])
        }
      }
      try beat(db)
      return result
    }
  }

  private func deadSessions(_ db: SQLiteConnection) throws -> [Int] {
    try db.all(
      """
      SELECT \(SessionRecord.signsOfLife), id FROM sessions
        WHERE id <> ? AND id IN (SELECT DISTINCT session FROM claims)
      """, [.integer(session)]
    ) { row in
      try SessionRecord.isAlive(row) ? nil : row.value(SessionRecord.signCount, as: Int.self)
    }.compactMap { $0 }
  }

  /// Says that this process is still there.
  func beat() throws { try write { db in try beat(db) } }

  private func beat(_ db: SQLiteConnection) throws {
    try db.execute(
      "UPDATE sessions SET heartbeat = ? WHERE id = ?",
      [.number(Date().timeIntervalSince1970), .integer(session)])
  }

  /// Ends the session: releases its claims, stores how many rows are finished, and moves the
  /// write-ahead log into the file, which can be copied alone from then on.
  ///
  /// - Throws: `RunError` where the log cannot be moved.
  package func end() throws {
    try write { db in
      try db.execute("DELETE FROM claims WHERE session = ?", [.integer(session)])
      try db.execute(
        "UPDATE sessions SET ended = ? WHERE id = ?",
        [.text(Date().ISO8601Format()), .integer(session)])
      try db.execute(
        """
        INSERT OR REPLACE INTO study (key, value)
          VALUES (?, (SELECT CAST(count(*) AS TEXT) FROM points))
        """, [.text(Self.finishedRows)])
    }
    do { try WriteAheadLog.settle(connection, path: path) } catch {
      throw Self.failure(error, path: path)
    }
  }

  /// Closes the file. Where another process ended first, this one removes the write-ahead log.
  package func close() throws {
    if session != 0 { try? WriteAheadLog.settle(connection, path: path) }
    try connection.close()
    guard session != 0 else { return }
    // Two processes that end at the same moment may each see the other, so that neither removes the log.
    for _ in 0..<8 {
      guard WriteAheadLog.isInUse(path) else { return }
      Thread.sleep(forTimeInterval: 0.025)
      guard let again = try? SQLiteConnection(path: path) else { continue }
      try? WriteAheadLog.settle(again, path: path)
      try? again.close()
    }
  }
}
