import Foundation
import LinearAlgebra

/// Embeddings on the unit sphere: rows of the length 1, whose products are cosines. A row of zeros stays one.
package struct UnitVectors: Sendable {
  /// Rows of the length 1.
  package let rows: Matrix<Double>
  /// The length of each row before.
  private let lengths: [Double]

  /// Each row divided by its length.
  package init(_ embeddings: Matrix<Float>) {
    self.init(
      Matrix(
        rowCount: embeddings.rowCount, columnCount: embeddings.columnCount,
        elements: embeddings.elements.map(Double.init)))
  }

  private init(_ embeddings: Matrix<Double>) {
    var rows = embeddings
    let width = rows.columnCount
    lengths = (0..<rows.rowCount).map { row in
      let range = row * width..<(row + 1) * width
      let length = rows.elements[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
      if length > 0 { for k in range { rows.elements[k] /= length } }
      return length
    }
    self.rows = rows
  }

  /// The cosine of each row with each row of `other`.
  package func cosines(with other: UnitVectors) -> Matrix<Double> {
    product(rows, other.rows.transposed())
  }

  /// The gradient at the embeddings, from that at the rows: (g − u·(u·g))/length, and 0 for a row of zeros, which has no
  /// direction.
  func gradient(_ atRows: Matrix<Double>) -> Matrix<Float> {
    let width = rows.columnCount
    var result = Matrix<Float>(rowCount: rows.rowCount, columnCount: width)
    for (row, length) in lengths.enumerated() where length > 0 {
      let range = row * width..<(row + 1) * width
      let along = range.reduce(0.0) { $0 + rows.elements[$1] * atRows.elements[$1] }
      for k in range {
        result.elements[k] = Float((atRows.elements[k] - rows.elements[k] * along) / length)
      }
    }
    return result
  }

  /// The direction of the mean of the rows of each of `count` groups; zeros for a group without rows.
  /// - Parameter groups: the group of each row.
  func means(of groups: [Int32], count: Int) -> UnitVectors {
    precondition(groups.count == rows.rowCount, "a group per row")
    let width = rows.columnCount
    var sums = Matrix<Double>(rowCount: count, columnCount: width)
    for (row, group) in groups.enumerated() {
      for k in 0..<width {
        sums.elements[Int(group) * width + k] += rows.elements[row * width + k]
      }
    }
    return UnitVectors(sums)
  }
}
