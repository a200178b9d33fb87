import Foundation
import Reporting

/// Appends one line an event to the file `log.txt` of a study.
///
/// Lines of several processes stay whole: each is one write to a file opened for appending.
struct StudyLog: Sendable {
  private let folder: FolderHandle

  /// The log of the study in `folder`.
  init(_ folder: FolderHandle) { self.folder = folder }

  /// Something that was to be expected.
  func info(_ text: String) { write("info", text) }
  /// Something that did not stop the sweep.
  func warning(_ text: String) { write("warning", text) }
  /// What stopped the sweep.
  func error(_ text: String) { write("error", text) }

  private func write(_ level: String, _ text: String) {
    let line = "\(Date().ISO8601Format()) \(getpid()) \(level) \(text)\n"
    try? folder.append(line, to: "log.txt", makes: true, flushes: false)
  }
}
