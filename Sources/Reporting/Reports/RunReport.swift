import Foundation
import InputOutput

/// A page from the files of any run.
public enum RunReport {
  /// Writes the page of the run in the folder `run` to the file `path`: its figures, `metrics.csv`
  /// as a table and `run.yaml`.
  ///
  /// The run may come from anywhere: figures become images, in which no script runs, and a symbolic
  /// link that leads out of the folder is rejected.
  /// - Parameters:
  ///   - overwrites: whether a page of ohmweave at `path` may be replaced; another file never is.
  ///   - options: draws figures again in this size from their data; `nil` shows them as they are.
  ///   - target: a folder that receives the figures as files in the formats of `options`.
  /// - Throws: `InputError` where the folder holds no run, or `path` may not be replaced; `RunError`
  ///   where the page cannot be written.
  public static func write(
    run: String, to path: String, overwrites: Bool = false, drawing options: FigureOptions? = nil,
    files target: String? = nil
  ) throws {
    let runFile = try InputFile.text(
      of: try InputFile.path(of: "run.yaml", inside: run) ?? "\(run)/run.yaml", limit: 1 << 20)
    try AtomicFile.checkWritable(
      path, overwrites: overwrites, reading: ["\(run)/run.yaml", "\(run)/metrics.csv"])
    try HTMLReport.checkReplaceable(path)
    let folder = try InputFile.path(of: "figures", inside: run)
    let names = (folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? [])
      .filter { $0.hasSuffix(".svg") || $0.hasSuffix(".json") }.sorted()
    let stored = try Self.stored(names, in: run)
    let drawn = try options.map { options throws in
      guard !stored.isEmpty else {
        throw InputError(
          "\(run)/figures", "holds no data of figures (NAME.json): its run is of an earlier version"
        )
      }
      let drawn = DrawnFigures(stored, options, progress: SilentProgress())
      if let line = drawn.failureLines.first { throw RunError(line) }
      if let target { try drawn.write(to: target, overwrites: overwrites) }
      return drawn
    }
    var figures: [(caption: String, svg: String)] = []
    if let drawn {
      figures = drawn.drawings.map { ($0.caption, $0.svg) }
    } else {
      for name in names where name.hasSuffix(".svg") {
        guard let file = try InputFile.path(of: "figures/\(name)", inside: run) else { continue }
        let plain = (name as NSString).deletingPathExtension
        let caption = stored.first { $0.name == plain }?.caption ?? ""
        figures.append(
          (
            caption.isEmpty ? plain.replacingOccurrences(of: "-", with: " ") : caption,
            try InputFile.text(of: file, limit: 64 << 20)
          ))
      }
    }
    let table = try InputFile.path(of: "metrics.csv", inside: run).map {
      try Table(csv: try InputFile.text(of: $0, limit: 64 << 20), source: $0)
    }
    try AtomicFile.write(
      html(
        title: title(runFile, run), figures: figures, metrics: table,
        runFile: runFile), to: path)
  }

  /// What was run and where: "solve, runs/a".
  private static func title(_ runFile: String, _ run: String) -> String {
    let job = runFile.split(separator: "\n").first { $0.hasPrefix("job: ") }?.dropFirst(5) ?? "run"
    return "\(job.replacing("\"", with: "")), folder \((run as NSString).lastPathComponent)"
  }

  /// The figures whose data are in the run's folder.
  private static func stored(_ names: [String], in run: String) throws -> [Figure] {
    var figures: [Figure] = []
    for name in names where name.hasSuffix(".json") {
      guard let file = try InputFile.path(of: "figures/\(name)", inside: run) else { continue }
      let one = try StoredFigure(
        text: try InputFile.text(of: file, limit: StoredFigure.limit), source: file)
      figures.append(
        Figure(
          name: (name as NSString).deletingPathExtension, plot: one.plot, caption: one.caption))
    }
    return figures
  }

  /// The page of a run.
  ///
  /// - Parameters:
  ///   - figures: captions and SVG text.
  ///   - metrics: what `metrics.csv` holds.
  ///   - notes: sentences below the heading.
  package static func html(
    title: String, figures: [(caption: String, svg: String)], metrics: Table?, runFile: String,
    notes: [String] = []
  ) -> String {
    var report = HTMLReport(
      title: title,
      summary: "Made from the files of the run; run.yaml at the end runs it again.")
    for note in notes { report.paragraph(note) }
    if !figures.isEmpty {
      report.heading("Figures")
      report.figures(figures.map { ($0.svg, $0.caption) })
    }
    if let metrics {
      report.heading("Metrics")
      report.table(metrics, caption: "metrics.csv")
    }
    report.heading("Run file")
    report.listing(runFile)
    return report.html
  }
}
