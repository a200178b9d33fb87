import Reporting

extension ResultsStore {
  /// Whether the file holds results of `plan`, begun by this version from files of the same content.
  ///
  /// - Parameter files: what the runs read.
  /// - Throws: `InputError` where a file cannot be read, or the results are damaged.
  func isCurrent(_ plan: Plan, files: [String]) throws -> Bool {
    let record = try SessionRecord(threads: 1, shard: "", files: files)
    return try read { db in
      let identity = try db.first(
        "SELECT value FROM study WHERE key = 'plan'", as: String.self)
      let versions = try db.all("SELECT DISTINCT version FROM sessions", as: String.self)
      guard identity == plan.identity, versions == [Version.current] else { return false }
      for (path, checksum) in record.files {
        let old = try db.first(
          "SELECT sha256 FROM files WHERE path = ?", [.text(path)], as: String.self)
        guard old == checksum else { return false }
      }
      return true
    }
  }
}
