import Foundation
import InputOutput
import Reporting

/// Tables, figures and the page of a study, written from its database.
public enum StudyReport {
  /// The name of the metric "share of chips that meet the specification".
  static let yieldName = "yield"
  /// Studies with more points have no table of points in the report and no metrics.csv.
  static let tableLimit = 500
  static let summaryLimit = 100_000

  /// Writes `metrics.csv`, `figures/*.svg` and `report.html` of the results in `store` to `folder`.
  ///
  /// - Parameter overwrites: whether pages there that no run wrote may be replaced.
  /// - Throws: `InputError` where they may not; `RunError` where a file cannot be written.
  public static func write(
    plan: Plan, store: ResultsStore, to folder: String, overwrites: Bool,
    figures: FigureOptions = FigureOptions(), progress: any RunProgress
  ) throws {
    let run = try StudyFolder.forReport(folder, overwrites: overwrites)
    let isOwn = FolderPath.plain(store.path) == "\(run.path)/results.sqlite"
    if isOwn { try StudyFolder.adopt(database: "results.sqlite", in: run) }
    try write(plan: plan, store: store, to: run, figures: figures, progress: progress)
    let isWhole = try store.present(rowCount: plan.rowCount).done == plan.rowCount
    if isWhole || !isOwn { try run.finish() }
  }

  /// Writes the pages into the folder of a run; figures of an earlier report that are not drawn any more
  /// are removed.
  static func write(
    plan: Plan, store: ResultsStore, to folder: RunFolder, figures options: FigureOptions,
    progress: any RunProgress
  ) throws {
    var written: Set<String> = []
    let study = plan.study
    let known = try store.metricNames()
    var yield: [Double]?
    var loaded: (name: String, values: [Double])?
    if !study.specification.isEmpty {
      yield = try self.yield(plan, store, known.map(\.name), &loaded)
    }
    let styles = styles(study, known, hasYield: yield != nil, progress)
    var page = StudyPage(plan: plan, state: try store.counts())
    var summary = Table(columns: StudyPage.summaryColumns(plan))
    var number = 0
    var wanted: [(metric: String, figures: [Figure])] = []
    for (k, style) in styles.enumerated() {
      progress.report("Writing the report", done: k, of: styles.count)
      let values: [Double]
      if style.name == yieldName {
        values = yield ?? []
      } else if let known = loaded, known.name == style.name {
        values = known.values
      } else {
        values = try store.values(of: style.name, rowCount: plan.rowCount)
      }
      loaded = nil
      let analysis = MetricAnalysis(plan: plan, style: style, values: values)
      if plan.pointCount <= summaryLimit { page.summarize(analysis, into: &summary) }
      var requests = study.figures.filter { $0.metric == style.name }
      if study.figures.isEmpty && analysis.varies && (k < 4 || style.name == yieldName) {
        requests = StudyFigures.standard(study, metric: style.name)
      }
      let figures = requests.compactMap { request in
        StudyFigures(analysis: analysis).figure(request).map { (request.kind, $0) }
      }
      page.add(analysis)
      wanted.append(
        (
          style.name,
          figures.map { kind, figure in
            number += 1
            return Figure(
              name: "\(number)-\(kind.rawValue)-\(fileName(style.name))", plot: figure.plot,
              caption: figure.caption)
          }
        ))
    }
    if plan.pointCount <= summaryLimit {
      try folder.write(summary.csv, to: "metrics.csv")
    }
    for (name, figures) in wanted {
      let drawn = DrawnFigures(figures, options, progress: progress)
      try drawn.write { (bytes: [UInt8], name: String) throws in
        written.insert(name)
        try folder.write(bytes, to: name)
      }
      page.figures[name] = drawn
    }
    let html = page.html(failures: try store.failures(limit: 50), sessions: try store.sessions())
    try folder.write(html, to: "report.html")
    folder.removeListed(below: "figures", except: written)
    progress.report("Writing the report", done: styles.count, of: styles.count)
  }

  /// The metrics that are shown: those that the file lists and those of its figures, or all. Names that
  /// the results do not have are told.
  private static func styles(
    _ study: Study, _ known: [(name: String, unit: String)], hasYield: Bool,
    _ progress: any RunProgress
  ) -> [Study.MetricStyle] {
    var plain = known.map { metric in
      let label = metric.unit.isEmpty ? metric.name : "\(metric.name) (\(metric.unit))"
      return Study.MetricStyle(name: metric.name, label: label, scale: 1)
    }
    if hasYield {
      plain.append(Study.MetricStyle(name: yieldName, label: "yield (%)", scale: 100))
    }
    let names = plain.map(\.name)
    let drawn = study.figures.map(\.metric)
    var told: Set<String> = []
    for name in study.metrics.map(\.name) + drawn
    where !names.contains(name) && told.insert(name).inserted {
      progress.note("\(study.path): \(unknownName("metric", name, known: names))")
    }
    var styles = study.metrics.filter { names.contains($0.name) }
    if styles.isEmpty { styles = plain }
    for style in plain
    where !styles.contains(where: { $0.name == style.name })
      && (drawn.contains(style.name) || style.name == yieldName)
    {
      styles.append(style)
    }
    return styles
  }

  /// 1 for each row that meets every limit, 0 for the others, NaN where a metric is missing. The last
  /// metric's values are left in `loaded`.
  private static func yield(
    _ plan: Plan, _ store: ResultsStore, _ known: [String],
    _ loaded: inout (name: String, values: [Double])?
  ) throws -> [Double] {
    var good = [Double](repeating: 1, count: plan.rowCount)
    for limit in plan.study.specification {
      guard known.contains(limit.metric) else {
        throw InputError(
          plan.study.path, at: "specification",
          unknownName("metric", limit.metric, known: known))
      }
      let values = try store.values(of: limit.metric, rowCount: plan.rowCount)
      loaded = (limit.metric, values)
      for row in values.indices {
        if values[row].isNaN {
          good[row] = .nan
        } else if values[row] < limit.minimum || values[row] > limit.maximum {
          good[row] *= 0
        }
      }
    }
    return good
  }

  private static func fileName(_ name: String) -> String {
    String(
      name.lowercased().unicodeScalars.prefix(60).map { scalar -> Character in
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
      })
  }
}
