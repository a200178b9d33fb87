internal import COpenBLAS

/// The products of BLAS. Nothing else in the package calls OpenBLAS's BLAS.
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
