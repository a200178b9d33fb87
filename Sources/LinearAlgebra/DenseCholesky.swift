/// A = L·Lᵀ of a symmetric positive definite dense matrix, for systems of up to a few hundred unknowns.
///
/// The first columns may be eliminated alone, and the others later, each time with another matrix added to what is left (Schur's
/// complement): where only some diagonal elements change from system to system, only these cost a factorization.
package struct DenseCholesky: Sendable {
  /// The number of rows.
  package let order: Int
  /// How many columns are eliminated.
  package private(set) var eliminated = 0
  /// L, row major, and what is left behind its columns; what stands above the diagonal has no meaning.
  private var factor: [Double]

  /// Factorizes a matrix of which only the elements on and below the diagonal count.
  ///
  /// - Parameters:
  ///   - matrix: order × order, row major.
  ///   - columns: how many are eliminated; `nil` is all.
  /// - Returns: `nil` where the matrix is not positive definite as far as it is eliminated.
  package init?(_ matrix: [Double], order n: Int, columns: Int? = nil) {
    precondition(matrix.count == n * n, "rows × rows elements")
    order = n
    factor = matrix
    guard eliminate(to: columns ?? n) else { return nil }
  }

  /// The whole factorization, after a change of what is left.
  ///
  /// - Parameter change: gets the address of the matrix, order × order, row major, of which it may change elements on and below the
  ///   diagonal in columns that are not eliminated.
  /// - Returns: `nil` where the matrix is not positive definite.
  package func completed(_ change: (UnsafeMutablePointer<Double>) -> Void) -> DenseCholesky? {
    var result = self
    result.factor.withUnsafeMutableBufferPointer {
      if let elements = $0.baseAddress { change(elements) }
    }
    return result.eliminate(to: order) ? result : nil
  }

  private mutating func eliminate(to end: Int) -> Bool {
    let (n, first) = (order, eliminated)
    eliminated = end
    return factor.withUnsafeMutableBufferPointer { a in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: n) { c in
        for k in first..<end {
          let pivot = a[k * n + k]
          guard pivot > 0, pivot.isFinite else { return false }
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
        return true
      }
    }
  }

  /// The solution of A·x = b.
  package func solve(_ b: [Double]) -> [Double] {
    precondition(b.count == order && eliminated == order, "a number a row, all columns eliminated")
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
