import LinearAlgebra

/// The state of a wired array under one vector of source voltages.
public struct ArraySolution: Sendable {
  /// Volts of each cell's node on its word line, M × N.
  public let wordLineVoltages: Matrix<Double>
  /// Volts of each cell's node on its bit line, M × N.
  public let bitLineVoltages: Matrix<Double>
  /// Amperes through each cell from word line to bit line, M × N.
  public let cellCurrents: Matrix<Double>
  /// Amperes that each bit line feeds into its virtual ground, N numbers.
  public let outputCurrents: [Double]
  /// Amperes that each source feeds into its word line, M numbers.
  public let sourceCurrents: [Double]
  /// The largest Kirchhoff current mismatch of a node over the largest cell current.
  public let residual: Double
  /// How many steps of conjugate gradients were made.
  public let iterations: Int
  /// How many steps of Newton's method were made; 0 where the cells are linear.
  public let newtonSteps: Int

  /// Volts across each cell, M × N.
  public var cellVoltages: Matrix<Double> {
    var voltages = wordLineVoltages
    for k in voltages.elements.indices { voltages.elements[k] -= bitLineVoltages.elements[k] }
    return voltages
  }

  /// Watts dissipated in each cell, M × N.
  public var cellPowers: Matrix<Double> {
    var powers = cellCurrents
    for k in powers.elements.indices {
      powers.elements[k] *= wordLineVoltages.elements[k] - bitLineVoltages.elements[k]
    }
    return powers
  }
}
