import DeviceModels
import InputOutput
import LinearAlgebra
import NumericalMethods

/// An array of ohmic cells seen from its terminals, its wires eliminated.
///
/// Kirchhoff's law at the inner nodes is linear in the voltages V_t of the terminals: V_i = −Y_ii⁻¹·Y_it·V_t, and the
/// currents into the array are (Y_tt − Y_ti·Y_ii⁻¹·Y_it)·V_t, Schur's complement (Kron's reduction). One sparse Cholesky
/// factorization serves all terminals and all samples; it is exact up to rounding. Terminals are numbered word lines
/// first. One thread at a time may use it.
final class ReducedArray {
  let rowCount: Int
  let columnCount: Int
  /// Siemens, terminals × floating terminals: amperes into each terminal per volt at each terminal that floats, all
  /// others at 0 V. The floating ones are the bit lines, behind the word lines where these float too.
  let admittance: Matrix<Double>

  private let links: ArrayLinks
  private let matrix: SparseCholesky?

  /// - Parameter floatsWords: whether nothing holds the word lines either.
  /// - Throws: `InputError` where conductances or wires are not those of an array; `NumericalFailure` where the inner
  ///   nodes cannot be eliminated.
  init(_ layer: LayeredNetwork.Layer, floatsWords: Bool) throws {
    let links = try ArrayLinks(layer)
    let (rows, columns) = (layer.conductances.rowCount, layer.conductances.columnCount)
    (self.links, rowCount, columnCount) = (links, rows, columns)
    let first = floatsWords ? 0 : rows
    var result = Matrix<Double>(
      rowCount: rows + columns, columnCount: rows + columns - first, repeating: 0)
    func add(_ row: Int, _ column: Int, _ siemens: Double) {
      if column >= first { result[row, column - first] += siemens }
    }
    for link in links.all where link.b < 0 {
      let b = -1 - link.b
      add(b, b, link.siemens)
      guard link.a < 0 else { continue }
      let a = -1 - link.a
      add(a, a, link.siemens)
      add(a, b, -link.siemens)
      add(b, a, -link.siemens)
    }
    matrix = try links.eliminated()
    if let matrix {
      let n = links.innerCount
      var right = [Double](repeating: 0, count: n * result.columnCount)
      for edge in links.edges where -1 - edge.b >= first {
        right[(-1 - edge.b - first) * n + edge.a] += edge.siemens
      }
      let inner = matrix.solve(right, count: result.columnCount)
      for k in 0..<result.columnCount {
        for edge in links.edges {
          result[-1 - edge.b, k] -= edge.siemens * inner[k * n + edge.a]
        }
      }
    }
    admittance = result
  }

  /// The voltages of all cells, word line less bit line, for several cases.
  ///
  /// - Parameter terminals: volts, cases × terminals.
  /// - Returns: volts, cases × cells, row by row.
  func cellVoltages(_ terminals: Matrix<Double>) -> Matrix<Double> {
    precondition(terminals.columnCount == rowCount + columnCount, "a voltage a terminal")
    let (cases, n) = (terminals.rowCount, links.innerCount)
    var inner: [Double] = []
    if let matrix {
      var right = [Double](repeating: 0, count: n * cases)
      for k in 0..<cases {
        for edge in links.edges {
          right[k * n + edge.a] += edge.siemens * terminals[k, -1 - edge.b]
        }
      }
      inner = matrix.solve(right, count: cases)
    }
    var result = Matrix<Double>(rowCount: cases, columnCount: rowCount * columnCount, repeating: 0)
    for k in 0..<cases {
      func volts(_ place: Int) -> Double {
        place >= 0 ? inner[k * n + place] : terminals[k, -1 - place]
      }
      for cell in 0..<rowCount * columnCount {
        result[k, cell] = volts(links.words[cell]) - volts(links.bits[cell])
      }
    }
    return result
  }
}
