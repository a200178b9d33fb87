import Foundation
import InputOutput
import LinearAlgebra

/// The folder that a run leaves behind: `run.yaml`, `metrics.csv`, `figures/*.svg`, `report.html`
/// and the job's own files.
///
/// The files gather in a hidden folder inside the final one and are moved into place by `finish()`,
/// `run.yaml` last: a run that fails leaves nothing, and a folder with a `run.yaml` holds one whole run.
/// Files that no run wrote stay as they are; see `RunFolder`.
public final class RunDirectory {
  /// The final folder.
  public var path: String { folder.path }
  private let folder: RunFolder
  private let staging: FolderHandle
  private let job: String
  private var written: [String] = []
  private var isFinished = false

  /// Takes the folder and makes the one in which the files gather.
  ///
  /// - Parameters:
  ///   - job: what `run.yaml` names.
  ///   - overwrites: whether the files of an earlier run may be replaced.
  ///   - files: those that the job writes beside `run.yaml`, `metrics.csv` and `report.html`.
  ///   - reads: the files that the run reads, or the values of its settings, which may name some; see `RunFolder`.
  /// - Throws: `InputError` where `path` holds what may not be replaced; `RunError` where the folder
  ///   cannot be made.
  public init(
    at path: String, job: String, overwrites: Bool = false, files: [String] = [],
    reads: [String] = []
  ) throws {
    self.job = job
    folder = try RunFolder(
      at: path, job: job, overwrites: overwrites, reads: reads,
      names: ["run.yaml", "metrics.csv", "report.html"] + files)
    staging = try folder.handle.makeFolder(Leftovers.stagingName)
  }

  deinit { if !isFinished { folder.handle.removeTree(Leftovers.stagingName) } }

  /// Writes `text` to the file `name` of this run ("metrics.csv", "figures/accuracy.svg").
  public func write(_ text: String, to name: String) throws(RunError) {
    try write(Array(text.utf8), to: name)
  }

  /// Writes `bytes` to the file `name` of this run ("chips.npz").
  ///
  /// - Throws: `RunError` with the system's reason, or where the output folder was moved or replaced.
  public func write(_ bytes: [UInt8], to name: String) throws(RunError) {
    precondition(RunMarker.isAllowed(name), "'\(name)' is not the name of a run's file")
    try folder.handle.requireInPlace()
    try staging.write(bytes, to: name)
    if !written.contains(name) { written.append(name) }
  }

  /// Writes `run.yaml`: a run file with everything that is needed to run the job again.
  ///
  /// - Parameters:
  ///   - settings: every key of the job with the value it came out as; relative paths of files are written as
  ///     absolute ones.
  ///   - provenance: what a reader wants to know and a second run does not need.
  public func writeRunFile(
    settings: [(key: String, text: String)], provenance: [(key: String, text: String)]
  ) throws(RunError) {
    var lines = [RunFile.heading(job: job), "job: \(YAMLText.scalar(job))"]
    lines += settings.map { "\($0.key): \(YAMLText.scalar(GivenPath.absolute($0.text)))" }
    lines.append("provenance:")
    let all =
      [
        (key: "ohmweave", text: Version.current),
        (key: RunFile.arithmeticKey, text: ArithmeticMode.current.rawValue),
      ] + provenance
    lines += all.map { "  \($0.key): \(YAMLText.scalar($0.text))" }
    try write(lines.joined(separator: "\n") + "\n", to: "run.yaml")
  }

  /// The text of the file `name`, which the run has written.
  package func text(of name: String) throws(InputError) -> String {
    guard let text = try staging.text(of: name, limit: 64 << 20) else {
      throw InputError("\(path)/\(name)", "no such file")
    }
    return text
  }

  /// Moves the files into the folder, in the place of those of an earlier run.
  ///
  /// A run that is killed here can be started again without `--overwrite`.
  /// - Throws: `RunError` where a file cannot be moved, or has the name of one that no run wrote, which
  ///   is kept; all other files are in place then.
  public func finish() throws {
    precondition(!isFinished, "a run ends once")
    try folder.handle.requireInPlace()
    var kept: [String] = []
    var placed: [String] = []
    // The run file comes last.
    for name in written.filter({ $0 != "run.yaml" }) + written.filter({ $0 == "run.yaml" }) {
      if (try? folder.check(name)) == nil { kept.append(name) } else { placed.append(name) }
    }
    let old = folder.files
    try folder.replaceMarker(
      RunMarker(
        job: job, state: .placing, folderNumber: folder.handle.number, files: old + placed))
    if old.contains("run.yaml") { folder.handle.remove("run.yaml") }
    for name in placed { try folder.handle.take(name, from: staging) }
    let new = Set(placed)
    folder.remove(old.filter { !new.contains($0) })
    folder.handle.flush()
    try folder.replaceMarker(RunMarker(job: job, state: .finished, files: placed))
    isFinished = true
    folder.handle.removeTree(Leftovers.stagingName)
    if !kept.isEmpty {
      throw RunError(
        "\(kept.map { "\(path)/\($0)" }.joined(separator: ", ")): not written by a run and kept as it "
          + "is, this run's own file of that name is left out; all others are written")
    }
  }
}
