import GRDB
import InputOutput
import Reporting

extension ResultsStore {
  /// One text of the table `study`.
  func fact(_ key: String) throws -> String {
    try read { db in
      try String.fetchOne(db, sql: "SELECT value FROM study WHERE key = ?", arguments: [key])
    } ?? ""
  }

  /// The `ArithmeticMode` of the rows.
  func arithmetic() throws -> String { try read { try ResultsSchema.arithmetic($0) } }

  /// The plan that the results belong to, read from the study file they keep.
  ///
  /// - Parameter jobs: the jobs that it may name.
  /// - Throws: `InputError` where this version makes another plan of that file, or where there are rows
  ///   that the plan does not have.
  public func plan(jobs: [any StudyJob.Type]) throws -> Plan {
    let study = try Study(
      text: try fact("study-file"), path: try fact("path"), seed: UInt64(try fact("seed")),
      jobs: jobs)
    let plan = try Plan(study)
    guard plan.identity == (try fact("plan")) else {
      throw InputError(path, "was made by a version that lays the study out in another way")
    }
    try checkRows(in: 0..<plan.rowCount)
    return plan
  }

  /// How many rows the plan has, by the numbers of points and repeats in the file.
  ///
  /// - Throws: `InputError` where these are not numbers of a plan.
  func rowsOfPlan() throws -> Int {
    guard let points = Int(try fact("points")), let repeats = Int(try fact("repeats")),
      points > 0, repeats > 0
    else { throw InputError(path, "is damaged: it lacks the numbers of points and repeats") }
    let (rows, overflow) = points.multipliedReportingOverflow(by: repeats)
    guard !overflow, rows <= Plan.largestRowCount else {
      throw InputError(path, "is damaged: no plan has \(points) points of \(repeats) repeats")
    }
    return rows
  }

  /// Checks that all rows are in `range`.
  ///
  /// - Throws: `InputError` with the first that is not.
  func checkRows(in range: Range<Int>) throws {
    let ends = try read { db in
      try ["min", "max"].compactMap {
        try Int.fetchOne(db, sql: "SELECT \($0)(\"row\") FROM points")
      }
    }
    for row in ends where !range.contains(row) {
      throw InputError(path, at: "row \(row)", "the plan has the rows 0 to \(range.upperBound - 1)")
    }
  }

  /// Reads every page of the file: a log that is not that of the file leaves pages that contradict
  /// each other.
  ///
  /// - Throws: `InputError` with the first fault.
  func checkPages() throws {
    let answer = try read { db in try String.fetchOne(db, sql: "PRAGMA quick_check(1)") }
    guard let answer, answer != "ok" else { return }
    throw InputError(path, "is damaged, or its write-ahead log belongs to another file: \(answer)")
  }

  /// How many metrics the results of a study have at most: each is a column of every table.
  public static let largestMetricCount = 1000

  /// The metrics in the order of their names, with their units.
  ///
  /// - Throws: `InputError` where there are more than `largestMetricCount`.
  public func metricNames() throws -> [(name: String, unit: String)] {
    let names = try read { db in
      try Row.fetchAll(
        db, sql: "SELECT name, unit FROM metric_names ORDER BY id LIMIT ?",
        arguments: [Self.largestMetricCount + 1]
      ).map {
        (name: try $0.value("name", as: String.self), unit: try $0.value("unit", as: String.self))
      }
    }
    guard names.count <= Self.largestMetricCount else {
      throw InputError(
        path, "has more than \(Self.largestMetricCount) metrics, at most so many are read")
    }
    return names.sorted { $0.name < $1.name }
  }

  /// The values of `metric` by row, NaN where there is none.
  func values(of metric: String, rowCount: Int) throws -> [Double] {
    try read { db in
      var values = [Double](repeating: .nan, count: rowCount)
      guard
        let id = try Int64.fetchOne(
          db, sql: "SELECT id FROM metric_names WHERE name = ?", arguments: [metric])
      else { return values }
      // Cursors of plain values are several times faster than one of rows: one where no row is missing,
      // else two side by side.
      let part = "FROM metrics WHERE metric = ?"
      let count = try Int.fetchOne(db, sql: "SELECT count(*) \(part)", arguments: [id]) ?? 0
      let last = try Int.fetchOne(db, sql: "SELECT max(\"row\") \(part)", arguments: [id]) ?? -1
      let first = try Int.fetchOne(db, sql: "SELECT min(\"row\") \(part)", arguments: [id]) ?? 0
      let order = "\(part) ORDER BY \"row\""
      let numbers = try Double?.fetchCursor(db, sql: "SELECT value \(order)", arguments: [id])
      if first >= 0, last - first + 1 == count {
        var row = first
        while let value = try numbers.next(), row < rowCount {
          if let value { values[row] = value }
          row += 1
        }
        return values
      }
      let rows = try Int.fetchCursor(db, sql: "SELECT \"row\" \(order)", arguments: [id])
      while let row = try rows.next(), let value = try numbers.next() {
        if let value, values.indices.contains(row) { values[row] = value }
      }
      return values
    }
  }

  /// The rows that failed, with why; at most `limit`.
  func failures(limit: Int) throws -> [(row: Int, message: String)] {
    try read { db -> [(row: Int, message: String)] in
      try Row.fetchAll(
        db,
        sql: "SELECT \"row\", message FROM points WHERE status = 'failed' ORDER BY \"row\" LIMIT ?",
        arguments: [limit]
      ).map { (try $0.value("row"), try $0.value("message", as: String?.self) ?? "") }
    }
  }
}
