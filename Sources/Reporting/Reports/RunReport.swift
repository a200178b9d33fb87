import Foundation
import InputOutput

/// A page from the files of any run.
public enum RunReport {
  /// Writes the page of the run in the folder `run` to the file `path`: its figures, `metrics.csv`
  /// as a table and `run.yaml`.
  ///
  /// The run may come from anywhere: figures become images, in which no script runs, and a symbolic
  /// link that leads out of the folder is rejected.
  /// - Parameter overwrites: whether a file at `path` may be replaced.
  /// - Throws: `InputError` where the folder holds no run, or `path` may not be replaced; `RunError`
  ///   where the page cannot be written.
  public static func write(run: String, to path: String, overwrites: Bool = false) throws {
    let runFile = try InputFile.text(
      of: try InputFile.path(of: "run.yaml", inside: run) ?? "\(run)/run.yaml", limit: 1 << 20)
    try AtomicFile.checkWritable(
      path, overwrites: overwrites, reading: ["\(run)/run.yaml", "\(run)/metrics.csv"])
    let folder = try InputFile.path(of: "figures", inside: run)
    let names = (folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? [])
      .filter { $0.hasSuffix(".svg") }.sorted()
    var figures: [(name: String, text: String)] = []
    for name in names {
      guard let file = try InputFile.path(of: "figures/\(name)", inside: run) else { continue }
      figures.append((name, try InputFile.text(of: file, limit: 64 << 20)))
    }
    let table = try InputFile.path(of: "metrics.csv", inside: run).map {
      try Table(csv: try InputFile.text(of: $0, limit: 64 << 20), source: $0)
    }
    try AtomicFile.write(
      html(
        title: "Run \((run as NSString).lastPathComponent)", figures: figures, metrics: table,
        runFile: runFile), to: path)
  }

  /// The page of a run.
  ///
  /// - Parameters:
  ///   - figures: files with SVG text; the names become the captions.
  ///   - metrics: what `metrics.csv` holds.
  ///   - notes: sentences below the heading.
  package static func html(
    title: String, figures: [(name: String, text: String)], metrics: Table?, runFile: String,
    notes: [String] = []
  ) -> String {
    var report = HTMLReport(
      title: title,
      summary: "Made from the files of the run; run.yaml at the end runs it again.")
    for note in notes { report.paragraph(note) }
    if !figures.isEmpty {
      report.heading("Figures")
      report.figures(
        figures.map { figure in
          let name = ((figure.name as NSString).lastPathComponent as NSString).deletingPathExtension
          return (figure.text, name.replacingOccurrences(of: "-", with: " "))
        })
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
