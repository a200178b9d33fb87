import DeviceModels
import LinearAlgebra
import NumericalMethods

/// How a number L that depends on an array's output currents changes with what made them.
public struct ArrayGradient: Sendable {
  /// dL/dG of each memristor in 1/S (times the unit of L), M × N.
  public let conductances: Matrix<Double>
  /// dL/dV of each source in 1/V (times the unit of L), M numbers.
  public let inputs: [Double]
}

extension ArraySolution {
  /// The gradient of L by the adjoint: one further linear solve, of the array read backwards.
  ///
  /// Backwards the sources are at the outputs with voltages dL/dI, and the inputs are grounded; the
  /// gradient of a cell is ∂I/∂G at its own voltage, times its voltage in the adjoint (Tellegen's
  /// theorem; Director and Rohrer, IEEE Trans. Circuit Theory 16, 318, 1969,
  /// doi:10.1109/TCT.1969.1082965).
  ///
  /// - Parameters:
  ///   - outputs: dL/dI of each output current, N numbers.
  ///   - array: the array that this solution belongs to.
  ///   - law: its cells.
  /// - Throws: `NumericalFailure` where the adjoint is not solved to `tolerance`.
  /// - Precondition: the sizes agree.
  public func gradient(
    _ outputs: [Double], of array: WiredArray, law: CellLaw = .ohmic, tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> ArrayGradient {
    let (rows, columns) = (array.rowCount, array.columnCount)
    precondition(
      outputs.count == columns && cellCurrents.elements.count == rows * columns,
      "a solution of the same array and a number for each output")
    var slopes = cellCurrents
    var gradient = cellCurrents
    let voltages = cellVoltages.elements
    for k in voltages.indices {
      let point = law.point(
        conductance: array.conductances.elements[k], voltage: voltages[k])
      slopes.elements[k] = point.slope
      gradient.elements[k] = point.perConductance
    }
    let adjoint = try WiredArraySolver(array.replacing(slopes).turned)
      .solve(outputs.reversed(), tolerance: tolerance)
    let backwards = adjoint.cellVoltages
    for i in 0..<rows {
      for j in 0..<columns {
        gradient[i, j] *= backwards[columns - 1 - j, rows - 1 - i]
      }
    }
    return ArrayGradient(conductances: gradient, inputs: adjoint.outputCurrents.reversed())
  }
}
