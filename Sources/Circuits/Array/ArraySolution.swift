import LinearAlgebra
import Synchronization

/// The state of a wired array under one vector of source voltages.
public struct ArraySolution: Sendable {
  let wordLineField: SolvedField
  let bitLineField: SolvedField
  let currentField: SolvedField
  /// Amperes that each bit line feeds into its virtual ground, N numbers.
  public let outputCurrents: [Double]
  /// Amperes that each source feeds into its word line, M numbers.
  public let sourceCurrents: [Double]
  /// The largest Kirchhoff current mismatch of a node over the largest cell current.
  public let residual: Double
  /// How many sweeps over all lines, and steps of conjugate gradients, were made.
  public let iterations: Int
  /// How many steps of Newton's method were made; 0 where the cells are linear.
  public let newtonSteps: Int

  /// Volts of each cell's node on its word line, M × N.
  public var wordLineVoltages: Matrix<Double> { wordLineField.matrix }
  /// Volts of each cell's node on its bit line, M × N.
  public var bitLineVoltages: Matrix<Double> { bitLineField.matrix }
  /// Amperes through each cell from word line to bit line, M × N.
  public var cellCurrents: Matrix<Double> { currentField.matrix }

  /// Volts across each cell, M × N.
  public var cellVoltages: Matrix<Double> {
    var voltages = wordLineVoltages
    let ends = bitLineVoltages.elements
    for k in voltages.elements.indices { voltages.elements[k] -= ends[k] }
    return voltages
  }

  /// Watts dissipated in each cell, M × N.
  public var cellPowers: Matrix<Double> {
    var powers = cellCurrents
    let voltages = cellVoltages.elements
    for k in powers.elements.indices { powers.elements[k] *= voltages[k] }
    return powers
  }
}

/// One field of a solved array, laid out as a matrix when it is first asked for.
final class SolvedField: Sendable {
  private let fields: LineFields
  private let index: Int
  private let shape: LineShape
  private let laidOut = Mutex<Matrix<Double>?>(nil)

  /// A field that nobody writes any more.
  init(_ fields: LineFields, _ index: Int, _ shape: LineShape) {
    (self.fields, self.index, self.shape) = (fields, index, shape)
  }

  var matrix: Matrix<Double> {
    laidOut.withLock { kept in
      let matrix = kept ?? fields.matrix(index, shape)
      kept = matrix
      return matrix
    }
  }
}
