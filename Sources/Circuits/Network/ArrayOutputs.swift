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
  /// Making the effective conductances takes as long as some 30 solves of an array with wires of the
  /// order of 1 Ω a segment; they need linear cells, open far ends and virtual grounds.
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
    if count >= 30, law == .ohmic,
      let array = plain(.read(vectors[0], columns: columns))?.array
    {
      let (matrix, deviation) = try array.checkedEffectiveConductances()
      return ArrayOutputs(
        currents: product(inputs, matrix), residual: deviation, method: "effective conductances")
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
