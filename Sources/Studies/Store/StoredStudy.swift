import InputOutput
import Reporting

extension ResultsStore {
  /// One text of the table `study`.
  func fact(_ key: String) throws -> String {
    try read { db in
      try db.first("SELECT value FROM study WHERE key = ?", [.text(key)], as: String.self)
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
        try db.first("SELECT \($0)(\"row\") FROM points", as: Int.self)
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
    let answer = try read { db in try db.first("PRAGMA quick_check(1)", as: String.self) }
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
      try db.all(
        "SELECT name, unit FROM metric_names ORDER BY id LIMIT ?",
        [.integer(Self.largestMetricCount + 1)]
      ) { row in
        (name: try row.value(0, as: String.self), unit: try row.value(1, as: String.self))
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
        let id = try db.first(
          "SELECT id FROM metric_names WHERE name = ?", [.text(metric)], as: Int.self)
      else { return values }
      try db.forEach("SELECT \"row\", value FROM metrics WHERE metric = ?", [.integer(id)]) {
        found in
        let row = try found.value(0, as: Int.self)
        if values.indices.contains(row), let value = try found.optional(1, as: Double.self) {
          values[row] = value
        }
      }
      return values
    }
  }

  /// The rows that failed, with why; at most `limit`.
  func failures(limit: Int) throws -> [(row: Int, message: String)] {
    try read { db -> [(row: Int, message: String)] in
      try db.all(
        "SELECT \"row\", message FROM points WHERE status = 'failed' ORDER BY \"row\" LIMIT ?",
        [.integer(limit)]
      ) { row in (try row.value(0), try row.optional(1) ?? "") }
    }
  }
}
