import Dispatch
import Foundation
import InputOutput
import Reporting
import Synchronization

/// Runs the missing rows of a plan on all threads and writes each as it ends.
struct SweepRunner: Sendable {
  let plan: Plan
  let store: ResultsStore
  let threads: Int
  let shard: Shard?
  let observer: any SweepObserver
  let log: StudyLog
  /// What the rows share, and where they note what a reader must know.
  let setups = SetupCache()

  private struct Progress {
    var state: SweepState
    var failure: (any Error)?
  }

  /// - Returns: how far the part is.
  /// - Throws: `RunError` where the results cannot be written.
  func run() throws -> SweepState {
    let present = try store.present(rowCount: plan.rowCount)
    let pending = (0..<plan.rowCount).filter { row in
      !present.rows[row] && (shard?.contains(row / plan.study.repeats) ?? true)
    }
    let start = ContinuousClock.now
    let source = RowSource(store: store, pending: pending, threads: threads)
    let progress = Mutex(
      Progress(
        state: SweepState(
          total: present.done + pending.count, done: present.done, failed: present.failed,
          finishedHere: 0, elapsed: 0)))
    observer.report(progress.withLock { $0.state }, isLast: false)
    log.info("\(pending.count) rows are missing, \(threads) threads")
    let heart = DispatchSource.makeTimerSource(queue: .global())
    heart.schedule(deadline: .now() + 5, repeating: 5)
    heart.setEventHandler { try? store.beat() }
    heart.resume()
    defer { heart.cancel() }
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      do {
        while progress.withLock({ $0.failure == nil }), let row = try source.next() {
          let finished = compute(row)
          source.finished(finished.seconds)
          try store.record([finished], plan: plan)
          let state = progress.withLock { progress -> SweepState in
            progress.state.done += 1
            progress.state.finishedHere += 1
            if case .failure = finished.result { progress.state.failed += 1 }
            progress.state.elapsed = (ContinuousClock.now - start) / .seconds(1)
            return progress.state
          }
          observer.report(state, isLast: false)
        }
      } catch {
        progress.withLock { if $0.failure == nil { $0.failure = error } }
      }
    }
    let (ended, failure) = progress.withLock { ($0.state, $0.failure) }
    var state = ended
    state.done += source.othersDone
    observer.report(state, isLast: true)
    if let failure {
      log.error("ended early: \(failure)")
      throw failure
    }
    try store.end()
    log.info("\(state.finishedHere) rows finished here, \(state.done) of \(state.total) are there")
    return state
  }

  private func compute(_ row: Int) -> FinishedRow {
    let start = ContinuousClock.now
    let result: Result<[Metric], PointFailure>
    do {
      let job = try plan.study.job.init(try plan.settings(row: row))
      let metrics = try job.metrics(setups)
      precondition(
        Set(metrics.map(\.name)).count == metrics.count, "a job names each metric once")
      result = .success(metrics)
    } catch {
      let text = TerminalText.message("\(error)".replacingOccurrences(of: "\n", with: " "))
      log.warning("row \(row) failed: \(text)")
      result = .failure(PointFailure(message: text))
    }
    return FinishedRow(
      row: row, result: result, seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
