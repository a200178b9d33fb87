internal import CKernels
import LinearAlgebra
import NumericalMethods

// Aims, most important first:
// 1. Kirchhoff's current law holds at every node to the tolerance, relative to the largest cell
//    current, or an error is thrown.
// 2. No digits are lost as wires become ideal: nothing is divided by a wire's resistance.
// 3. Speed.
//
// Word lines are eliminated as chains; what remains is S·w = b for the bit-line voltages, with
// S = P − E: P holds the bit lines with every cell grounded (chains again), E = G·u(w) what comes
// back through the word lines at 0 V. Conjugate gradients preconditioned by P need only y = P·w and
// P·p, both of which follow by recurrence from residuals, so P is only ever inverted. At the end
// w = P⁻¹·y, and the mismatch is G·u − y, both exact to rounding.

/// The eliminated lines of one array, ready to solve for any source voltages.
public struct WiredArraySolver: Sendable {
  /// The array that is solved.
  public let array: WiredArray
  private let wordCells: [Double]
  private let wordFactors: [Double]
  private let wordDrops: [Double]
  private let wordAdmittances: [Double]
  private let bitFactors: [Double]
  private let bitDrops: [Double]

  /// Eliminates the lines of `array` as chains.
  /// - Complexity: O(M·N).
  public init(_ array: WiredArray) {
    self.array = array
    let (rows, columns) = (array.rowCount, array.columnCount)
    let block = Int(OW_LINE_BLOCK)
    let padded = (rows + block - 1) / block * block * columns
    var cells = [Double](repeating: 0, count: padded)
    var factors = cells
    var drops = cells
    var admittances = [Double](repeating: 0, count: rows)
    ow_lines_factor_words(
      array.conductances.elements, array.wordLineResistances.elements, &cells, &factors, &drops,
      &admittances, rows, columns)
    (wordCells, wordFactors, wordDrops, wordAdmittances) = (cells, factors, drops, admittances)
    factors = [Double](repeating: 0, count: rows * columns)
    drops = factors
    ow_lines_factor_bits(
      array.conductances.elements, array.bitLineResistances.elements, &factors, &drops, rows,
      columns)
    (bitFactors, bitDrops) = (factors, drops)
  }

  /// Node voltages and currents of the array under `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: source voltages in volts, one a word line, finite.
  ///   - tolerance: the largest Kirchhoff current mismatch, relative to the largest cell current.
  ///   - iterationLimit: how many steps of conjugate gradients may be made.
  /// - Throws: `NumericalFailure` with iteration count and residual where the tolerance is not met.
  /// - Precondition: `inputs.count` is the number of rows and `tolerance` is positive.
  public func solve(
    _ inputs: [Double], tolerance: Double = 1e-9, iterationLimit: Int = 5_000
  ) throws(NumericalFailure) -> ArraySolution {
    precondition(inputs.count == array.rowCount, "one source voltage a word line is expected")
    precondition(tolerance > 0, "a tolerance is positive")
    let state = try converged(inputs, tolerance: tolerance, iterationLimit: iterationLimit)
    func matrix(_ elements: [Double]) -> Matrix<Double> {
      Matrix(rowCount: array.rowCount, columnCount: array.columnCount, elements: elements)
    }
    return ArraySolution(
      wordLineVoltages: matrix(state.u), bitLineVoltages: matrix(state.w),
      cellCurrents: matrix(state.current), outputCurrents: state.last,
      sourceCurrents: sourceCurrents(inputs, state), residual: state.residual,
      iterations: state.iterations, newtonSteps: 0)
  }

