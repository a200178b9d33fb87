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

  /// The SVG text that gnuplot writes for `script`. A warning of gnuplot is no failure.
  ///
  /// - Throws: `RunError` where gnuplot is missing, cannot be started, rejects the script or takes
  ///   longer than `timeLimit`.
  static func run(_ script: String) throws(RunError) -> String {
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
    case .exited(0) where outcome.text.contains("</svg>"): return outcome.text
    default: throw RunError("gnuplot: \(outcome.lastComplaint ?? "no reason given")")
    }
  }
}

extension Plot {
  /// The figure as SVG text; the same data give the same text.
  ///
  /// - Throws: `RunError` where there is nothing to draw, or gnuplot is missing or fails.
  public func svg() throws(RunError) -> String {
    guard hasContent else { throw RunError("none of its values is a finite number on its axes") }
    // gnuplot escapes "<" and "&"; a text with "]]>" is no XML all the same. Viewers blur the cells of a
    // small image unless they are told not to.
    let drawing = try Gnuplot.run(script)
    return (drawing.utf8.contains(0xEE) ? GnuplotText.percentSigns(in: drawing) : drawing)
      .replacingOccurrences(of: "]]>", with: "]]&gt;")
      .replacingOccurrences(of: "<image x=", with: "<image style='image-rendering: pixelated' x=")
  }
}
