import InputOutput
import Reporting
import StrictYAML

/// The job `train` of a study: the run file under `run-file`, and every other key stands in the place of
/// a value of it, `device.pulses.parameters.beta-up` as with `--set`.
package struct TrainStudyJob: StudyJob {
  package static let name = "train"
  package static let excludedKeys = ["checkpoints.time", "checkpoints.steps"]

  private let path: String
  private let overrides: [StrictOverride]

  package init(_ settings: [Setting]) throws {
    let reader = SettingsReader(settings)
    path = reader.text("run-file")
    overrides = reader.keys.filter { $0 != "run-file" }.compactMap { key in
      let parts = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      if parts.contains("") || parts.count > 16 {
        reader.fault(key, "'\(key)' is not of the form key.key")
        return nil
      }
      return StrictOverride(path: parts, text: reader.text(key))
    }
    try reader.finish()
    _ = try job()
  }

  private func job() throws -> TrainJob { try TrainJob(runFile: path, overrides: overrides) }

  package var inputFiles: [String] { [path] + ((try? job())?.inputFiles ?? []) }

  /// Opens the data and makes the rule, which reads its own keys.
  package func check(_ setups: SetupCache) throws { _ = try job().prepared(setups) }

  /// The numbers that the command prints at its end.
  package func metrics(_ setups: SetupCache) throws -> [Metric] {
    try job().trained(setups).table.metrics()
  }
}
