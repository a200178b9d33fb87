import Circuits

extension SolveJob: StudyJob {
  public static let name = "solve"

  /// The runs write no netlists.
  public static let excludedKeys = ["netlist"]

  public var inputFiles: [String] {
    options.resolved.filter { ["conductances", "inputs"].contains($0.key) }.map(\.text)
  }

  /// The figures of the report.
  public func metrics(_: SetupCache) throws -> [Metric] {
    let solutions = try solved()
    let summary = SolveSummary(
      array: options.array, law: options.law, inputs: options.inputs, solutions: solutions)
    return try table(summary, solutions).metrics()
  }
}
