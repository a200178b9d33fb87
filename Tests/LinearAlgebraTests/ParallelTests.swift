import Dispatch
import LinearAlgebra
import Synchronization
import Testing

@Suite(.serialized) struct ParallelTests {
  @Test("every piece of work is done once, on any number of threads", arguments: [1, 2, 5])
  func pieces(threads: Int) {
    let before = Parallel.threadCount
    Parallel.threadCount = threads
    defer { Parallel.threadCount = before }
    let sum = Atomic<Int>(0)
    Parallel.forEach(1000) { sum.add($0, ordering: .relaxed) }
    #expect(sum.load(ordering: .relaxed) == 499_500)
  }

  @Test("jobs in quick succession, far apart, of one piece and of none are all done")
  func manyJobs() {
    let before = Parallel.threadCount
    Parallel.threadCount = 3
    defer { Parallel.threadCount = before }
    for job in 0..<2000 {
      let sum = Atomic<Int>(0)
      let count = job % 17
      Parallel.forEach(count) { sum.add($0 + 1, ordering: .relaxed) }
      #expect(sum.load(ordering: .relaxed) == count * (count + 1) / 2)
      // Long enough for helpers to fall asleep.
      if job % 500 == 499 { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + 0.002) }
    }
  }

  @Test("a piece of work may hand out work itself, and two threads may hand out work at a time")
  func nested() {
    let before = Parallel.threadCount
    Parallel.threadCount = 4
    defer { Parallel.threadCount = before }
    let sum = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 3) { _ in
      for _ in 0..<20 {
        Parallel.forEach(6) { _ in
          Parallel.forEach(10) { sum.add($0, ordering: .relaxed) }
        }
      }
    }
    #expect(sum.load(ordering: .relaxed) == 3 * 20 * 6 * 45)
  }
}
