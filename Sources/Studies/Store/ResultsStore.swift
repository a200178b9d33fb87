import CSQLite
import Foundation
import InputOutput

/// The results of a study in one SQLite file; docs/results.md describes the tables.
///
/// Every row is written in a transaction of its own together with its metrics, in write-ahead mode:
/// a process that dies at any moment leaves all rows that it had finished. `end` moves the log into
/// the file.
public final class ResultsStore: Sendable {
  /// The file.
  public let path: String
  let connection: SQLiteConnection
  private let distrust = UntrustedDatabase()
  /// The session of this process; 0 where it only reads.
  let session: Int

  /// "Ohmw": distinguishes results from other SQLite files.
  static let applicationID = 0x4F68_6D77
  static let schemaVersion = 1

  /// Opens the results of `plan` at `path`, and creates the file if it is missing.
  ///
  /// - Throws: `InputError` where the file holds something else or the results of another plan;
  ///   `RunError` where it cannot be written.
  public convenience init(path: String, plan: Plan, session: SessionRecord) throws {
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try AtomicFile.makeFolder(folder) }
    try self.init(opening: path, readonly: false, plan: plan, record: session)
  }

  /// Opens existing results for reading.
  ///
  /// - Throws: `InputError` where the file is missing, holds something else, or lacks its write-ahead
  ///   log.
  public convenience init(reading path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputError(path, "no such file")
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw InputError(path, "is a folder, a pipe or a device, a results database is expected")
    }
    try self.init(opening: path, readonly: true, plan: nil, record: nil)
  }

  private init(
    opening path: String, readonly: Bool, plan: Plan?, record: SessionRecord?
  ) throws {
    self.path = path
    do {
      let connection = try WriteAheadLog.whileBusy(attempts: 500) { [distrust] in
        let connection = try SQLiteConnection(
          path: path, readonly: readonly, busySeconds: 120, distrust: distrust)
        try connection.run("PRAGMA cache_size = -65536")
        return connection
      }
      self.connection = connection
      if let plan, let record {
        // The session goes into the file itself before the log begins: a copy of the file without its
        // log shows a session that did not end.
        session = try WriteAheadLog.whileBusy(attempts: 500) {
          try connection.transaction(.immediate) {
            try ResultsSchema.prepare(
              connection, path: path, plan: plan, arithmetic: record.arithmetic)
            return try record.insert(into: connection, path: path)
          }
        }
        try WriteAheadLog.begin(connection)
      } else {
        session = 0
        try read { db in
          try ResultsSchema.check(db, path: path)
          try WriteAheadLog.check(db, path: path)
        }
      }
    } catch {
      throw Self.failure(error, path: path, readonly: readonly)
    }
  }

  /// A database error as a sentence; other errors as they are.
  static func failure(_ error: any Error, path: String, readonly: Bool = false) -> any Error {
    if let error = error as? UnreadableValue {
      return InputError(path, "is damaged: a value of '\(error.column)' has another type")
    }
    guard let error = error as? SQLiteError else { return error }
    switch error.code {
    case SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_FORMAT:
      return InputError(path, "is not a results database, or is damaged")
    case SQLITE_INTERRUPT:
      return InputError(path, "is damaged: it needs more work than the results it can hold")
    case SQLITE_TOOBIG:
      return InputError(path, "is damaged: a value is longer than 64 MiB")
    case SQLITE_ERROR where readonly, SQLITE_MISMATCH where readonly:
      return InputError(path, "is damaged: \(error.message)")
    case SQLITE_FULL:
      return RunError(
        "cannot write \(path): the disk or its quota is full; finished rows are kept")
    case SQLITE_IOERR where !FileManager.default.fileExists(atPath: path):
      return RunError("cannot write \(path): the file was moved or removed during the run")
    case SQLITE_IOERR:
      return RunError(
        "cannot write \(path): the disk is full or fails; finished rows are kept")
    case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM:
      return RunError(
        "cannot \(readonly ? "read" : "write") \(path): the file or its folder does not allow it")
    default:
      return RunError("cannot use \(path): \(error.message)")
    }
  }

  /// Does `work` in a transaction that writes.
  func write<Value>(_ work: (SQLiteConnection) throws -> Value) throws -> Value {
    do { return try connection.transaction(.immediate) { try work(connection) } } catch {
      throw Self.failure(error, path: path)
    }
  }

  /// Does `work`, which only reads.
  ///
  /// - Throws: `InputError` where the file is damaged or costs more than results of its size can.
  func read<Value>(_ work: (SQLiteConnection) throws -> Value) throws -> Value {
    if session == 0 {
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      let log =
        try? FileManager.default.attributesOfItem(
          atPath: WriteAheadLog.path(of: path))[.size] as? Int
      distrust.limit(bytes: (size ?? 0) + (log ?? 0))
    }
    defer { distrust.lift() }
    do { return try connection.transaction(.deferred) { try work(connection) } } catch {
      throw Self.failure(error, path: path, readonly: session == 0)
    }
  }
}
