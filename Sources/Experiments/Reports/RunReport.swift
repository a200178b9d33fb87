import Foundation
import InputOutput

/// A page from the files of any run.
public enum RunReport {
  /// Writes the page of the run in the folder `run` to the file `path`: its figures, `metrics.csv`
  /// as a table and `run.yaml`.
  ///
  /// - Parameter overwrites: whether a file at `path` may be replaced.
  /// - Throws: `InputError` where the folder holds no run, or `path` may not be replaced; `RunError`
  ///   where the page cannot be written.
  public static func write(run: String, to path: String, overwrites: Bool = false) throws {
    let runFile = try InputFile.text(of: "\(run)/run.yaml", limit: 1 << 20)
    try AtomicFile.checkWritable(path, overwrites: overwrites)
    let folder = "\(run)/figures"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasSuffix(".svg") }.sorted()
    let figures = try names.map {
      (name: $0, text: try InputFile.text(of: "\(folder)/\($0)", limit: 64 << 20))
    }
    let metrics = "\(run)/metrics.csv"
    let table =
      FileManager.default.fileExists(atPath: metrics)
      ? try Table(csv: try InputFile.text(of: metrics, limit: 64 << 20), source: metrics) : nil
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
  static func html(
    title: String, figures: [(name: String, text: String)], metrics: Table?, runFile: String
  ) -> String {
    var report = HTMLReport(
      title: title,
      summary: "Made from the files of the run; run.yaml at the end runs it again.")
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
