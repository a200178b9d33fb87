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
    /// What the report says below it.
    package var caption: String
  }

  /// The figures that were drawn, in their order.
  package private(set) var drawings: [Drawing] = []
  /// Those that were not, with the reason as a sentence.
  package private(set) var failures: [(name: String, reason: String)] = []

  /// Draws `figures`, several at a time, and reports those that fail to `progress`.
  ///
  /// Where gnuplot is missing nothing is reported: `Gnuplot.announce(to:)` did before the work.
  package init(_ figures: [Figure], progress: any RunProgress) {
    let isMissing = Gnuplot.executable == nil
    let results = Mutex<[Int: Result<String, RunError>]>([:])
    Parallel.forEach(figures.count) { k in
      let result = Result { () throws(RunError) in try figures[k].plot.svg() }
      results.withLock { $0[k] = result }
    }
    let done = results.withLock { $0 }
    for (k, figure) in figures.enumerated() {
      switch done[k]! {
      case .success(let svg):
        drawings.append(Drawing(name: figure.name, svg: svg, caption: figure.caption))
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

  /// Writes each drawing as `figures/NAME.svg` with `write`.
  package func write<Failure: Error>(
    with write: (String, String) throws(Failure) -> Void
  ) throws(Failure) {
    for drawing in drawings { try write(drawing.svg, "figures/\(drawing.name).svg") }
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
