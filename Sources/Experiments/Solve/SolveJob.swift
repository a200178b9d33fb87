import ArrayFiles
import Circuits
import InputOutput
import LinearAlgebra
import NumericalMethods

/// One array with its wires, solved for the voltages of every node.
public struct SolveJob: Sendable {
  let options: SolveOptions

  /// - Throws: `InputErrors` or `InputError` where settings or files are wrong.
  public init(_ settings: [Setting]) throws { options = try SolveOptions(settings) }

  /// What a run ended with.
  public struct Outcome: Sendable {
    /// One figure a row: quantity, value, unit.
    public let figures: Table
    /// One output a row: its current, what it would be without wires, and the difference.
    public let outputs: Table
    /// The folder of the run.
    public let folder: String
  }

  /// Solves, and writes the run directory.
  ///
  /// - Throws: `RunError` where the solver does not reach the tolerance, ngspice is asked for and
  ///   missing, or the folder cannot be written.
  public func run(_ context: RunContext) throws -> Outcome {
    let directory = try RunDirectory(at: context.output ?? "runs/solve")
    context.progress.report("Solving", done: 0, of: 1)
    let solutions = try solved()
    context.progress.report("Solving", done: 1, of: 1)
    let summary = SolveSummary(
      array: options.array, law: options.law, inputs: options.inputs, solutions: solutions)
    let figures = try table(summary, solutions)
    if let path = options.netlist { try AtomicFile.write(netlist, to: path) }
    let outputs = summary.outputs
    try directory.writeRunFile(job: "solve", settings: options.resolved, provenance: [])
    try directory.write(figures.csv, to: "metrics.csv")
    try directory.write(outputs.csv, to: "outputs.csv")
    try NPZ.write(
      summary.arrays, to: try directory.temporaryPath(of: "solution.npz"), compressed: false)
    for (name, plot) in summary.plots {
      try directory.write(try plot.svg(), to: "figures/\(name).svg")
    }
    try directory.finish()
    try RunReport.write(run: directory.path, to: "\(directory.path)/report.html")
    return Outcome(figures: figures, outputs: outputs, folder: directory.path)
  }

  private var netlist: String {
    options.array.spiceNetlist(options.inputs[0], law: options.law)
  }

  /// The figures, the comparison with ngspice among them where it is asked for.
  func table(_ summary: SolveSummary, _ solutions: [ArraySolution]) throws -> Table {
    var figures = summary.figures
    if options.checksWithNgspice {
      let deviation = try Ngspice.deviation(of: solutions[0], from: Ngspice.printed(by: netlist))
      figures.append([.text("largest deviation from ngspice"), .number(deviation), .text("")])
    }
    return figures
  }

  func solved() throws(RunError) -> [ArraySolution] {
    do {
      if options.law == .ohmic {
        return try WiredArraySolver(options.array)
          .solve(batch: options.inputs, tolerance: options.tolerance)
      }
      return try NonlinearArraySolver(options.array, law: options.law)
        .solve(batch: options.inputs, tolerance: options.tolerance)
    } catch {
      throw RunError(error.message)
    }
  }
}
