import Foundation
import Reporting
import Synchronization

/// Hands the rows that are missing to the threads of one process, a few at a time claimed from the
/// store.
final class RowSource: Sendable {
  private struct State {
    /// Rows that nobody was seen to have done, in the order of the plan.
    var pending: [Int]
    var position = 0
    var claimed: ArraySlice<Int> = []
    /// Rows that other processes work on.
    var elsewhere: [Int] = []
    var seconds = 0.0
    var finished = 0
    var othersDone = 0
  }

  private let store: ResultsStore
  private let threads: Int
  private let state: Mutex<State>

  init(store: ResultsStore, pending: [Int], threads: Int) {
    self.store = store
    self.threads = threads
    state = Mutex(State(pending: pending))
  }

  /// How many rows other processes were seen to finish.
  var othersDone: Int { state.withLock { $0.othersDone } }

  /// A row took `seconds`; claims are sized to last half a second.
  func finished(_ seconds: Double) {
    state.withLock {
      $0.seconds += seconds
      $0.finished += 1
    }
  }

  /// The next row to run; `nil` where nothing is left. Waits for rows that others have claimed, and
  /// takes them over from processes that died.
  func next() throws -> Int? {
    while true {
      enum Step {
        case row(Int)
        case wait
        case end
      }
      let step = try state.withLock { state -> Step in
        if let row = state.claimed.popFirst() { return .row(row) }
        if Interruption.isAsked { return .end }
        while state.position < state.pending.count {
          try claim(&state)
          if let row = state.claimed.popFirst() { return .row(row) }
        }
        if state.elsewhere.isEmpty { return .end }
        state.pending = state.elsewhere
        state.position = 0
        state.elsewhere = []
        return .wait
      }
      switch step {
      case .row(let row): return Interruption.isAsked ? nil : row
      case .end: return nil
      case .wait: Thread.sleep(forTimeInterval: 0.2)
      }
    }
  }

  private func claim(_ state: inout State) throws {
    let mean = state.finished > 0 ? state.seconds / Double(state.finished) : 0.5
    let count = max(threads, min(512, Int(0.5 / max(mean, 1e-6)) * threads))
    let window = state.pending[state.position..<min(state.pending.count, state.position + count)]
    let answer = try store.claim(window, count: count)
    state.position += window.count
    state.claimed = answer.claimed[...]
    state.elsewhere += answer.elsewhere
    state.othersDone += answer.done.count
  }
}
