internal import COpenBLAS

/// The products of BLAS, and solutions of LAPACK. Nothing else in the package calls OpenBLAS.
///
/// OpenBLAS always runs on the calling thread alone: the parts of a product are laid out by us
/// (`Parallel`), so that a result does not depend on the number of threads.
public enum BLAS {
  /// Whether a factor enters a product as it stands or transposed.
  public enum Form: Sendable {
    case plain
    case transposed

    fileprivate var code: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }
  }

  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Lets OpenBLAS itself use `count` threads: for benchmarks, which measure it as a rival. Whoever
  /// calls this sets it back to 1.
  package static func setLibraryThreads(_ count: Int) {
    _ = singleThreaded
    openblas_set_num_threads(Int32(count))
  }

  /// `C ← α·op(A)·op(B) + β·C`, row major, single precision.
  ///
  /// op(A) is m × k, op(B) is k × n, C is m × n; a leading dimension is the distance between rows.
  /// - Precondition: the buffers hold what the sizes say.
  public static func gemm(
    _ a: UnsafePointer<Float>, _ aForm: Form = .plain, leading lda: Int,
    _ b: UnsafePointer<Float>, _ bForm: Form = .plain, leading ldb: Int,
    into c: UnsafeMutablePointer<Float>, leading ldc: Int,
    m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
  ) {
    _ = singleThreaded
    guard m > 0, n > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, aForm.code, bForm.code, blasint(m), blasint(n), blasint(k), alpha, a,
      blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  /// The lower triangle of `A·Aᵀ`, A row major n × k; what is above the diagonal stays.
  public static func squares(
    _ a: UnsafePointer<Float>, leading lda: Int, into c: UnsafeMutablePointer<Float>,
    leading ldc: Int, n: Int, k: Int
  ) {
    _ = singleThreaded
    guard n > 0 else { return }
    cblas_ssyrk(
      CblasRowMajor, CblasLower, CblasNoTrans, blasint(n), blasint(k), 1, a, blasint(lda), 0, c,
      blasint(ldc))
  }

  /// `C ← α·op(A)·op(B) + β·C`, row major, double precision.
  public static func gemm(
    _ a: UnsafePointer<Double>, _ aForm: Form = .plain, leading lda: Int,
    _ b: UnsafePointer<Double>, _ bForm: Form = .plain, leading ldb: Int,
    into c: UnsafeMutablePointer<Double>, leading ldc: Int,
    m: Int, n: Int, k: Int, alpha: Double = 1, beta: Double = 0
  ) {
    _ = singleThreaded
    guard m > 0, n > 0 else { return }
    cblas_dgemm(
      CblasRowMajor, aForm.code, bForm.code, blasint(m), blasint(n), blasint(k), alpha, a,
      blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  /// Adds AᵀA to the lower triangle of C, A row major k × n, double precision; what is above the diagonal stays.
  static func addSquares(
    _ a: UnsafePointer<Double>, leading lda: Int, into c: UnsafeMutablePointer<Double>,
    leading ldc: Int, n: Int, k: Int
  ) {
    _ = singleThreaded
    cblas_dsyrk(
      CblasRowMajor, CblasLower, CblasTrans, blasint(n), blasint(k), 1, a, blasint(lda), 1, c,
      blasint(ldc))
  }

  /// Solves A·x = b for several b, A symmetric and positive definite.
  ///
  /// - Parameters:
  ///   - a: order × order, row major, of which only what is on and below the diagonal counts; overwritten.
  ///   - b: columns × order: the right sides one behind the other; become the solutions.
  /// - Returns: whether A is positive definite.
  static func solvePositive(
    _ a: inout [Double], order: Int, _ b: inout [Double], columns: Int
  ) -> Bool {
    _ = singleThreaded
    var (n, count, status) = (blasint(order), blasint(columns), blasint(0))
    dpotrf_("U", &n, &a, &n, &status)
    guard status == 0 else { return false }
    dpotrs_("U", &n, &count, &a, &n, &b, &n, &status)
    return status == 0
  }

  /// The largest absolute value of an eigenvalue of a square matrix; NaN where they are not found.
  package static func spectralRadius(_ matrix: Matrix<Double>) -> Double {
    _ = singleThreaded
    precondition(matrix.rowCount == matrix.columnCount, "a square matrix")
    guard matrix.rowCount > 0 else { return 0 }
    var (n, one, status) = (blasint(matrix.rowCount), blasint(1), blasint(0))
    var length = 4 * n
    // The eigenvalues of the transposed matrix are the same: the order of rows and columns does not matter.
    var a = matrix.elements
    var real = [Double](repeating: 0, count: Int(n))
    var imaginary = real
    var work = [Double](repeating: 0, count: Int(length))
    var (left, right) = (0.0, 0.0)
    dgeev_(
      "N", "N", &n, &a, &n, &real, &imaginary, &left, &one, &right, &one, &work, &length, &status)
    guard status == 0 else { return .nan }
    return zip(real, imaginary).map { ($0 * $0 + $1 * $1).squareRoot() }.max() ?? 0
  }

  /// `y ← α·op(A)·x + β·y`, A row major m × n, single precision.
  public static func gemv(
    _ a: UnsafePointer<Float>, _ form: Form = .plain, m: Int, n: Int, leading lda: Int,
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    alpha: Float = 1, beta: Float = 0
  ) {
    _ = singleThreaded
    guard m > 0, n > 0 else { return }
    cblas_sgemv(
      CblasRowMajor, form.code, blasint(m), blasint(n), alpha, a, blasint(lda), x, 1, beta, y, 1)
  }
}

/// The matrix product `a·b`.
/// - Precondition: `a.columnCount == b.rowCount`.
public func product(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Matrix<Float> {
  precondition(a.columnCount == b.rowCount, "the inner sizes of a product agree")
  var c = Matrix<Float>(rowCount: a.rowCount, columnCount: b.columnCount)
  BLAS.gemm(
    a.elements, leading: max(1, a.columnCount), b.elements, leading: max(1, b.columnCount),
    into: &c.elements, leading: max(1, b.columnCount), m: a.rowCount, n: b.columnCount,
    k: a.columnCount)
  return c
}

/// The matrix product `a·b`.
/// - Precondition: `a.columnCount == b.rowCount`.
public func product(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
  precondition(a.columnCount == b.rowCount, "the inner sizes of a product agree")
  var c = Matrix<Double>(rowCount: a.rowCount, columnCount: b.columnCount)
  BLAS.gemm(
    a.elements, leading: max(1, a.columnCount), b.elements, leading: max(1, b.columnCount),
    into: &c.elements, leading: max(1, b.columnCount), m: a.rowCount, n: b.columnCount,
    k: a.columnCount)
  return c
}
