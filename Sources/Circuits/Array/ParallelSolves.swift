import LinearAlgebra
import NumericalMethods
import Synchronization

/// The results of `solve` for every vector of `batch`, in their order, on all threads.
/// - Throws: the failure of the first vector that fails.
func solveInParallel<Input: Sendable, Solution: Sendable>(
  _ batch: [Input], _ solve: @Sendable (Input) throws(NumericalFailure) -> Solution
) throws(NumericalFailure) -> [Solution] {
  let results = Mutex<[Int: Result<Solution, NumericalFailure>]>([:])
  Parallel.forEach(batch.count) { k in
    let result = Result { () throws(NumericalFailure) in try solve(batch[k]) }
    results.withLock { $0[k] = result }
  }
  let done = results.withLock { $0 }
  var solutions: [Solution] = []
  for k in batch.indices {
    guard let result = done[k] else { preconditionFailure("every vector has a result") }
    solutions.append(try result.get())
  }
  return solutions
}
