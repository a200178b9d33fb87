import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Reporting
import StrictYAML

/// The folder of a training run: it lives as long as the run, every file in it whole at any moment, so
/// that a run that was killed goes on from its checkpoint.
struct TrainingFolder {
  static let checkpointName = "checkpoint.safetensors"
  /// Everything that a run writes.
  private static let names =
    ["run.yaml", "metrics.csv", "timing.csv", "report.html", checkpointName]
    + ["yaml", "safetensors", "npz", "onnx"].map { "network.\($0)" }
    + ["loss", "error"].flatMap { name in DrawnFigures.endings.map { "figures/\(name).\($0)" } }

  var path: String { folder.path }
  private let folder: RunFolder

  private var checkpointPath: String { "\(path)/\(Self.checkpointName)" }

  /// Takes up the folder of a run to resume, or clears it for a new one.
  ///
  /// - Throws: `InputError` where `path` holds another run and `overwrites` is not set, files that no run
  ///   wrote, or, to resume, another run; `RunError` where it cannot be written.
  init(at path: String, runFile: String, resumes: Bool, overwrites: Bool, reads: [String]) throws {
    folder = try RunFolder(
      at: path, job: "train",
      start: resumes
        ? .resumed(proofs: ["run.yaml"], adopted: ["run.yaml", Self.checkpointName]) : .anew,
      overwrites: overwrites, reads: reads, names: Self.names)
    let old = "\(folder.path)/run.yaml"
    guard resumes, folder.handle.kind(of: "run.yaml") == .file else {
      if resumes, folder.handle.kind(of: Self.checkpointName) != .missing {
        throw InputError(
          old, "is missing, the checkpoint beside it cannot be held against a run file")
      }
      try folder.clear()
      try folder.write(runFile, to: "run.yaml")
      return
    }
    let begun = try InputFile.text(of: old, limit: 1 << 24)
    guard begun == runFile else {
      let provenance = (try? StrictFile(text: begun, source: old))?.root.child("provenance")
      if let mode = provenance?.unaskedText(RunFile.arithmeticKey),
        mode != ArithmeticMode.current.rawValue
      {
        throw RunFile.arithmeticRefusal(old, begun: mode)
      }
      throw InputError(
        old,
        "is the run file of another run: give the run file and the options that it began with, or "
          + "--overwrite to begin anew")
    }
    try folder.adopt("run.yaml")
    try folder.reopen()
  }

  /// Writes `text` to the file `name`, whole.
  func write(_ text: String, to name: String) throws { try folder.write(text, to: name) }

  /// Writes `bytes` to the file `name`, whole.
  func write(_ bytes: [UInt8], to name: String) throws { try folder.write(bytes, to: name) }

  /// Writes the checkpoint, whole and flushed to disk.
  func save(_ entries: [(name: String, array: NumericArray)]) throws {
    try folder.write(Safetensors.bytes(entries), to: Self.checkpointName)
  }

  /// The checkpoint, or `nil` where none was written yet.
  func checkpoint() throws -> NamedArrays? {
    switch folder.handle.kind(of: Self.checkpointName) {
    case .missing: return nil
    case .file: return try Safetensors.read(path: checkpointPath)
    default: throw InputError(checkpointPath, "is not a regular file, a checkpoint is expected")
    }
  }

  /// Notes that the checkpoint was found to be this run's.
  func acceptCheckpoint() throws(RunError) { try folder.adopt(Self.checkpointName) }

  /// Notes that the run is done.
  func finish() throws(RunError) { try folder.finish() }
}
