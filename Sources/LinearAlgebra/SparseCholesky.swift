internal import CSuiteSparse

/// A symmetric positive definite sparse matrix, factorised by CHOLMOD (Chen, Davis, Hager and
/// Rajamanickam, ACM Trans. Math. Softw. 35, 22, 2008, doi:10.1145/1391989.1391995).
///
/// The pattern is analyzed once; matrices of the same pattern are factorised again and again. One
/// thread at a time may use it.
package final class SparseCholesky {
  /// The number of rows.
  package let order: Int
  private var common = cholmod_common()
  private let places: [(row: Int32, column: Int32)]
  private var factor: UnsafeMutablePointer<cholmod_factor>?

  /// Analyses a pattern.
  ///
  /// - Parameter places: the elements on and below the diagonal; those that name one place are added.
  /// - Precondition: every place lies on or below the diagonal, within `order`.
  package init(order: Int, places: [(row: Int, column: Int)]) {
    precondition(
      places.allSatisfy { $0.column >= 0 && $0.row >= $0.column && $0.row < order },
      "places lie in the lower triangle")
    self.order = order
    self.places = places.map { (Int32($0.row), Int32($0.column)) }
    cholmod_start(&common)
    common.print = 0
  }

  deinit {
    cholmod_free_factor(&factor, &common)
    cholmod_finish(&common)
  }

  /// Factorises the matrix of `values`, one a place.
  /// - Returns: whether it is positive definite.
  package func factorise(_ values: [Double]) -> Bool {
    precondition(values.count == places.count, "a value a place")
    guard order > 0 else { return true }
    var triplet = cholmod_allocate_triplet(
      order, order, places.count, -1, Int32(CHOLMOD_REAL), &common)
    guard let t = triplet else { return false }
    let i = t.pointee.i.assumingMemoryBound(to: Int32.self)
    let j = t.pointee.j.assumingMemoryBound(to: Int32.self)
    let x = t.pointee.x.assumingMemoryBound(to: Double.self)
    for (k, place) in places.enumerated() {
      (i[k], j[k], x[k]) = (place.row, place.column, values[k])
    }
    t.pointee.nnz = places.count
    var matrix = cholmod_triplet_to_sparse(t, 0, &common)
    defer {
      cholmod_free_triplet(&triplet, &common)
      cholmod_free_sparse(&matrix, &common)
    }
    if factor == nil { factor = cholmod_analyze(matrix, &common) }
    guard let matrix, let factor else { return false }
    return cholmod_factorize(matrix, factor, &common) == 1 && common.status == CHOLMOD_OK
  }

  /// The solution of A·x = b.
  /// - Precondition: a matrix was factorised, and `b` has a number a row.
  package func solve(_ b: [Double]) -> [Double] { solve(b, count: 1) }

  /// The solutions of A·X = B for `count` right sides, one behind the other.
  /// - Precondition: a matrix was factorised, and every right side has a number a row.
  package func solve(_ b: [Double], count: Int) -> [Double] {
    precondition(b.count == order * count, "a number a row")
    guard order > 0, count > 0 else { return [] }
    precondition(factor != nil, "a factorised matrix")
    var right = cholmod_allocate_dense(order, count, order, Int32(CHOLMOD_REAL), &common)
    right!.pointee.x.assumingMemoryBound(to: Double.self).update(from: b, count: b.count)
    var result = cholmod_solve(Int32(CHOLMOD_A), factor, right, &common)
    defer {
      cholmod_free_dense(&right, &common)
      cholmod_free_dense(&result, &common)
    }
    let x = result!.pointee.x.assumingMemoryBound(to: Double.self)
    return Array(UnsafeBufferPointer(start: x, count: b.count))
  }
}
