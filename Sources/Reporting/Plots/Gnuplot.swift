import Foundation
import InputOutput
import Synchronization

/// The program that draws the figures.
public enum Gnuplot {
  /// Where gnuplot is on `PATH`, or `nil`.
  public static var executable: String? { ChildProcess.path(of: "gnuplot") }

  /// Why there are no figures where gnuplot is missing.
  static let missing =
    "gnuplot is missing: install the package gnuplot-nox (Debian, Ubuntu) or gnuplot (Homebrew)"

  /// How long gnuplot may take for one figure: 60 s, or the seconds in OHMWEAVE_GNUPLOT_SECONDS.
  static var timeLimit: Duration {
    let text = ProcessInfo.processInfo.environment["OHMWEAVE_GNUPLOT_SECONDS"] ?? ""
    guard let seconds = Double(text), seconds > 0, seconds <= 86_400 else { return .seconds(60) }
    return .seconds(seconds)
  }

  /// The largest drawing, in bytes; images of all cells of a large array take a few MB.
  private static let outputLimit = 64 << 20

  /// Whether gnuplot took too long once: it is not started again by this process.
  private static let hangs = Atomic<Bool>(false)

  /// Reports, before the work of a run starts, that it will have no figures where gnuplot is missing.
  package static func announce(to progress: any RunProgress) {
    if executable == nil { progress.note("The run has no figures: \(missing).") }
  }

  /// What gnuplot writes for `script`, whose terminal is that of `format`. A warning of gnuplot is no
  /// failure.
  ///
  /// - Throws: `RunError` where gnuplot is missing, cannot be started, rejects the script or takes
  ///   longer than `timeLimit`.
  static func run(_ script: String, _ format: FigureFormat) throws(RunError) -> Data {
    guard let executable else { throw RunError(missing) }
    guard !hangs.load(ordering: .relaxed) else {
      throw RunError("gnuplot did not finish an earlier figure")
    }
    // Without settings of the user or the system (-d), the script on standard input (-).
    var gnuplot = ChildProcess(executable, ["-d", "-"], timeLimit: timeLimit)
    gnuplot.input = Data(script.utf8)
    gnuplot.outputLimit = Self.outputLimit
    // A window system would change the figures.
    gnuplot.environment = [
      "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "GNUTERM": "svg",
    ]
    let outcome = try gnuplot.run()
    switch outcome.end {
    case .outOfTime:
      hangs.store(true, ordering: .relaxed)
      throw RunError("gnuplot did not finish within \(timeLimit.components.seconds) s")
    case .tooMuchOutput:
      throw RunError("gnuplot wrote more than \(Self.outputLimit >> 20) MiB")
    case .exited(0) where isWhole(outcome.output, format): return outcome.output
    default:
      let complaint = outcome.lastComplaint ?? "no reason given"
      if format == .pdf, complaint.contains("terminal") {
        throw RunError(
          "this gnuplot cannot write PDF, which its terminal pdfcairo does: install gnuplot-nox (Debian, "
            + "Ubuntu), or leave --figure-format at svg")
      }
      throw RunError("gnuplot: \(complaint)")
    }
  }

  private static func isWhole(_ output: Data, _ format: FigureFormat) -> Bool {
    switch format {
    case .svg: return output.suffix(64).range(of: Data("</svg>".utf8)) != nil
    case .pdf: return output.starts(with: Data("%PDF".utf8))
    }
  }
}

extension Plot {
  /// The figure as SVG text; the same data give the same text.
  ///
  /// - Parameters:
  ///   - size: of a figure that has none of its own.
  ///   - caption: what readers hear who do not see the figure.
  /// - Throws: `RunError` where there is nothing to draw, or gnuplot is missing or fails.
  public func svg(size: FigureSize = .column, caption: String = "") throws(RunError) -> String {
    try checkContent()
    // gnuplot escapes "<" and "&"; a text with "]]>" is no XML all the same. Viewers blur the cells of a
    // small image unless they are told not to.
    let drawing = String(decoding: try Gnuplot.run(script(.svg, size: size), .svg), as: UTF8.self)
    let text = MarkupText.escaped(caption.isEmpty ? y.label : caption)
    return (drawing.utf8.contains(0xEE) ? GnuplotText.percentSigns(in: drawing) : drawing)
      .replacingOccurrences(of: "]]>", with: "]]&gt;")
      .replacingOccurrences(of: "<image x=", with: "<image style='image-rendering: pixelated' x=")
      .replacingOccurrences(of: "<title>Gnuplot</title>", with: "<title>\(text)</title>")
  }

  /// The figure as PDF, with its fonts.
  ///
  /// - Parameter size: of a figure that has none of its own.
  /// - Throws: `RunError` where there is nothing to draw, or gnuplot is missing, fails or cannot write
  ///   PDF.
  public func pdf(size: FigureSize = .column) throws(RunError) -> Data {
    try checkContent()
    var drawing = try Gnuplot.run(script(.pdf, size: size), .pdf)
    // The hour in the file would make each drawing another one.
    if let mark = drawing.range(of: Data("/CreationDate (D:".utf8)),
      let end = drawing.range(of: Data(")".utf8), in: mark.upperBound..<drawing.endIndex),
      end.lowerBound - mark.upperBound < 32
    {
      let count = end.lowerBound - mark.upperBound
      drawing.replaceSubrange(
        mark.upperBound..<end.lowerBound, with: Data("20000101000000Z".utf8.prefix(count)))
    }
    return drawing
  }

  private func checkContent() throws(RunError) {
    guard hasContent else { throw RunError("none of its values is a finite number on its axes") }
  }
}
