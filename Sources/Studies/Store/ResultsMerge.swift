import Foundation
import InputOutput
import Reporting

/// Joins the databases of a study's parts.
public enum ResultsMerge {
  /// Copies the rows of `parts` into the results of the study in `folder`, which is made if it is missing.
  ///
  /// Rows that two parts have in common must be equal; a failed row is replaced by one that did not
  /// fail.
  /// - Parameter jobs: the jobs that a study may name.
  /// - Returns: how many rows are there, of how many.
  /// - Throws: `InputError` where a part belongs to another plan, contradicts the rest, lacks its
  ///   write-ahead log or rows, or is damaged, and where the folder is not that of a study.
  public static func merge(
    _ parts: [String], into folder: String, overwrites: Bool, jobs: [any StudyJob.Type]
  ) throws -> (done: Int, total: Int) {
    guard let first = parts.first else {
      throw InputError(folder, "there are no parts to merge")
    }
    let plan = try ResultsStore(reading: first).plan(jobs: jobs)
    let arithmetic = try ResultsStore(reading: first).arithmetic()
    for part in parts {
      let other = try ResultsStore(reading: part)
      guard try other.fact("plan") == plan.identity else {
        throw InputError(part, "belongs to another plan than \(first)")
      }
      let mode = try other.arithmetic()
      guard mode == arithmetic else {
        throw InputError(
          part,
          "was computed with \(mode) arithmetic, \(first) with \(arithmetic): parts with equal settings of --portable are expected"
        )
      }
      try other.checkRows(in: 0..<plan.rowCount)
      _ = try other.counts()
      _ = try other.metricNames()
      if WriteAheadLog.exists(part) { try other.checkPages() }
    }
    let record = try SessionRecord(
      threads: 0, shard: "merge", files: [], arithmetic: arithmetic)
    let run = try StudyFolder.forMerge(folder, parts: parts, overwrites: overwrites)
    let store = try ResultsStore(
      path: "\(run.path)/results.sqlite", plan: plan, session: record)
    try StudyFolder.adopt(database: "results.sqlite", in: run)
    for part in parts { try copy(part, into: store, plan: plan) }
    try store.end()
    let done = try store.present(rowCount: plan.rowCount).done
    try store.close()
    return (done, plan.rowCount)
  }

  private static func copy(_ part: String, into store: ResultsStore, plan: Plan) throws {
    let columns = plan.columns.map { ", \(ResultsSchema.quoted($0.name))" }.joined()
    let fixed = "\"row\", point, repeat, seed, status, message, seconds"
    let db = store.connection
    do {
      try db.execute("ATTACH DATABASE ? AS part", [.text(SQLiteConnection.plainPath(part))])
      defer { try? db.run("DETACH DATABASE part") }
      try db.transaction(.immediate) {
        try checkFiles(db, part)
        try checkPlaces(db, part, repeats: plan.study.repeats)
        let offset = try db.first("SELECT max(id) FROM main.sessions", as: Int.self) ?? 0
        try db.execute(
          """
          INSERT INTO main.sessions SELECT id + ?, started, heartbeat, ended, host, process,
            process_start, version, commit_id, threads, shard FROM part.sessions
          """, [.integer(offset)])
        try db.run(
          """
          INSERT OR IGNORE INTO main.files SELECT * FROM part.files;
          INSERT OR IGNORE INTO main.metric_names (name, unit)
            SELECT name, unit FROM part.metric_names;
          DELETE FROM main.points WHERE status = 'failed' AND "row" IN
            (SELECT "row" FROM part.points WHERE status = 'done');
          """)
        let conflict = try db.first(
          """
          SELECT b."row" FROM part.metrics b JOIN part.metric_names bn ON bn.id = b.metric
            JOIN main.metric_names an ON an.name = bn.name
            JOIN main.metrics a ON a.metric = an.id AND a."row" = b."row"
            WHERE a.value IS NOT b.value LIMIT 1
          """, as: Int.self)
        if let conflict {
          throw InputError(
            part, at: "row \(conflict)", "contradicts the results in \(store.path)")
        }
        try db.execute(
          """
          INSERT OR IGNORE INTO main.points (\(fixed), session\(columns))
            SELECT \(fixed), session + ?\(columns) FROM part.points ORDER BY "row"
          """, [.integer(offset)])
        try db.run(
          """
          INSERT OR IGNORE INTO main.metrics SELECT an.id, b."row", b.value
            FROM part.metrics b JOIN part.metric_names bn ON bn.id = b.metric
            JOIN main.metric_names an ON an.name = bn.name ORDER BY an.id, b."row"
          """)
      }
    } catch {
      throw ResultsStore.failure(error, path: store.path)
    }
  }

  /// The point and the repeat of a row follow from its number.
  private static func checkPlaces(_ db: SQLiteConnection, _ part: String, repeats: Int) throws {
    let row = try db.first(
      """
      SELECT "row" FROM part.points
        WHERE point IS NOT "row" / ? OR repeat IS NOT "row" % ? LIMIT 1
      """, [.integer(repeats), .integer(repeats)], as: Int.self)
    if let row {
      throw InputError(
        part, at: "row \(row)", "is damaged: its point and repeat are those of another")
    }
  }

  /// Both must have read the same files.
  private static func checkFiles(_ db: SQLiteConnection, _ part: String) throws {
    let other = try db.first(
      """
      SELECT a.path FROM main.files a JOIN part.files b ON a.path = b.path
        WHERE a.sha256 <> b.sha256 LIMIT 1
      """, as: String.self)
    if let other {
      throw InputError(part, "was computed with another content of \(other) than the rest")
    }
  }

  /// The databases of the parts in the folder of a study, in the order of their numbers.
  public static func parts(in folder: String) -> [String] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/shards")) ?? []
    return names.filter { $0.hasSuffix(".sqlite") }
      .sorted { $0.localizedStandardCompare($1) == .orderedAscending }
      .map { "\(folder)/shards/\($0)" }
  }
}
