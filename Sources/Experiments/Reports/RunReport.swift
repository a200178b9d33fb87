import Foundation
import InputOutput

/// A page from the files of any run.
public enum RunReport {
  /// Writes the page of the run in the folder `run` to the file `path`: its figures, `metrics.csv`
  /// as a table and `run.yaml`.
  ///
  /// The run may come from anywhere: figures become images, in which no script runs, and a symbolic
  /// link that leads out of the folder is rejected.
  /// - Parameter notes: sentences below the heading.
  /// - Throws: `InputError` where the folder holds no run; `RunError` where the page cannot be
  ///   written.
  public static func write(run: String, to path: String, notes: [String] = []) throws {
    let runFile = try InputFile.text(
      of: try InputFile.path(of: "run.yaml", inside: run) ?? "\(run)/run.yaml", limit: 1 << 20)
    var report = HTMLReport(
      title: "Run \((run as NSString).lastPathComponent)",
      summary: "Made from the files of the run; run.yaml at the end runs it again.")
    for note in notes { report.paragraph(note) }
    let folder = try InputFile.path(of: "figures", inside: run)
    let names = (folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? [])
      .filter { $0.hasSuffix(".svg") }.sorted()
    if !names.isEmpty {
      report.heading("Figures")
      var figures: [(svg: String, caption: String)] = []
      for name in names {
        guard let file = try InputFile.path(of: "figures/\(name)", inside: run) else { continue }
        let svg = try InputFile.text(of: file, limit: 64 << 20)
        let words = (name as NSString).deletingPathExtension.replacingOccurrences(
          of: "-", with: " ")
        figures.append((svg, words))
      }
      report.figures(figures)
    }
    if let metrics = try InputFile.path(of: "metrics.csv", inside: run) {
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
