import GRDB
import Reporting

extension ResultsStore {
  /// Whether the file holds results of `plan`, begun by this version from files of the same content.
  ///
  /// - Parameter files: what the runs read.
  /// - Throws: `InputError` where a file cannot be read, or the results are damaged.
  func isCurrent(_ plan: Plan, files: [String]) throws -> Bool {
    let record = try SessionRecord(threads: 1, shard: "", files: files)
    return try read { db in
      let identity = try String.fetchOne(db, sql: "SELECT value FROM study WHERE key = 'plan'")
      let versions = try String.fetchAll(db, sql: "SELECT DISTINCT version FROM sessions")
      guard identity == plan.identity, versions == [Version.current] else { return false }
      for (path, checksum) in record.files {
        let old = try String.fetchOne(
          db, sql: "SELECT sha256 FROM files WHERE path = ?", arguments: [path])
        guard old == checksum else { return false }
      }
      return true
    }
  }
}
