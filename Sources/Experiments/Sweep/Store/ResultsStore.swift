import Foundation
import GRDB
import InputOutput

/// The results of a study in one SQLite file; docs/results.md describes the tables.
///
/// Every row is written in a transaction of its own together with its metrics, in write-ahead mode:
/// a process that dies at any moment leaves all rows that it had finished.
public final class ResultsStore: Sendable {
  /// The file.
  public let path: String
  let queue: DatabaseQueue
  /// The session of this process; 0 where it only reads.
  let session: Int64

  /// "Ohmw": tells our files from other SQLite files.
  static let applicationID: Int32 = 0x4F68_6D77
  static let schemaVersion = 1

  /// Opens the results of `plan` at `path`, and makes the file where it is missing.
  ///
  /// - Throws: `InputError` where the file holds something else or the results of another plan;
  ///   `RunError` where it cannot be written.
  public convenience init(path: String, plan: Plan, session: SessionRecord) throws {
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try AtomicFile.makeFolder(folder) }
    try self.init(opening: path, readonly: false, plan: plan, record: session)
  }

  /// Opens results that are there, for reading.
  ///
  /// - Throws: `InputError` where there are none.
  public convenience init(reading path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputError(path, "no such file")
    }
    try self.init(opening: path, readonly: true, plan: nil, record: nil)
  }

  private init(
    opening path: String, readonly: Bool, plan: Plan?, record: SessionRecord?
  ) throws {
    self.path = path
    // A write beyond a limit on file sizes is an error to report, not a reason to die.
    signal(SIGXFSZ, SIG_IGN)
    var configuration = Configuration()
    configuration.busyMode = .timeout(120)
    configuration.readonly = readonly
    configuration.maximumReaderCount = 1
    configuration.prepareDatabase { db in
      if !readonly {
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
      }
      try db.execute(sql: "PRAGMA cache_size = -65536")
    }
    do {
      queue = try Self.opened(path, configuration)
      if let plan, let record {
        var id: Int64 = 0
        try queue.inTransaction(.immediate) { db in
          try ResultsSchema.prepare(db, path: path, plan: plan)
          id = try record.insert(into: db, path: path)
          return .commit
        }
        session = id
      } else {
        try queue.read { db in try ResultsSchema.check(db, path: path) }
        session = 0
      }
    } catch let error as DatabaseError {
      throw Self.failure(error, path: path, readonly: readonly)
    }
  }

  /// Opens the file, and waits while another process turns a new file to write-ahead mode: SQLite
  /// answers "busy" to that at once, whatever the time-out.
  private static func opened(
    _ path: String, _ configuration: Configuration
  ) throws -> DatabaseQueue {
    for _ in 0..<500 {
      do {
        return try DatabaseQueue(path: path, configuration: configuration)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// The database's error as a sentence.
  static func failure(_ error: DatabaseError, path: String, readonly: Bool = false) -> any Error {
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return InputError(path, "is not a results database, or is damaged")
    case .SQLITE_FULL:
      return RunError(
        "cannot write \(path): the disk or its quota is full; what was finished is kept")
    case .SQLITE_IOERR:
      return RunError(
        "cannot write \(path): the disk is full or fails; what was finished is kept")
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
      return RunError(
        "cannot \(readonly ? "read" : "write") \(path): the file or its folder does not allow it")
    default:
      return RunError("cannot use \(path): \(error.message ?? "\(error.resultCode)")")
    }
  }

  /// Does `work` in a transaction that writes.
  func write<Value>(_ work: (Database) throws -> Value) throws -> Value {
    do {
      var result: Value?
      try queue.inTransaction(.immediate) { db in
        result = try work(db)
        return .commit
      }
      return result!
    } catch let error as DatabaseError {
      throw Self.failure(error, path: path)
    }
  }

  /// Does `work`, which only reads.
  func read<Value>(_ work: (Database) throws -> Value) throws -> Value {
    do { return try queue.read(work) } catch let error as DatabaseError {
      throw Self.failure(error, path: path, readonly: true)
    }
  }
}
