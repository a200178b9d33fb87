internal import CMatrixKernels
import Dispatch
import Synchronization

/// How work is laid over threads: numbered pieces that share no state.
public enum Parallel {
  private static let configured = Atomic<Int>(0)

  /// How many threads work is laid over: what was set, else the machine's active processors.
  public static var threadCount: Int {
    get {
      let n = configured.load(ordering: .relaxed)
      return n > 0 ? n : max(1, ProcessorCount.active)
    }
    set {
      precondition(newValue > 0, "at least one thread works")
      configured.store(newValue, ordering: .relaxed)
    }
  }

  /// Calls `body` once for each of `count` pieces of work, on `threadCount` threads.
  ///
  /// A piece is the unit that decides the bits of a result: lay out pieces by the problem's size,
  /// never by the number of threads. A piece should last 5 µs or more.
  public static func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let parts = min(threadCount, count)
    guard parts > 1 else {
      for k in 0..<max(0, count) { body(k) }
      return
    }
    let isDone = withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) {
        ow_team_run(
          Int32(clamping: parts - 1), count,
          { context, k in
            context!.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(k)
          }, UnsafeMutableRawPointer(mutating: $0))
      }
    }
    if isDone == 0 { forEachBeside(count, parts: parts, body) }
  }

  /// The same where the team of threads is busy with another job.
  private static func forEachBeside(_ count: Int, parts: Int, _ body: @Sendable (Int) -> Void) {
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: parts) { _ in
      while true {
        let k = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard k < count else { return }
        body(k)
      }
    }
  }
}
