internal import COpenBLAS

/// Least squares with a penalty on the coefficients: min over W and b of Σ‖y − x·W − b‖² + λ·‖W‖², from sums of products to
/// which rows are added in pieces.
///
/// The normal equations (XᵀX + λ·D)·[W; b] = XᵀY, with X extended by a column of ones and D the identity without the
/// place of b, are solved by Cholesky's factor in double precision (LAPACK's dpotrf and dpotrs). Results depend on
/// the order in which rows are added and on nothing else.
package struct RidgeRegression: Sendable {
  /// How many regressors a row has, without the constant one.
  package let inputs: Int
  /// How many values a row has.
  package let outputs: Int
  /// XᵀX of the regressors and the constant 1; the lower triangle of (inputs + 1)², row major.
  package var squares: [Double]
  /// XᵀY, (inputs + 1) × outputs.
  package var products: [Double]
  /// Σ y² of all outputs.
  package var power = 0.0
  /// How many rows were added.
  package var rows = 0

  /// A regression without rows.
  package init(inputs: Int, outputs: Int) {
    self.inputs = inputs
    self.outputs = outputs
    squares = Array(repeating: 0, count: (inputs + 1) * (inputs + 1))
    products = Array(repeating: 0, count: (inputs + 1) * outputs)
  }

  /// Adds rows.
  ///
  /// - Parameters:
  ///   - x: rows × inputs.
  ///   - y: rows × outputs.
  /// - Precondition: as many rows of both.
  package mutating func add(_ x: Matrix<Float>, _ y: Matrix<Float>) {
    precondition(
      x.columnCount == inputs && y.columnCount == outputs && x.rowCount == y.rowCount,
      "regressors and values of every row")
    let (width, count) = (inputs + 1, x.rowCount)
    guard count > 0 else { return }
    var extended = [Double](repeating: 1, count: count * width)
    for row in 0..<count {
      for i in 0..<inputs { extended[row * width + i] = Double(x.elements[row * inputs + i]) }
    }
    let values = y.elements.map(Double.init)
    BLAS.addSquares(
      extended, leading: width, into: &squares, leading: width, n: width, k: count)
    BLAS.gemm(
      extended, .transposed, leading: width, values, leading: outputs, into: &products,
      leading: outputs, m: width, n: outputs, k: count, beta: 1)
    power += values.reduce(0) { $0 + $1 * $1 }
    rows += count
  }

  /// The mean of all regressors of all rows; NaN without rows.
  package var meanRegressor: Double {
    squares[(inputs * (inputs + 1))..<(inputs * (inputs + 2))].reduce(0, +)
      / Double(rows * inputs)
  }

  /// The rows of both.
  /// - Precondition: as many inputs and outputs.
  package static func + (a: RidgeRegression, b: RidgeRegression) -> RidgeRegression {
    precondition(a.inputs == b.inputs && a.outputs == b.outputs, "rows of one kind")
    var sum = a
    for k in sum.squares.indices { sum.squares[k] += b.squares[k] }
    for k in sum.products.indices { sum.products[k] += b.products[k] }
    sum.power += b.power
    sum.rows += b.rows
    return sum
  }

  /// The coefficients for the penalty λ, (inputs + 1) × outputs: W, and b in the last row.
  ///
  /// - Returns: `nil` where rounding leaves the equations without a solution: λ is too small for dependent regressors.
  package func coefficients(penalty: Double) -> Matrix<Double>? {
    let width = inputs + 1
    var factor = squares
    for i in 0..<inputs { factor[i * width + i] += penalty }
    // LAPACK's columns are our rows: the lower triangle is its upper one, and right sides stand one behind the other.
    var sides = Matrix(rowCount: width, columnCount: outputs, elements: products).transposed()
    guard BLAS.solvePositive(&factor, order: width, &sides.elements, columns: outputs) else {
      return nil
    }
    let found = sides.transposed()
    return found.elements.allSatisfy(\.isFinite) ? found : nil
  }

  /// Σ (y − x·W − b)² of the rows over all outputs, not below 0.
  ///
  /// - Parameter coefficients: as `coefficients(penalty:)` gives them, of these or of other rows.
  package func residualSquares(_ coefficients: Matrix<Double>) -> Double {
    let width = inputs + 1
    var whole = squares
    for i in 0..<width {
      for j in 0..<i { whole[j * width + i] = whole[i * width + j] }
    }
    let image = product(
      Matrix(rowCount: width, columnCount: width, elements: whole), coefficients)
    var sum = power
    for k in products.indices {
      sum += coefficients.elements[k] * (image.elements[k] - 2 * products[k])
    }
    return max(0, sum)
  }
}
