import ArrayFiles
import Foundation
import InputOutput

/// The folder of a training run: it lives as long as the run, every file in it whole at any moment, so
/// that a run that was killed goes on from its checkpoint.
struct TrainingFolder {
  let path: String

  private var checkpointPath: String { "\(path)/checkpoint.safetensors" }

  /// Takes up the folder of a run to resume, or clears it for a new one.
  ///
  /// - Throws: `InputError` where `path` holds something that is no run, or, to resume, another run;
  ///   `RunError` where it cannot be written.
  init(at path: String, runFile: String, resumes: Bool) throws {
    self.path = (path as NSString).standardizingPath
    try RunDirectory.checkReplaceable(self.path)
    let old = "\(self.path)/run.yaml"
    if resumes, FileManager.default.fileExists(atPath: old) {
      guard try InputFile.text(of: old, limit: 1 << 24) == runFile else {
        throw InputError(
          old,
          "is the run file of another run; give the run file and the options it was begun with, "
            + "or begin anew without --resume")
      }
      return
    }
    for name in ["checkpoint.safetensors", "metrics.csv", "timing.csv", "report.html"] {
      try? FileManager.default.removeItem(atPath: "\(self.path)/\(name)")
    }
    try write(runFile, to: "run.yaml")
  }

  /// Writes `text` to the file `name`, whole.
  func write(_ text: String, to name: String) throws(RunError) {
    try AtomicFile.write(text, to: "\(path)/\(name)")
  }

  /// Writes the checkpoint, whole and flushed to disk.
  func save(_ entries: [(name: String, array: NumericArray)]) throws(RunError) {
    try Safetensors.write(entries, to: checkpointPath)
  }

  /// The checkpoint, or `nil` where none was written yet.
  func checkpoint() throws(InputError) -> NamedArrays? {
    guard FileManager.default.fileExists(atPath: checkpointPath) else { return nil }
    return try Safetensors.read(path: checkpointPath)
  }
}
