internal import CKernels
import DeviceModels
import LinearAlgebra
import NumericalMethods

// Newton's method around the linear solver. At cell voltages v a cell is replaced by its tangent, a
// conductance I′(v) in series with the electromotive force v − I(v)/I′(v), and the linear array is
// solved, warm-started, to a tolerance that tightens as Newton converges. Every iterate obeys
// Kirchhoff's laws for *demanded* cell currents, one at the word-line and one at the bit-line node;
// demanded currents are linear in the node voltages, so a damped step needs no further solve. What is
// left is the difference of the cells' own currents from them: the Kirchhoff residual, which a line
// search makes smaller with every step.

/// Solves wired arrays whose cells are nonlinear.
public struct NonlinearArraySolver: Sendable {
  /// The wires, and the memristors' conductances at small voltages.
  public let array: WiredArray
  /// How a cell's current follows its voltage.
  public let law: CellLaw

  /// A solver of `array` whose cells obey `law`.
  public init(_ array: WiredArray, law: CellLaw) {
    self.array = array
    self.law = law
  }

  /// Node voltages and currents of the array under `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: source voltages in volts, one a word line, finite.
  ///   - start: the solution of a similar case to begin from.
  ///   - tolerance: the largest Kirchhoff current mismatch, relative to the largest cell current.
  ///   - stepLimit: how many Newton steps may be made.
  /// - Throws: `NumericalFailure` with step count and residual where the tolerance is not met.
  /// - Precondition: `inputs.count` is the number of rows and `tolerance` is positive.
  public func solve(
    _ inputs: [Double], from start: ArraySolution? = nil, tolerance: Double = 1e-9,
    stepLimit: Int = 200
  ) throws(NumericalFailure) -> ArraySolution {
    precondition(inputs.count == array.rowCount, "one source voltage a word line is expected")
    precondition(tolerance > 0, "a tolerance is positive")
    let zeros = [Double](repeating: 0, count: array.conductances.elements.count)
    var cells = Cells(currents: zeros, slopes: zeros, mismatch: 0, largest: 0)
    var iterations = 0
    let given = start?.cellVoltages.elements ?? zeros
    law.evaluate(
      conductances: array.conductances.elements, voltages: given, currents: &cells.currents,
      slopes: &cells.slopes)
    var iterate = try tangent(
      inputs, cells, at: given, start: start?.bitLineVoltages.elements, tolerance: 1e-2,
      &iterations)
    measure(iterate, &cells)
    for step in 1...max(1, stepLimit) {
      let relative = cells.relative
      if relative <= tolerance {
        return solution(iterate, cells, iterations: iterations, steps: step)
      }
      let accuracy = min(1e-2, max(0.3 * tolerance, 1e-2 * relative))
      let target = try tangent(
        inputs, cells, at: iterate.voltages, start: iterate.w, tolerance: accuracy, &iterations)
      guard let next = search(from: iterate, to: target, &cells) else {
        throw failure(relative, steps: step, tolerance)
      }
      iterate = next
    }
    if cells.relative <= tolerance {
      return solution(iterate, cells, iterations: iterations, steps: stepLimit + 1)
    }
    throw failure(cells.relative, steps: stepLimit, tolerance)
  }

