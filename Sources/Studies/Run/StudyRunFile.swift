import Foundation
import InputOutput
import LinearAlgebra
import Reporting
import StrictYAML

/// The `run.yaml` of a study: its file, with what a reader wants to know below `provenance`.
enum StudyRunFile {
  private static let section = "provenance:"

  /// The folder from which the relative paths of the study at `path` lead, where it is the `run.yaml` of an earlier run;
  /// `nil` where it is none, or the folder is gone.
  static func folder(of path: String) -> String? {
    guard
      let folder = (try? StrictFile(path: path))?.root.child("provenance").unaskedText("folder"),
      folder.hasPrefix("/"), AtomicFile.isFolder(folder)
    else { return nil }
    return folder
  }

  /// The text for a run of `plan` in this process.
  ///
  /// A study that is itself the `run.yaml` of an earlier run keeps its provenance, but for the arithmetic.
  static func text(_ plan: Plan) -> String {
    let study = plan.study
    var lines = study.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    if lines.first?.hasPrefix("# Run again: ") == true { lines.removeFirst() }
    lines.insert(RunFile.heading(job: "sweep"), at: 0)
    let mode = "  \(RunFile.arithmeticKey): \(ArithmeticMode.current.rawValue)"
    if let place = lines.firstIndex(of: section) {
      lines.removeAll { $0.hasPrefix("  \(RunFile.arithmeticKey): ") }
      lines.insert(mode, at: place + 1)
    } else if !lines.contains(where: { $0.hasPrefix(section) }) {
      let facts = [
        ("ohmweave", Version.current), ("study-file", study.path), ("plan", plan.identity),
        ("seed", "\(study.seed)"), ("folder", FileManager.default.currentDirectoryPath),
      ]
      lines += [section, mode] + facts.map { "  \($0.0): \(YAMLText.scalar($0.1))" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
