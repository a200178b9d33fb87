import Foundation
import InputOutput

/// The folder that a run leaves behind: `run.yaml`, `metrics.csv`, `figures/*.svg`, `report.html`
/// and the job's own files.
///
/// The files gather in a folder beside the final one and are moved there whole by `finish()`: a run
/// that fails leaves nothing, and a reader never sees half of one.
public final class RunDirectory {
  /// The final folder.
  public let path: String
  private let staging: String
  private var isFinished = false

  /// Makes the folder in which the files gather.
  ///
  /// - Throws: `InputError` where `path` holds something that is not an earlier run; `RunError` where
  ///   the folder cannot be made.
  public init(at path: String) throws {
    let standard = (path as NSString).standardizingPath
    self.path = standard
    staging = "\(standard).partial-\(getpid())"
    try Self.checkReplaceable(standard)
    try AtomicFile.makeFolder(staging)
  }

  deinit {
    if !isFinished { try? FileManager.default.removeItem(atPath: staging) }
  }

  /// Writes `text` to the file `name` of this run ("metrics.csv", "figures/accuracy.svg").
  public func write(_ text: String, to name: String) throws(RunError) {
    try AtomicFile.write(text, to: "\(staging)/\(name)")
  }

  /// Where the file `name` can be written while the run lasts, for writers that take a path.
  public func temporaryPath(of name: String) throws(RunError) -> String {
    let path = "\(staging)/\(name)"
    try AtomicFile.makeFolder((path as NSString).deletingLastPathComponent)
    return path
  }

  /// Writes `run.yaml`: a run file with everything that is needed to run `job` again.
  ///
  /// - Parameters:
  ///   - settings: every key of the job with the value it came out as.
  ///   - provenance: what a reader wants to know and a second run does not need.
  public func writeRunFile(
    job: String, settings: [(key: String, text: String)], provenance: [(key: String, text: String)]
  ) throws(RunError) {
    var lines = ["# Run again: ohmweave \(job) run.yaml", "job: \(YAMLText.scalar(job))"]
    lines += settings.map { "\($0.key): \(YAMLText.scalar($0.text))" }
    lines.append("provenance:")
    let all = [(key: "ohmweave", text: Version.current)] + provenance
    lines += all.map { "  \($0.key): \(YAMLText.scalar($0.text))" }
    try write(lines.joined(separator: "\n") + "\n", to: "run.yaml")
  }

  /// Moves the files to `path`, in the place of an earlier run.
  public func finish() throws(RunError) {
    precondition(!isFinished, "a run ends once")
    let files = FileManager.default
    let old = "\(path).old-\(getpid())"
    do {
      if files.fileExists(atPath: path) { try files.moveItem(atPath: path, toPath: old) }
      try files.moveItem(atPath: staging, toPath: path)
      isFinished = true
      if files.fileExists(atPath: old) { try files.removeItem(atPath: old) }
    } catch {
      throw RunError("cannot write the folder \(path): \(error.localizedDescription)")
    }
  }

  /// An earlier run, an empty folder and nothing at all may be replaced; so may what a run left that
  /// was killed while it wrote its first file.
  static func checkReplaceable(_ path: String) throws(InputError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else {
      throw InputError(path, "is a file, a folder for the run is expected")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names.contains("run.yaml") || names.allSatisfy(AtomicFile.isTemporary) else {
      throw InputError(
        path, "holds files that are not an ohmweave run, a new or an empty folder is expected")
    }
  }
}
