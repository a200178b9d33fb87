import Reporting

/// The job `solve` of a study: a network where the key `network` names one, else an array.
package struct SolveStudyJob: StudyJob {
  package static let name = "solve"

  /// The runs write no netlists.
  package static let excludedKeys = ["netlist"]

  private enum Kind {
    case array(SolveJob)
    case network(NetworkSolveJob)
  }

  private let kind: Kind

  package init(_ settings: [Setting]) throws {
    kind =
      NetworkSolveJob.accepts(settings)
      ? .network(try NetworkSolveJob(settings)) : .array(try SolveJob(settings))
  }

  package var inputFiles: [String] {
    switch kind {
    case .array(let job): job.inputFiles
    case .network(let job): [job.options.path]
    }
  }

  /// The figures of the report; of a network also the voltages of the named nodes.
  package func metrics(_ setups: SetupCache) throws -> [Metric] {
    switch kind {
    case .array(let job): try job.metrics(setups)
    case .network(let job): try job.metrics()
    }
  }
}
