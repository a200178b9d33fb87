/// A dense matrix, row major, in one flat array.
public struct Matrix<Scalar: Sendable>: Sendable {
  /// How many rows it has.
  public let rowCount: Int
  /// How many columns it has.
  public let columnCount: Int
  /// The elements, row after row: element (i, j) is `elements[i * columnCount + j]`.
  public var elements: [Scalar]

  /// A matrix whose elements are given row by row.
  /// - Precondition: `elements.count == rowCount * columnCount`.
  @inlinable
  public init(rowCount: Int, columnCount: Int, elements: [Scalar]) {
    precondition(elements.count == rowCount * columnCount, "a matrix needs rows × columns elements")
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elements = elements
  }

  /// A matrix of one value.
  @inlinable
  public init(rowCount: Int, columnCount: Int, repeating value: Scalar) {
    self.init(
      rowCount: rowCount, columnCount: columnCount,
      elements: Array(repeating: value, count: rowCount * columnCount))
  }

  /// Element (i, j).
  @inlinable
  public subscript(row: Int, column: Int) -> Scalar {
    get { elements[row * columnCount + column] }
    set { elements[row * columnCount + column] = newValue }
  }

  /// The matrix with rows and columns exchanged.
  public func transposed() -> Matrix {
    var result = elements
    for i in 0..<rowCount {
      for j in 0..<columnCount { result[j * rowCount + i] = elements[i * columnCount + j] }
    }
    return Matrix(rowCount: columnCount, columnCount: rowCount, elements: result)
  }

  /// The block of `rows` and `columns`.
  public func block(rows: Range<Int>, columns: Range<Int>) -> Matrix {
    var result: [Scalar] = []
    result.reserveCapacity(rows.count * columns.count)
    for i in rows {
      result +=
        elements[i * columnCount + columns.lowerBound..<i * columnCount + columns.upperBound]
    }
    return Matrix(rowCount: rows.count, columnCount: columns.count, elements: result)
  }
}

extension Matrix where Scalar: AdditiveArithmetic {
  /// Some rows and columns of a block-diagonal matrix of `groups` equal blocks, zeros between them.
  ///
  /// This matrix holds the blocks one below the other: the rows of all of them, and the columns of one.
  /// - Precondition: `groups` divides the rows; rows and columns are in range.
  public func diagonal(groups: Int, rows: Range<Int>, columns: Range<Int>) -> Matrix {
    if groups == 1 { return block(rows: rows, columns: columns) }
    var result = Matrix(rowCount: rows.count, columnCount: columns.count)
    let height = rowCount / groups
    for i in rows {
      let first = i / height * columnCount
      for j in columns.clamped(to: first..<first + columnCount) {
        result[i - rows.lowerBound, j - columns.lowerBound] = self[i, j - first]
      }
    }
    return result
  }
}

extension Matrix: Equatable where Scalar: Equatable {}

extension Matrix where Scalar: AdditiveArithmetic {
  /// A matrix of zeros.
  @inlinable
  public init(rowCount: Int, columnCount: Int) {
    self.init(rowCount: rowCount, columnCount: columnCount, repeating: .zero)
  }
}
