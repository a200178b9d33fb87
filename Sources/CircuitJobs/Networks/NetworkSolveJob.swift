import ArrayFiles
import Circuits
import Foundation
import InputOutput
import NumericalMethods
import Reporting

/// A resistive network, solved for the voltages of its nodes.
public struct NetworkSolveJob: Sendable {
  let options: NetworkOptions

  /// Whether settings are those of a network, and not of an array.
  public static func accepts(_ settings: [Setting]) -> Bool {
    settings.contains { $0.key == "network" }
  }

  /// Whether the file at `path` describes a network.
  public static func isNetworkFile(_ path: String) -> Bool { NetworkFile.isNetwork(path) }

  /// - Throws: `InputErrors` or `InputError` where settings or files are wrong.
  public init(_ settings: [Setting]) throws { options = try NetworkOptions(settings) }

  /// What a run ended with.
  public struct Outcome: Sendable {
    /// One figure per row: quantity, value, unit.
    public let figures: Table
    /// The voltages of named nodes.
    public let nodes: Table
    /// The folder of the run.
    public let folder: String
  }

  /// Solves, and writes the run directory.
  ///
  /// - Throws: `RunError` where a phase has no steady state, ngspice is asked for and missing, or the folder cannot be written.
  public func run(_ context: RunContext) throws -> Outcome {
    let directory = try RunDirectory(
      at: context.output ?? "runs/solve", job: "solve", overwrites: context.overwrites,
      files: ["nodes.csv", "branches.csv", "solution.npz"])
    if let path = options.netlist {
      try AtomicFile.checkWritable(path, overwrites: context.overwrites)
    }
    Gnuplot.announce(to: context.progress)
    for notice in options.file.notices { context.progress.note(notice) }
    context.progress.report("Solving", done: 0, of: 1)
    let (summary, solved) = try solve()
    context.progress.report("Solving", done: 1, of: 1)
    var figures = solved
    let netlist = options.file.network.spiceNetlist(at: summary.free)
    if options.checksWithNgspice {
      context.progress.report("Running ngspice", done: 0, of: 1)
      let deviation = try Ngspice.deviation(
        of: summary.free, in: options.file.network, from: Ngspice.printed(by: netlist))
      figures.append([.text("largest deviation from ngspice"), .number(deviation), .text("")])
      context.progress.report("Running ngspice", done: 1, of: 1)
    }
    if let path = options.netlist { try AtomicFile.write(netlist, to: path) }
    try directory.writeRunFile(settings: options.resolved, provenance: [])
    try directory.write(figures.csv, to: "metrics.csv")
    try directory.write(summary.nodes.csv, to: "nodes.csv")
    try directory.write(summary.branches.csv, to: "branches.csv")
    try directory.write(try NPZ.bytes(summary.arrays, compressed: false), to: "solution.npz")
    let drawn = DrawnFigures(
      [
        Figure(
          name: "node-voltages", plot: summary.plot,
          caption: "Voltages of the nodes at the steady state.")
      ], context.figures, progress: context.progress)
    try drawn.write(with: directory.write)
    try directory.write(
      RunReport.html(
        title: "Steady state of \(options.path)",
        figures: drawn.drawings.map { (caption: $0.caption, svg: $0.svg) }, metrics: figures,
        runFile: try directory.text(of: "run.yaml"), notes: drawn.failureLines),
      to: "report.html")
    try directory.finish()
    return Outcome(figures: figures, nodes: summary.nodes, folder: directory.path)
  }

  /// The figures of a study: those of the report, and the voltages of the named nodes.
  func metrics() throws -> [Metric] {
    let (summary, figures) = try solve()
    return figures.metrics()
      + summary.nodes.metrics()
  }

  private func solve() throws(RunError) -> (NetworkSummary, Table) {
    do throws(NumericalFailure) {
      let summary = try NetworkSummary(options)
      return (summary, try summary.figures())
    } catch {
      throw RunError(error.message)
    }
  }
}
