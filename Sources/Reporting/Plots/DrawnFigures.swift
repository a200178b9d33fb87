import Foundation
import InputOutput
import LinearAlgebra
import Synchronization

/// The figures of a run as far as gnuplot draws them. A figure that cannot be drawn never ends a run: it
/// becomes a notice on standard error and a line in the report.
package struct DrawnFigures: Sendable {
  /// A figure as SVG.
  package struct Drawing: Sendable {
    /// The name of its file, without ending.
    package var name: String
    /// The drawing.
    package var svg: String
    /// The same as PDF, where the run's options ask for it.
    package var pdf: Data?
    /// Its description and its data, as `StoredFigure` writes them.
    package var stored: [UInt8]
    /// What the report says below it.
    package var caption: String
  }

  /// The figures that were drawn, in their order.
  package private(set) var drawings: [Drawing] = []
  private let formats: [FigureFormat]
  /// Those that were not, with the reason as a sentence.
  package private(set) var failures: [(name: String, reason: String)] = []

  /// Draws `figures`, several at a time, and reports those that fail to `progress`.
  ///
  /// Where gnuplot is missing nothing is reported: `Gnuplot.announce(to:)` did before the work.
  package init(_ figures: [Figure], _ options: FigureOptions, progress: any RunProgress) {
    formats = options.formats
    let isMissing = Gnuplot.executable == nil
    let writesPDF = options.formats.contains(.pdf)
    let results = Mutex<[Int: Result<Drawing, RunError>]>([:])
    Parallel.forEach(figures.count) { k in
      let result = Result { () throws(RunError) -> Drawing in
        let figure = figures[k]
        // Drawn with the digits that are stored, so that a drawing from the file is the same.
        let stored = StoredFigure(figure)
        return Drawing(
          name: figure.name,
          svg: try stored.plot.svg(size: options.size, caption: figure.caption),
          pdf: writesPDF ? try stored.plot.pdf(size: options.size) : nil,
          stored: stored.bytes, caption: figure.caption)
      }
      results.withLock { $0[k] = result }
    }
    let done = results.withLock { $0 }
    for (k, figure) in figures.enumerated() {
      switch done[k]! {
      case .success(let drawing): drawings.append(drawing)
      case .failure(let error):
        failures.append((figure.name, "\(error)"))
      }
    }
    if !isMissing { for line in failureLines { progress.note(line) } }
  }

  /// A sentence for every reason for which figures are left out.
  package var failureLines: [String] {
    var reasons: [String] = []
    for failure in failures where !reasons.contains(failure.reason) {
      reasons.append(failure.reason)
    }
    return reasons.map { reason in
      let names = failures.filter { $0.reason == reason }.map(\.name)
      return names.count == 1
        ? "The figure \(names[0]) is left out: \(reason)"
        : "The figures \(names.joined(separator: ", ")) are left out: \(reason)"
    }
  }

  /// Those called `names`, in that order.
  package subscript(names: [String]) -> [Drawing] {
    names.compactMap { name in drawings.first { $0.name == name } }
  }

  /// The endings of the files that a figure may have.
  package static let endings = FigureFormat.allCases.map(\.rawValue) + ["json"]

  /// Writes each drawing as `figures/NAME.svg`, `figures/NAME.pdf` or both with `write`, and
  /// `figures/NAME.json` with its data.
  package func write<Failure: Error>(
    with write: ([UInt8], String) throws(Failure) -> Void
  ) throws(Failure) {
    for drawing in drawings {
      if formats.contains(.svg) {
        try write(Array(drawing.svg.utf8), "figures/\(drawing.name).svg")
      }
      if let pdf = drawing.pdf { try write(Array(pdf), "figures/\(drawing.name).pdf") }
      try write(drawing.stored, "figures/\(drawing.name).json")
    }
  }
}

extension DrawnFigures {
  /// Writes the files of the drawings, without their data, into the folder `target`.
  ///
  /// - Throws: `InputError` where a file exists and may not be replaced; `RunError` where one cannot be
  ///   written.
  package func write(to target: String, overwrites: Bool) throws {
    func path(_ drawing: Drawing, _ format: FigureFormat) -> String {
      "\(target)/\(drawing.name).\(format.rawValue)"
    }
    // All of them before the first is written.
    for drawing in drawings {
      for format in formats {
        try AtomicFile.checkWritable(path(drawing, format), overwrites: overwrites)
      }
    }
    try FileManager.default.createDirectory(
      atPath: target, withIntermediateDirectories: true)
    for drawing in drawings {
      for format in formats {
        let path = path(drawing, format)
        switch format {
        case .svg: try AtomicFile.write(drawing.svg, to: path)
        case .pdf: try AtomicFile.write(drawing.pdf.map(Array.init) ?? [], to: path)
        }
      }
    }
  }
}

extension HTMLReport {
  /// Drawings side by side.
  package mutating func figures(_ drawings: [DrawnFigures.Drawing]) {
    figures(drawings.map { ($0.svg, $0.caption) })
  }

  /// A line for the figures that could not be drawn.
  package mutating func failures(of figures: DrawnFigures) {
    for line in figures.failureLines { paragraph(line) }
  }
}
