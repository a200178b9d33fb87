import LinearAlgebra
import NumericalMethods

/// The output currents of an array for many input vectors, and how they were found.
public struct ArrayOutputs: Sendable {
  /// Amperes, vectors × bit lines.
  public let currents: Matrix<Double>
  /// The largest mismatch over the largest current: of Kirchhoff's law in a solve, of one read checked
  /// by conjugate gradients where the effective conductances were used.
  public let residual: Double
  /// What was chosen, in words.
  public let method: String
}

extension ArrayCircuit {
  /// The output currents of a read of many vectors, by what is fastest: one solve a vector, or the
  /// effective conductances and one product.
  ///
  /// The first vector is solved and tells how much work one is; then `vectorsPerMatrix` decides.
  /// Effective conductances need linear cells, open far ends and virtual grounds.
  ///
  /// - Parameters:
  ///   - inputs: source voltages in volts, vectors × driven lines.
  ///   - tolerance: of the solves.
  /// - Throws: `NumericalFailure` where the tolerance is not met.
  /// - Precondition: a voltage a driven line.
  public func outputs(
    _ inputs: Matrix<Double>, tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> ArrayOutputs {
    precondition(inputs.columnCount == wordTerminalCount, "a voltage a driven line")
    let (count, columns) = (inputs.rowCount, bitTerminalCount)
    let vectors = (0..<count).map { k in
      Array(inputs.elements[k * inputs.columnCount..<(k + 1) * inputs.columnCount])
    }
    if law == .ohmic, count > 1, let array = plain(.read(vectors[0], columns: columns))?.array {
      return try array.outputs(inputs, vectors, tolerance: tolerance)
    }
    let solutions = try solve(
      batch: vectors.map { .read($0, columns: columns) }, tolerance: tolerance)
    return ArrayOutputs(
      currents: Matrix(
        rowCount: count, columnCount: columns, elements: solutions.flatMap(\.bitTerminalCurrents)),
      residual: solutions.reduce(0) { max($0, $1.residual) },
      method: solutions.first?.method ?? "nothing to solve")
  }
}

extension WiredArray {
  /// As many solves, of so much work each, take as long as making the effective conductances.
  ///
  /// Measured on square arrays of 32² to 256² with wires of 0.1 Ω to 10 Ω a segment (docs/solve.md):
  /// the number of vectors times the sweeps of one is 34·√N, within a factor of 1.7.
  /// - Parameter work: of one solve, in sweeps over all lines.
  func vectorsPerMatrix(work: Double) -> Double {
    34 * (Double(rowCount) * Double(columnCount)).squareRoot().squareRoot() / work
  }

  fileprivate func outputs(
    _ inputs: Matrix<Double>, _ vectors: [[Double]], tolerance: Double
  ) throws(NumericalFailure) -> ArrayOutputs {
    let solver = WiredArraySolver(self)
    let first = try solver.outputs([vectors[0]], tolerance: tolerance)
    if Double(vectors.count - 1) > vectorsPerMatrix(work: first.work) {
      let (matrix, deviation) = try checkedEffectiveConductances()
      return ArrayOutputs(
        currents: product(inputs, matrix), residual: deviation, method: "effective conductances")
    }
    let rest = try solver.outputs(Array(vectors[1...]), tolerance: tolerance)
    return ArrayOutputs(
      currents: Matrix(
        rowCount: vectors.count, columnCount: columnCount,
        elements: first.currents + rest.currents),
      residual: max(first.residual, rest.residual), method: "sweeps by lines, one solve a vector")
  }
}
