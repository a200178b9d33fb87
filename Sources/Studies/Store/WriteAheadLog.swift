import Foundation
import GRDB
import InputOutput

/// The write-ahead log beside a results file, `NAME-wal`, in which SQLite keeps rows until it moves
/// them into the file.
///
/// A process that works on a study keeps the log; one that ends moves the log into the file and
/// removes it, so that the file alone can be copied.
enum WriteAheadLog {
  /// The log's file.
  static func path(of database: String) -> String { database + "-wal" }

  /// Turns the log on. SQLite reports "busy" at once, whatever the time-out, while another process
  /// turns it on or off; this waits.
  static func begin(_ queue: DatabaseQueue) throws {
    try whileBusy(attempts: 500) {
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
      }
    }
  }

  /// Repeats `work` every 20 ms while it finds the database busy.
  static func whileBusy<Value>(attempts: Int, _ work: () throws -> Value) throws -> Value {
    for _ in 1..<attempts {
      do { return try work() } catch let error as DatabaseError
        where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
      {
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
    return try work()
  }

  /// Moves the log into the file and, where no other process has the file open, removes the log.
  ///
  /// - Throws: `RunError` where another program reads the file for so long that rows stay in the log.
  static func settle(_ queue: DatabaseQueue, path: String) throws {
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA busy_timeout = 10000")
      // The checkpoint: whether it was stopped, the pages of the log, and those moved into the file.
      let moved = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      let numbers = moved?.databaseValues.compactMap { Int.fromDatabaseValue($0) } ?? []
      guard numbers.count != 3 || numbers[0] == 0 || numbers[1] == numbers[2] else {
        throw RunError(
          "the last rows are still in \(Self.path(of: path)), because another program reads "
            + "\(path): --resume moves them into the file when that program has ended")
      }
    }
    // Refused while another process has the file open; the last one to end succeeds.
    _ = try? whileBusy(attempts: 5) {
      try queue.writeWithoutTransaction { db in
        _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE")
      }
    }
  }

  /// Refuses a file whose log is missing: one that was copied without it while a process worked on the
  /// study, or after that process was killed.
  ///
  /// - Throws: `InputError` where a session of `db` did not end, its process is gone, the file says that
  ///   it has a log, and there is none.
  static func check(_ db: Database, path: String) throws {
    guard isInUse(path), !exists(path) else { return }
    let isOpen = try Row.fetchAll(
      db, sql: "SELECT host, process, process_start, heartbeat FROM sessions WHERE ended IS NULL"
    ).contains { try !SessionRecord.isAlive($0) }
    guard isOpen else { return }
    throw InputError(
      path,
      "lacks its write-ahead log \((Self.path(of: path) as NSString).lastPathComponent), which may "
        + "hold its last rows: copy both files, or run the missing rows with 'sweep --resume'")
  }

  /// Whether the file at `path` says in its header that it has a log.
  static func isInUse(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    guard let header = try? handle.read(upToCount: 20), header.count == 20 else { return false }
    return header[18] == 2 || header[19] == 2
  }

  /// Whether there is a log with something in it.
  static func exists(_ path: String) -> Bool {
    let log = try? FileManager.default.attributesOfItem(atPath: Self.path(of: path))
    return (log?[.size] as? Int ?? 0) > 0
  }
}