  /// The solutions of many input vectors, in their order, on all threads.
  /// - Throws: `NumericalFailure`, the first of them, where one does not converge.
  public func solve(
    batch: [[Double]], tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> [ArraySolution] {
    try solveInParallel(batch) { inputs throws(NumericalFailure) in
      try solve(inputs, tolerance: tolerance)
    }
  }

  /// The longest step of halving lengths after which the mismatch is smaller.
  private func search(from old: Iterate, to target: Iterate, _ cells: inout Cells) -> Iterate? {
    let before = cells
    var length = 1.0
    for _ in 0..<40 {
      var next = target
      if length < 1 { next = old.moved(to: target, by: length) }
      measure(next, &cells)
      if cells.mismatch <= (1 - 1e-4 * length) * before.mismatch
        || cells.relative <= 0.5 * before.relative
      {
        return next
      }
      length *= 0.5
    }
    return nil
  }

  /// The array with each cell replaced by its tangent at `voltages`.
  private func tangent(
    _ inputs: [Double], _ cells: Cells, at voltages: [Double], start: [Double]?,
    tolerance: Double, _ iterations: inout Int
  ) throws(NumericalFailure) -> Iterate {
    var forces = voltages
    for k in forces.indices {
      forces[k] = cells.slopes[k] > 0 ? voltages[k] - cells.currents[k] / cells.slopes[k] : 0
    }
    let slopes = Matrix(
      rowCount: array.rowCount, columnCount: array.columnCount, elements: cells.slopes)
    let solver = WiredArraySolver(array.replacing(slopes))
    let state = try solver.converged(
      inputs, forces: forces, start: start, tolerance: tolerance, iterationLimit: 5_000)
    iterations += state.iterations
    var voltages = state.u
    var fromBits = state.current
    for k in voltages.indices {
      voltages[k] -= state.w[k]
      fromBits[k] -= state.r[k]
    }
    return Iterate(
      u: state.u, w: state.w, voltages: voltages, fromWords: state.current, fromBits: fromBits,
      outputs: state.last, sources: solver.sourceCurrents(inputs, state))
  }

  /// The cells' own currents at `iterate`, and how far they are from the demanded ones.
  private func measure(_ iterate: Iterate, _ cells: inout Cells) {
    law.evaluate(
      conductances: array.conductances.elements, voltages: iterate.voltages,
      currents: &cells.currents, slopes: &cells.slopes)
    let count = cells.currents.count
    cells.mismatch = max(
      ow_cells_distance(cells.currents, iterate.fromWords, count),
      ow_cells_distance(cells.currents, iterate.fromBits, count))
    cells.largest = ow_cells_distance(cells.currents, nil, count)
  }

  private func failure(_ relative: Double, steps: Int, _ tolerance: Double) -> NumericalFailure {
    NumericalFailure(
      "the wired array of \(array.rowCount)×\(array.columnCount) nonlinear cells was solved to a residual of \(relative) after \(steps) Newton steps, \(tolerance) was asked for"
    )
  }

  private func solution(
    _ iterate: Iterate, _ cells: Cells, iterations: Int, steps: Int
  ) -> ArraySolution {
    func matrix(_ elements: [Double]) -> Matrix<Double> {
      Matrix(rowCount: array.rowCount, columnCount: array.columnCount, elements: elements)
    }
    return ArraySolution(
      wordLineVoltages: matrix(iterate.u), bitLineVoltages: matrix(iterate.w),
      cellCurrents: matrix(cells.currents), outputCurrents: iterate.outputs,
      sourceCurrents: iterate.sources, residual: cells.relative, iterations: iterations,
      newtonSteps: steps)
  }

  /// What the cells do at an iterate.
  private struct Cells {
    var currents, slopes: [Double]
    /// Amperes.
    var mismatch, largest: Double
    /// The mismatch relative to the largest current.
    var relative: Double { mismatch == 0 ? 0 : mismatch / largest }
  }

  /// A state that obeys Kirchhoff's laws for the cell currents it demands.
  private struct Iterate {
    var u, w, voltages, fromWords, fromBits, outputs, sources: [Double]

    func moved(to target: Iterate, by length: Double) -> Iterate {
      var moved = self
      func blend(_ a: inout [Double], _ b: [Double]) { ow_cells_blend(&a, b, length, b.count) }
      blend(&moved.u, target.u)
      blend(&moved.w, target.w)
      blend(&moved.voltages, target.voltages)
      blend(&moved.fromWords, target.fromWords)
      blend(&moved.fromBits, target.fromBits)
      blend(&moved.outputs, target.outputs)
      blend(&moved.sources, target.sources)
      return moved
    }
  }
}
