import Foundation

/// Appends one line an event to the file `log.txt` of a study.
///
/// Lines of several processes stay whole: each is one write to a file opened for appending.
struct StudyLog: Sendable {
  private let path: String

  init(path: String) { self.path = path }

  /// Something that was to be expected.
  func info(_ text: String) { write("info", text) }
  /// Something that did not stop the sweep.
  func warning(_ text: String) { write("warning", text) }
  /// What stopped the sweep.
  func error(_ text: String) { write("error", text) }

  private func write(_ level: String, _ text: String) {
    let line = "\(Date().ISO8601Format()) \(getpid()) \(level) \(text)\n"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = Array(line.utf8).withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
  }
}
