import Foundation
import InputOutput
import Reporting
import Synchronization

/// Shows progress on standard error: on a terminal a bar with the remaining time, otherwise one
/// line when a task begins.
final class TerminalProgress: RunProgress {
  private struct State {
    var task = ""
    var started = Date.distantPast
    var first = 0
    var shown = Date.distantPast
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) == 1

  func report(_ task: String, done: Int, of total: Int) {
    report(task, done: done, of: total, reached: "")
  }

  func note(_ line: String) {
    let clear = isTerminal ? "\r\u{1B}[K" : ""
    StandardStreams.complain(clear + TerminalText.message(line) + "\n")
  }

  func report(_ task: String, done: Int, of total: Int, reached: String) {
    let now = Date()
    let text = state.withLock { state -> String in
      if state.task != task {
        state.task = task
        state.started = now
        state.first = done
        state.shown = .distantPast
        if !isTerminal { return "\(task)\n" }
      }
      guard isTerminal else { return "" }
      if done >= total {
        state.task = ""
        return "\r\u{1B}[K"
      }
      guard now.timeIntervalSince(state.shown) >= 0.1 else { return "" }
      state.shown = now
      let spent = now.timeIntervalSince(state.started)
      return "\r\u{1B}[K\(task) \(Self.bar(done, total)) \(done)/\(total)"
        + (done > state.first
          ? "  \(Self.clock(spent * Double(total - done) / Double(done - state.first))) left" : "")
        + (reached.isEmpty ? "" : "  \(reached)")
    }
    if !text.isEmpty { StandardStreams.complain(text) }
  }

  private static func bar(_ done: Int, _ total: Int) -> String {
    let width = 30
    let full = total > 0 ? width * done / total : 0
    return "[" + String(repeating: "=", count: full) + String(repeating: " ", count: width - full)
      + "]"
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 359_999))
    return whole < 3600
      ? String(format: "%d:%02d", whole / 60, whole % 60)
      : String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }
}
