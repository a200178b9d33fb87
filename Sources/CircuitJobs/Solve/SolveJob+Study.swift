import Reporting

extension SolveJob: StudyJob {
  public static let name = "solve"

  /// The runs write no netlists.
  public static let excludedKeys = ["netlist"]

  public var inputFiles: [String] {
    options.resolved.filter { ["conductances", "inputs", "table"].contains($0.key) }.map(\.text)
  }

  /// The figures of the report.
  public func metrics(_: SetupCache) throws -> [Metric] {
    try table(try summary()).metrics()
  }
}
