import Foundation
import InputOutput
import PhysicalUnits
import Reporting

/// The page of a study as it grows, metric by metric.
struct StudyPage {
  private let plan: Plan
  private let state: (done: Int, failed: Int)
  private var sections: [(metric: String, add: (inout HTMLReport, DrawnFigures?) -> Void)] = []
  /// The figures of each metric.
  var figures: [String: DrawnFigures] = [:]
  private var keys: [(value: String, name: String)] = []

  init(plan: Plan, state: (done: Int, failed: Int)) {
    self.plan = plan
    self.state = state
  }

  /// The heads of `metrics.csv`.
  static func summaryColumns(_ plan: Plan) -> [String] {
    ["point"]
      + plan.columns.map { $0.unit.isEmpty ? $0.name : "\($0.name) (\($0.unit))" }
      + [
        "metric", "chips", "mean", "standard deviation", "median", "quantile 5 %", "quantile 95 %",
        "mean, 95 % confidence from", "to",
      ]
  }

  /// Appends the points of one metric to `metrics.csv`.
  func summarize(_ analysis: MetricAnalysis, into table: inout Table) {
    for (point, one) in analysis.pointStatistics(limit: StudyReport.summaryLimit).enumerated() {
      table.append(
        [.whole(point)] + plan.columnValues(at: point).map(\.cell)
          + [.text(analysis.style.label)] + Self.cells(one))
    }
  }

  private static func cells(_ one: GroupStatistics) -> [Table.Cell] {
    [
      .whole(one.count), .number(one.mean), .number(one.deviation), .number(one.median),
      .number(one.quantiles[0]), .number(one.quantiles[3]),
      .number(one.interval?.lowerBound ?? .nan), .number(one.interval?.upperBound ?? .nan),
    ]
  }

  /// Appends the section of one metric.
  mutating func add(_ analysis: MetricAnalysis) {
    let label = analysis.style.label
    let all = GroupStatistics(analysis.values)
    guard all.count > 0 else { return }
    if keys.count < 5 { keys.append(Self.keyFigure(analysis, all)) }
    // A metric that is the same everywhere is told once, above.
    guard analysis.varies else { return }
    let points = pointTable(analysis)
    let levels = levelTable(analysis)
    let indices = sensitivityTable(analysis)
    let add = { (report: inout HTMLReport, figures: DrawnFigures?) in
      report.heading(label)
      if let figures {
        if !figures.drawings.isEmpty { report.figures(figures.drawings) }
        report.failures(of: figures)
      }
      if let indices {
        report.table(
          indices.table, caption: "Variance-based sensitivity of \(label). \(indices.note)")
      }
      if let points {
        report.table(
          points,
          caption: "\(label) of the chips of each point. The confidence interval of the mean "
            + "is the bootstrap's (1000 resamples) up to 200000 rows, Student's beyond.")
      } else {
        report.table(
          levels,
          caption: "\(label) by the value of one parameter, over all values of the others. "
            + "metrics.csv or 'ohmweave results export' has the points.")
      }
    }
    sections.append((analysis.style.name, add))
  }

  /// What stands above the page: a mean over values of parameters means nothing, so that it is the range
  /// of the points' means, or the mean and spread of the chips where there is one point.
  private static func keyFigure(
    _ analysis: MetricAnalysis, _ all: GroupStatistics
  ) -> (value: String, name: String) {
    let label = analysis.style.label
    let means = analysis.means.filter { !$0.isNaN }
    let isShare = analysis.style.name == StudyReport.yieldName
    guard let low = means.min(), let high = means.max(), means.count > 1, low < high else {
      let hasSpread = all.deviation > 0 && !isShare
      return (
        hasSpread
          ? String(format: "%.4g ± %.2g", all.mean, all.deviation) : significant(all.mean),
        hasSpread ? "\(label), mean ± standard deviation of the chips" : label
      )
    }
    return (
      "\(significant(low)) … \(significant(high))",
      "\(label), lowest and highest \(isShare ? "share" : "mean") of a point"
    )
  }

  private func pointTable(_ analysis: MetricAnalysis) -> Table? {
    guard plan.pointCount <= StudyReport.tableLimit else { return nil }
    let columns = plan.study.parameters.map(\.axisLabel) + plan.study.derived.map(\.name)
    var table = Table(
      columns: columns + [
        "chips", "mean", "standard deviation", "median", "5 %", "95 %", "95 % confidence from",
        "to",
      ])
    for (point, one) in analysis.pointStatistics(limit: plan.pointCount).enumerated() {
      table.append(plan.columnValues(at: point).map(\.cell) + Self.cells(one))
    }
    return table
  }

