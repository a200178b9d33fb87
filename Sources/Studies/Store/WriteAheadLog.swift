import CSQLite
import Foundation
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
  static func begin(_ db: SQLiteConnection) throws {
    try whileBusy(attempts: 500) {
      try db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
  }

  /// Repeats `work` every 20 ms while it finds the database busy.
  static func whileBusy<Value>(attempts: Int, _ work: () throws -> Value) throws -> Value {
    for _ in 1..<attempts {
      do { return try work() } catch let error as SQLiteError
        where error.code == SQLITE_BUSY || error.code == SQLITE_LOCKED
      {
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
    return try work()
  }

  /// Moves the log into the file and, where no other process has the file open, removes the log.
  ///
  /// - Throws: `RunError` where another program reads the file for so long that rows stay in the log.
  static func settle(_ db: SQLiteConnection, path: String) throws {
    try db.run("PRAGMA busy_timeout = 10000")
    // The checkpoint: whether it was stopped, the pages of the log, and those moved into the file.
    let isMoved = try db.first("PRAGMA wal_checkpoint(TRUNCATE)") { row in
      try row.value(0, as: Int.self) == 0
        || row.value(1, as: Int.self) == row.value(2, as: Int.self)
    }
    guard isMoved ?? true else {
      throw RunError(
        "the last rows are still in \(Self.path(of: path)), because another program reads "
          + "\(path): --resume moves them into the file when that program has ended")
    }
    // Refused while another process has the file open; the last one to end succeeds.
    try? whileBusy(attempts: 5) { try db.run("PRAGMA journal_mode = DELETE") }
  }

  /// Refuses a file whose log is missing: one that was copied without it while a process worked on the
  /// study, or after that process was killed.
  ///
  /// - Throws: `InputError` where a session of `db` did not end, its process is gone, the file says that
  ///   it has a log, and there is none.
  static func check(_ db: SQLiteConnection, path: String) throws {
    guard isInUse(path), !exists(path) else { return }
    var isOpen = false
    try db.forEach(
      "SELECT \(SessionRecord.signsOfLife) FROM sessions WHERE ended IS NULL"
    ) { session in isOpen = try isOpen || !SessionRecord.isAlive(session) }
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
