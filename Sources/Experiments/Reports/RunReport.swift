import Foundation
import InputOutput

/// A page from the files of any run.
public enum RunReport {
  /// Writes the page of the run in the folder `run` to the file `path`: its figures, `metrics.csv`
  /// as a table and `run.yaml`.
  ///
  /// - Throws: `InputError` where the folder holds no run; `RunError` where the page cannot be
  ///   written.
  public static func write(run: String, to path: String) throws {
    let runFile = try InputFile.text(of: "\(run)/run.yaml", limit: 1 << 20)
    var report = HTMLReport(
      title: "Run \((run as NSString).lastPathComponent)",
      summary: "Made from the files of the run; run.yaml at the end runs it again.")
    let folder = "\(run)/figures"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasSuffix(".svg") }.sorted()
    if !names.isEmpty {
      report.heading("Figures")
      var figures: [(svg: String, caption: String)] = []
      for name in names {
        let svg = try InputFile.text(of: "\(folder)/\(name)", limit: 64 << 20)
        let words = (name as NSString).deletingPathExtension.replacingOccurrences(
          of: "-", with: " ")
        figures.append((svg, words))
      }
      report.figures(figures)
    }
    let metrics = "\(run)/metrics.csv"
    if FileManager.default.fileExists(atPath: metrics) {
      report.heading("Metrics")
      report.table(
        try Table(csv: try InputFile.text(of: metrics, limit: 64 << 20), source: metrics),
        caption: "metrics.csv")
    }
    report.heading("Run file")
    report.listing(runFile)
    try AtomicFile.write(report.html, to: path)
  }
}