  private func levelTable(_ analysis: MetricAnalysis) -> Table {
    var table = Table(columns: [
      "parameter", "value", "rows", "mean", "standard deviation", "median", "5 %", "95 %",
      "95 % confidence from", "to",
    ])
    for one in plan.study.parameters {
      let bins = ParameterBins(one.name, of: plan)
      guard bins.count <= 64 else { continue }
      for (name, statistics) in zip(bins.names, analysis.levelStatistics(one.name)) {
        table.append([.text(one.axisLabel), .text(name)] + Self.cells(statistics))
      }
    }
    return table
  }

  private func sensitivityTable(_ analysis: MetricAnalysis) -> (table: Table, note: String)? {
    guard let (names, indices) = analysis.sensitivity else { return nil }
    let hasIntervals = !indices.firstInterval.isEmpty
    var table = Table(
      columns: ["parameter", "first index", "total index"]
        + (hasIntervals ? ["first, 95 % confidence", "total, 95 % confidence"] : []))
    for (k, name) in names.enumerated() {
      func number(_ value: Double) -> Table.Cell {
        value.isFinite ? .number((value * 1e4).rounded() / 1e4) : "–"
      }
      var row: [Table.Cell] = [.text(name), number(indices.first[k]), number(indices.total[k])]
      if hasIntervals {
        for range in [indices.firstInterval[k], indices.totalInterval[k]] {
          row.append(
            .text(String(format: "%.3f … %.3f", range.lowerBound, range.upperBound)))
        }
      }
      table.append(row)
    }
    let note: String
    switch plan.study.design {
    case .grid: note = "Exact for the grid's levels with equal weight, from the means of the chips."
    case .saltelli: note = "Saltelli's and Jansen's estimators, from the means of the chips."
    default:
      note =
        "From the means in \(ParameterBins.sliceCount) slices; this design gives no total index."
    }
    return (table, note)
  }

  /// The whole page.
  func html(failures: [(row: Int, message: String)], sessions: Table) -> String {
    let study = plan.study
    let design: String
    switch study.design {
    case .grid: design = "a grid"
    case .sobol: design = "Sobol's sequence"
    case .latinHypercube: design = "a Latin hypercube"
    case .saltelli(let count): design = "Saltelli's design of \(count) base points"
    }
    var report = HTMLReport(
      title: study.title,
      summary: "Job \(study.job.name), \(plan.pointCount) points on \(design), \(study.repeats) "
        + "chips each, seed \(study.seed). \(state.done) of \(plan.rowCount) rows are complete, "
        + "\(state.failed) of them failed.")
    report.keyFigures([("\(state.done)", "rows")] + keys)
    for section in sections { section.add(&report, figures[section.metric]) }
    if !failures.isEmpty {
      report.heading("Failures")
      var table = Table(columns: ["row", "message"])
      for one in failures { table.append([.whole(one.row), .text(one.message)]) }
      report.table(table, caption: "The first rows that failed; --retry-failed runs them again.")
    }
    report.heading("Run it again")
    report.paragraph(
      "'ohmweave sweep run.yaml --output DIR' gives the same rows again, bit for bit, on any number "
        + "of threads and in any number of parts. The study:")
    report.listing(study.text)
    report.table(sessions, caption: "Who computed the rows.")
    return report.html
  }
}

extension ResultsStore {
  /// The sessions and the files that they read.
  func sessions() throws -> Table {
    try read { db in
      var table = Table(columns: ["what", "value"])
      let rows = try db.texts(
        """
        SELECT host, version, commit_id, count(*) AS n, min(started) AS first FROM sessions
          GROUP BY host, version, commit_id ORDER BY first
        """)
      for row in rows {
        let commit = row[2].isEmpty ? "" : ", commit \(row[2])"
        table.append([
          "sessions", .text("\(row[3]) on \(row[0]), Ohmweave \(row[1])\(commit), from \(row[4])"),
        ])
      }
      for row in try db.texts("SELECT path, sha256 FROM files ORDER BY path") {
        table.append([.text(row[0]), .text("SHA-256 \(row[1])")])
      }
      return table
    }
  }
}
