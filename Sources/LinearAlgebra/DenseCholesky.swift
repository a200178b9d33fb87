/// A small symmetric positive definite matrix, factorized as L·Lᵀ.
///
/// Sums are made in one order, so that the bits of a solution depend on the matrix alone.
package struct DenseCholesky: Sendable {
  /// The number of rows.
  package let order: Int
  /// L, row major; what stands above the diagonal has no meaning.
  private var factor: [Double]

  /// Factorizes a matrix of which only the elements on and below the diagonal count.
  ///
  /// - Parameter matrix: order × order, row major.
  /// - Returns: `nil` where the matrix is not positive definite.
  package init?(_ matrix: [Double], order n: Int) {
    precondition(matrix.count == n * n, "rows × rows elements")
    order = n
    factor = matrix
    var isPositive = true
    var column = [Double](repeating: 0, count: n)
    factor.withUnsafeMutableBufferPointer { a in
      column.withUnsafeMutableBufferPointer { c in
        for k in 0..<n {
          let pivot = a[k * n + k]
          guard pivot > 0, pivot.isFinite else {
            isPositive = false
            return
          }
          let root = pivot.squareRoot()
          a[k * n + k] = root
          for i in k + 1..<max(n, k + 1) {
            a[i * n + k] /= root
            c[i] = a[i * n + k]
          }
          for i in k + 1..<max(n, k + 1) {
            let (factor, row) = (c[i], a.baseAddress! + i * n)
            for j in k + 1..<i + 1 { row[j] -= factor * c[j] }
          }
        }
      }
    }
    if !isPositive { return nil }
  }

  /// The solution of A·x = b.
  package func solve(_ b: [Double]) -> [Double] {
    precondition(b.count == order, "a number a row")
    var x = b
    let n = order
    factor.withUnsafeBufferPointer { l in
      x.withUnsafeMutableBufferPointer { x in
        for i in 0..<n {
          var sum = x[i]
          for j in 0..<i { sum -= l[i * n + j] * x[j] }
          x[i] = sum / l[i * n + i]
        }
        for i in stride(from: n - 1, through: 0, by: -1) {
          let value = x[i] / l[i * n + i]
          x[i] = value
          for j in 0..<i { x[j] -= l[i * n + j] * value }
        }
      }
    }
    return x
  }
}
