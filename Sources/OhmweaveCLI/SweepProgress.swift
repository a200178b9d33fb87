import Foundation
import InputOutput
import Studies
import Synchronization

/// Shows a sweep on standard error: on a terminal a bar with rows per second, remaining time and
/// failures, otherwise one line every few seconds.
final class SweepProgress: SweepObserver {
  private let shown = Mutex(Date.distantPast)
  private let isTerminal = isatty(STDERR_FILENO) == 1

  func report(_ state: SweepState, isLast: Bool) {
    let now = Date()
    let isDue = shown.withLock { shown -> Bool in
      guard isLast || now.timeIntervalSince(shown) >= (isTerminal ? 0.1 : 5) else { return false }
      shown = now
      return true
    }
    guard isDue else { return }
    var text = "\(state.done)/\(state.total) rows"
    if state.finishedHere > 0 { text += String(format: ", %.3g per second", state.rate) }
    if let left = state.timeLeft, !isLast { text += ", \(Self.clock(left)) left" }
    text += ", \(state.failed) failed"
    if isTerminal {
      let width = 30
      let full = state.total > 0 ? width * state.done / state.total : width
      let bar = String(repeating: "=", count: full) + String(repeating: " ", count: width - full)
      text = "\r\u{1B}[K[\(bar)] " + text + (isLast ? "\n" : "")
    } else {
      text += "\n"
    }
    StandardStreams.complain(text)
  }

  static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 35_999_999))
    return whole < 3600
      ? String(format: "%d:%02d", whole / 60, whole % 60)
      : String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }
}