  /// The solved state where cell k carries G·(u − w − e) with an electromotive force e of its own, as
  /// a linearised nonlinear cell does.
  ///
  /// - Parameters:
  ///   - forces: e in volts, one a cell; `nil` where all are 0.
  ///   - start: bit-line voltages near the solution; `nil` for 0 V.
  func converged(
    _ inputs: [Double], forces: [Double]? = nil, start: [Double]? = nil, tolerance: Double,
    iterationLimit: Int
  ) throws(NumericalFailure) -> State {
    let count = array.rowCount * array.columnCount
    let g = array.conductances.elements
    var state = State(count: count, array: array)
    var best = Double.infinity
    if let start { state.w = start }
    // One step of a fixed point: y = b where the bit lines start at 0 V.
    drive(inputs, forces, &state)
    _ = ow_lines_mismatch(g, state.driven, state.z, &state.y, count)
    while true {
      bits(state.y, &state.w, &state.last)
      drive(inputs, forces, &state)
      let largest = ow_lines_currents(g, state.driven, state.w, &state.current, count)
      let mismatch = ow_lines_mismatch(g, state.driven, state.y, &state.r, count)
      state.residual = mismatch == 0 ? 0 : mismatch / largest
      if state.residual <= tolerance { return state }
      guard state.residual < 0.5 * best, state.iterations < iterationLimit else {
        throw NumericalFailure(
          "the wired array of \(array.rowCount)×\(array.columnCount) cells was solved to a residual of \(state.residual) after \(state.iterations) iterations, \(tolerance) was asked for"
        )
      }
      best = state.residual
      state.iterations += conjugateGradients(
        &state, until: 0.3 * tolerance * largest, limit: iterationLimit - state.iterations)
    }
  }

  /// Word-line voltages u and `driven` = u − e for the bit-line voltages of `state`.
  private func drive(_ inputs: [Double], _ forces: [Double]?, _ state: inout State) {
    guard let forces else {
      words(inputs, state.w, &state)
      state.driven = state.u
      return
    }
    for k in forces.indices { state.driven[k] = state.w[k] + forces[k] }
    words(inputs, state.driven, &state)
    for k in forces.indices { state.driven[k] = state.u[k] - forces[k] }
  }

  /// Amperes that each source feeds into its word line.
  func sourceCurrents(_ inputs: [Double], _ state: State) -> [Double] {
    let block = Int(OW_LINE_BLOCK)
    return (0..<array.rowCount).map { i in
      wordFactors[i / block * block * array.columnCount + i % block]
        * (inputs[i] * wordAdmittances[i] - state.first[i])
    }
  }

  /// Steps from the mismatch `state.r` until its largest element is at most `target`.
  private func conjugateGradients(_ state: inout State, until target: Double, limit: Int) -> Int {
    let count = state.r.count
    let g = array.conductances.elements
    var slope = 0.0
    for step in 0..<limit {
      bits(state.r, &state.z, &state.last)
      let next = ow_lines_dot(state.r, state.z, count)
      guard next > 0 else { return step }
      ow_lines_direction(
        state.z, state.r, step == 0 ? 0 : next / slope, &state.p, &state.q, count)
      slope = next
      words(nil, state.p, &state)
      let curvature = ow_lines_curvature(state.p, state.q, g, state.u, count)
      guard curvature > 0 else { return step }
      let mismatch = ow_lines_step(
        slope / curvature, state.q, g, state.u, &state.y, &state.r, count)
      if mismatch <= target { return step + 1 }
    }
    return limit
  }

  /// Word-line voltages for bit-line voltages `w`; without inputs the sources are at 0 V.
  private func words(_ inputs: [Double]?, _ w: [Double], _ state: inout State) {
    if let inputs {
      ow_lines_words(
        wordCells, wordFactors, wordDrops, inputs, w, &state.u, &state.first, &state.work,
        array.rowCount, array.columnCount)
    } else {
      ow_lines_words(
        wordCells, wordFactors, wordDrops, nil, w, &state.u, nil, &state.work, array.rowCount,
        array.columnCount)
    }
  }

  /// w = P⁻¹·y, and the currents that leave the bit lines.
  private func bits(_ y: [Double], _ w: inout [Double], _ last: inout [Double]) {
    ow_lines_bits(bitFactors, bitDrops, y, &w, &last, array.rowCount, array.columnCount)
  }

  /// The vectors of one solve.
  struct State {
    /// Node voltages, driven = u − e, currents fed into the bit lines, their mismatch, directions.
    var u, w, driven, y, r, z, p, q, current: [Double]
    var first, last, work: [Double]
    var residual = 0.0
    var iterations = 0

    init(count: Int, array: WiredArray) {
      let zeros = [Double](repeating: 0, count: count)
      (u, w, driven, y, r) = (zeros, zeros, zeros, zeros, zeros)
      (z, p, q, current) = (zeros, zeros, zeros, zeros)
      first = [Double](repeating: 0, count: array.rowCount)
      last = [Double](repeating: 0, count: array.columnCount)
      work = [Double](repeating: 0, count: Int(OW_LINE_BLOCK) * array.columnCount)
    }
  }
}
