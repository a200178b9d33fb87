import DeviceModels
import InputOutput
import Reporting

/// The job `device iv`, `device pulse` and so on of a study.
struct DeviceStudyJob<Task: DeviceTask>: StudyJob {
  static var name: String { "device \(Task.name)" }

  private let task: Task
  private let resolved: [(key: String, text: String)]

  init(_ settings: [Setting]) throws {
    let reader = DeviceReader(settings)
    task = try Task(reader)
    try reader.finish()
    resolved = reader.resolved
  }

  var inputFiles: [String] {
    resolved.compactMap { key, text in
      switch key {
      case "device": try? DeviceLibrary.path(of: text)
      case "compare", "waveform", "data": text
      default: nil
      }
    }
  }

  /// The numbers of the table that the command prints.
  func metrics(_ setups: SetupCache) throws -> [Metric] {
    let result = try task.run(RunContext())
    result.notes.forEach(setups.note)
    return result.table.metrics(labels: result.labelColumns)
  }
}

/// The tasks of `device` that a study may name.
package enum DeviceStudyJobs {
  /// `device iv`, `device pulse` and the others.
  package static let all: [any StudyJob.Type] = [
    DeviceStudyJob<LoopTask>.self, DeviceStudyJob<PulseTask>.self, DeviceStudyJob<SwitchTask>.self,
    DeviceStudyJob<NoiseTask>.self, DeviceStudyJob<RetentionTask>.self,
    DeviceStudyJob<ExtractTask>.self, DeviceStudyJob<FitTask>.self,
  ]
}
