import ArrayFiles
import Circuits
import Foundation
import InputOutput
import LinearAlgebra
import NumericalMethods
import Reporting

/// One array with its wires, solved for the voltages of every node.
public struct SolveJob: Sendable {
  let options: SolveOptions

  /// - Throws: `InputErrors` or `InputError` where settings or files are wrong.
  public init(_ settings: [Setting]) throws { options = try SolveOptions(settings) }

  /// What a run ended with.
  public struct Outcome: Sendable {
    /// One figure a row: quantity, value, unit.
    public let figures: Table
    /// One output a row: its current (or voltage), what it would be without wires, the difference.
    public let outputs: Table
    /// The folder of the run.
    public let folder: String
  }

  /// Solves, and writes the run directory.
  ///
  /// - Throws: `RunError` where the solver does not reach the tolerance, ngspice is asked for and
  ///   missing, or the folder cannot be written.
  public func run(_ context: RunContext) throws -> Outcome {
    let directory = try RunDirectory(
      at: context.output ?? "runs/solve", job: "solve", overwrites: context.overwrites,
      files: ["outputs.csv", "solution.npz"],
      reads: options.resolved.filter { $0.key != "netlist" }.map(\.text))
    if let path = options.netlist {
      try AtomicFile.checkWritable(path, overwrites: context.overwrites)
    }
    Gnuplot.announce(to: context.progress)
    noteSize(context.progress)
    for notice in options.notices { context.progress.note(notice) }
    context.progress.report("Solving", done: 0, of: 1)
    let summary = try summary()
    context.progress.report("Solving", done: 1, of: 1)
    let notices = options.voltageNotices(of: summary.solutions)
    for notice in notices { context.progress.note(notice) }
    if options.checksWithNgspice { context.progress.report("Running ngspice", done: 0, of: 1) }
    let figures = try table(summary)
    if options.checksWithNgspice { context.progress.report("Running ngspice", done: 1, of: 1) }
    if let path = options.netlist { try AtomicFile.write(netlist, to: path) }
    let outputs = summary.outputs
    try directory.writeRunFile(settings: options.resolved, provenance: [])
    try directory.write(figures.csv, to: "metrics.csv")
    try directory.write(outputs.csv, to: "outputs.csv")
    try directory.write(
      try NPZ.bytes(summary.arrays, compressed: false), to: "solution.npz")
    let drawn = DrawnFigures(summary.plots, context.figures, progress: context.progress)
    try drawn.write(with: directory.write)
    try directory.write(
      RunReport.html(
        title: options.title,
        figures: drawn.drawings.map { (caption: $0.caption, svg: $0.svg) }, metrics: figures,
        runFile: try directory.text(of: "run.yaml"), notes: notices + drawn.failureLines),
      to: "report.html")
    try directory.finish()
    return Outcome(figures: figures, outputs: outputs, folder: directory.path)
  }

  /// Says what a large array takes: a solve of linear cells was measured at 1 µs of processor time and
  /// 200 bytes per cell; other laws take several linear solves.
  private func noteSize(_ progress: any RunProgress) {
    let circuit = options.circuit
    let cells = Double(circuit.wordTerminalCount) * Double(circuit.bitTerminalCount)
    guard cells > 4e6 else { return }
    let seconds = 1e-6 * cells * Double(options.terminals.count)
    progress.note(
      String(
        format: "%.3g cells take about %.0f s of processor time per linear solve and %.1f GB",
        cells,
        seconds, 200e-9 * cells))
  }

  private var netlist: String { options.circuit.spiceNetlist(options.terminals[0]) }

  /// The figures, the comparison with ngspice among them where it is asked for.
  func table(_ summary: SolveSummary) throws -> Table {
    var figures = summary.figures
    if options.checksWithNgspice {
      let deviation = try Ngspice.deviation(
        of: summary.solutions[0], under: options.terminals[0], netlist: netlist,
        from: Ngspice.printed(by: netlist))
      figures.append([.text("largest deviation from ngspice"), .number(deviation), .text("")])
    }
    return figures
  }

  func summary() throws(RunError) -> SolveSummary {
    do {
      let circuit = options.circuit
      let solutions = try circuit.solve(batch: options.terminals, tolerance: options.tolerance)
      let floats = options.terminals.contains { $0.words.contains(nil) || $0.bits.contains(nil) }
      let ideals =
        floats
        ? try circuit.withIdealConductors.solve(
          batch: options.terminals, tolerance: options.tolerance) : nil
      var (delays, settling): ([Double], [Double]) = ([], [])
      if let capacitance = options.capacitance {
        delays = try circuit.elmoreDelays(options.terminals[0], capacitance: capacitance)
        if let bits = options.settlingBits {
          settling = try circuit.settlingTimes(
            options.terminals[0], capacitance: capacitance,
            accuracy: 0.5 / Double(1 << bits))
        }
      }
      var more: [(name: String, value: Double, unit: String)] = []
      if let cell = options.surroundings.selectedCell(solutions[0].cellVoltages) {
        more = cell.figures
        if options.surroundings.isSneakPathRead {
          let margin = try cell.readMargin(
            of: circuit, options.terminals[0], tolerance: options.tolerance)
          more.append(("read margin, (I_on - I_off)/I_on", 100 * margin, "%"))
        }
        if let half = options.halfSelects { more += try half.figures(cell) }
      }
      return SolveSummary(
        circuit: circuit, terminals: options.terminals, solutions: solutions, ideals: ideals,
        pairs: options.pairs, isTransposed: options.isTransposed, delays: delays,
        settling: settling,
        more: more)
    } catch {
      throw RunError(error.message)
    }
  }
}

extension SolveJob {
  /// The files that the run reads.
  var inputFiles: [String] {
    options.resolved.filter { ["conductances", "inputs", "table"].contains($0.key) }.map(\.text)
  }

  /// The figures of a study: those of the report.
  func metrics(_ setups: SetupCache) throws -> [Metric] {
    let summary = try summary()
    options.voltageNotices(of: summary.solutions).forEach(setups.note)
    return try table(summary).metrics()
  }
}
