import LinearAlgebra
import NumericalMethods
import Synchronization

/// The results of `solve` for every vector of `batch`, in their order, on all threads.
/// - Throws: the failure of the first vector that fails.
func solveInParallel(
  _ batch: [[Double]],
  _ solve: @Sendable ([Double]) throws(NumericalFailure) -> ArraySolution
) throws(NumericalFailure) -> [ArraySolution] {
  let results = Mutex<[Int: Result<ArraySolution, NumericalFailure>]>([:])
  Parallel.forEach(batch.count) { k in
    let result = Result { () throws(NumericalFailure) in try solve(batch[k]) }
    results.withLock { $0[k] = result }
  }
  let done = results.withLock { $0 }
  var solutions: [ArraySolution] = []
  for k in batch.indices {
    guard let result = done[k] else { preconditionFailure("every vector has a result") }
    solutions.append(try result.get())
  }
  return solutions
}

extension WiredArraySolver {
  /// The solutions of many input vectors, in their order, on all threads.
  /// - Throws: `NumericalFailure`, the first of them, where one does not converge.
  public func solve(
    batch: [[Double]], tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> [ArraySolution] {
    try solveInParallel(batch) { inputs throws(NumericalFailure) in
      try solve(inputs, tolerance: tolerance)
    }
  }
}
