import LinearAlgebra
import NumericalMethods

/// The eliminated lines of one array, ready to solve for any source voltages.
public struct WiredArraySolver: Sendable {
  /// The array that is solved.
  public let array: WiredArray
  let factors: LineFactors

  /// Eliminates the lines of `array` as chains.
  /// - Complexity: O(M·N).
  public init(_ array: WiredArray) {
    self.array = array
    factors = LineFactors(array)
  }

  /// Node voltages and currents of the array under `inputs`; large arrays on all threads.
  ///
  /// - Parameters:
  ///   - inputs: source voltages in volts, one a word line, finite.
  ///   - start: the solution of a similar case to begin from.
  ///   - tolerance: the largest Kirchhoff current mismatch, relative to the largest cell current.
  ///   - iterationLimit: how many sweeps over all lines, or steps of conjugate gradients, may be made.
  /// - Throws: `NumericalFailure` with iteration count and residual where the tolerance is not met.
  /// - Precondition: `inputs.count` is the number of rows and `tolerance` is positive.
  public func solve(
    _ inputs: [Double], from start: ArraySolution? = nil, tolerance: Double = 1e-9,
    iterationLimit: Int = 5_000
  ) throws(NumericalFailure) -> ArraySolution {
    try solve(
      inputs, from: start, tolerance: tolerance, iterationLimit: iterationLimit, isParallel: true)
  }

  private func solve(
    _ inputs: [Double], from start: ArraySolution?, tolerance: Double, iterationLimit: Int,
    isParallel: Bool
  ) throws(NumericalFailure) -> ArraySolution {
    precondition(inputs.count == array.rowCount, "one source voltage a word line is expected")
    precondition(tolerance > 0, "a tolerance is positive")
    let iteration = LineIteration(factors, isParallel: isParallel)
    iteration.drive(inputs)
    if let start { iteration.begin(atBitLines: start.bitLineVoltages) }
    try iteration.solve(
      isWarm: start != nil, tolerance: tolerance, iterationLimit: iterationLimit)
    return ArraySolution(
      wordLineField: iteration.wordLineVoltages, bitLineField: iteration.bitLineVoltages,
      currentField: iteration.cellCurrents,
      outputCurrents: iteration.outputs, sourceCurrents: iteration.sourceCurrents,
      residual: iteration.residual, iterations: iteration.iterations, newtonSteps: 0)
  }

  /// The solutions of many input vectors, in their order, on all threads.
  /// - Throws: `NumericalFailure`, the first of them, where one does not converge.
  public func solve(
    batch: [[Double]], tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> [ArraySolution] {
    try solveInParallel(batch) { inputs throws(NumericalFailure) in
      try solve(
        inputs, from: nil, tolerance: tolerance, iterationLimit: 5_000, isParallel: batch.count == 1
      )
    }
  }
}
