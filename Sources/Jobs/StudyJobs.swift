import CircuitJobs
import NetworkJobs
import Reporting
import Studies

/// The jobs that a study may name.
public enum StudyJobs {
  /// All of them.
  public static let all: [any StudyJob.Type] =
    [FormulaJob.self, MapJob.self, AdcJob.self, TrainStudyJob.self, SolveStudyJob.self]
    + DeviceStudyJobs.all
}
