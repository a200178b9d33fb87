internal import CGSL

/// A least-squares fit of a model to data (`gsl_multifit_nlinear`, trust region, Levenberg and
/// Marquardt's step, derivatives by differences), and how well the data determine it.
public struct NonlinearFit: Sendable {
  /// The parameters at the minimum.
  public let values: [Double]
  /// Their standard errors, from the residuals' own variance; infinite where the data say nothing.
  public let standardErrors: [Double]
  /// Their correlations, row major.
  public let correlation: [Double]
  /// The residuals at the minimum.
  public let residuals: [Double]
  /// How many iterations it took.
  public let iterations: Int
  /// The parameters, by number, that the data do not determine: those that make up a direction in
  /// which the Fisher matrix, scaled to a unit diagonal, is below 1e-6, or that change nothing.
  public let undetermined: [Int]

  /// (JᵀJ)⁻¹Jᵀ, parameter by parameter: how much each residual moves each parameter, to first order;
  /// zero for parameters that change nothing.
  ///
  /// Where the residuals have the covariance Σ instead of one variance and no correlation, the
  /// covariance of the parameters is A·Σ·Aᵀ with this matrix A.
  public let influence: [[Double]]

  /// √(Σr²/(n − p)): the standard deviation of the residuals.
  public var residualDeviation: Double {
    let freedom = residuals.count - values.count
    return (residuals.reduce(0) { $0 + $1 * $1 } / Double(max(1, freedom))).squareRoot()
  }

  /// Minimizes Σr² over the parameters, from `start`.
  ///
  /// - Parameters:
  ///   - count: how many residuals `model` writes; more than there are parameters.
  ///   - limit: the most iterations.
  ///   - tolerance: the relative change of the parameters, and of the slope, at the end.
  ///   - derivativeStep: the relative step of differences; `nil` for that of smooth models, √ε.
  ///   - model: writes the residuals of some parameters; they must be finite near the minimum.
  /// - Throws: `NumericalFailure` where there are too few residuals, some are not finite at the
  ///   start, or the iterations are used up.
  public init(
    from start: [Double], count: Int, limit: Int = 200, tolerance: Double = 1e-10,
    derivativeStep: Double? = nil,
    model: ([Double], UnsafeMutableBufferPointer<Double>) -> Void
  ) throws(NumericalFailure) {
    let p = start.count
    guard p > 0, count > p else {
      throw NumericalFailure("\(count) values cannot determine \(p) parameters")
    }
    let outcome = withoutActuallyEscaping(model) {
      Self.minimize(start, count, limit, (tolerance, derivativeStep), $0)
    }
    guard let outcome else {
      throw NumericalFailure(
        "the fit of \(p) parameters to \(count) values did not converge in \(limit) iterations")
    }
    values = outcome.values
    residuals = outcome.residuals
    iterations = outcome.iterations

    // JᵀJ, scaled to a unit diagonal.
    var fisher = [Double](repeating: 0, count: p * p)
    for row in 0..<count {
      for i in 0..<p {
        for j in 0...i {
          fisher[i * p + j] += outcome.jacobian[row * p + i] * outcome.jacobian[row * p + j]
        }
      }
    }
    let scale = (0..<p).map { fisher[$0 * p + $0].squareRoot() }
    var scaled = [Double](repeating: 0, count: p * p)
    for i in 0..<p {
      for j in 0..<p {
        let value = fisher[max(i, j) * p + min(i, j)]
        let unit = scale[i] * scale[j]
        scaled[i * p + j] = unit > 0 ? value / unit : (i == j ? 1 : 0)
      }
    }
    let (eigenvalues, vectors) = Self.eigen(scaled, p)
    var loose = Set((0..<p).filter { scale[$0] == 0 })
    var inverse = [Double](repeating: 0, count: p * p)
    for k in 0..<p {
      let value = max(eigenvalues[k], 1e-15)
      if value < 1e-6 { loose.formUnion((0..<p).filter { abs(vectors[$0 * p + k]) > 0.2 }) }
      for i in 0..<p {
        for j in 0..<p { inverse[i * p + j] += vectors[i * p + k] * vectors[j * p + k] / value }
      }
    }
    undetermined = loose.sorted()
    let freedom = Double(max(1, count - p))
    let deviation = (outcome.residuals.reduce(0) { $0 + $1 * $1 } / freedom).squareRoot()
    standardErrors = (0..<p).map {
      scale[$0] > 0 ? deviation * inverse[$0 * p + $0].squareRoot() / scale[$0] : .infinity
    }
    influence = (0..<p).map { i in
      guard scale[i] > 0 else { return [Double](repeating: 0, count: count) }
      let weights = (0..<p).map {
        scale[$0] > 0 ? inverse[i * p + $0] / (scale[i] * scale[$0]) : 0
      }
      return (0..<count).map { row in
        (0..<p).reduce(0) { $0 + weights[$1] * outcome.jacobian[row * p + $1] }
      }
    }
    correlation = (0..<p * p).map {
      let (i, j) = ($0 / p, $0 % p)
      return inverse[$0] / (inverse[i * p + i] * inverse[j * p + j]).squareRoot()
    }
  }

  private struct Outcome {
    var values: [Double]
    var residuals: [Double]
    var jacobian: [Double]
    var iterations: Int
  }

  private struct Callback {
    let count: Int
    let model: ([Double], UnsafeMutableBufferPointer<Double>) -> Void
  }

  private static func minimize(
    _ start: [Double], _ count: Int, _ limit: Int,
    _ accuracy: (tolerance: Double, step: Double?),
    _ model: @escaping ([Double], UnsafeMutableBufferPointer<Double>) -> Void
  ) -> Outcome? {
    gsl_set_error_handler_off()
    let p = start.count
    guard let point = gsl_vector_alloc(p) else { return nil }
    defer { gsl_vector_free(point) }
    for (i, x) in start.enumerated() { gsl_vector_set(point, i, x) }
    var parameters = gsl_multifit_nlinear_default_parameters()
    if let step = accuracy.step { parameters.h_df = step }
    guard
      let work = gsl_multifit_nlinear_alloc(ow_fit_trust_region(), &parameters, count, p)
    else { return nil }
    defer { gsl_multifit_nlinear_free(work) }
    return withUnsafePointer(to: Callback(count: count, model: model)) { callback -> Outcome? in
      var system = gsl_multifit_nlinear_fdf()
      system.f = { x, context, f in
        let callback = context!.assumingMemoryBound(to: Callback.self).pointee
        let values = (0..<x!.pointee.size).map { gsl_vector_get(x, $0) }
        // GSL passes columns of its Jacobian here: their elements are not neighbors.
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: callback.count) { out in
          callback.model(values, out)
          for i in 0..<callback.count { gsl_vector_set(f, i, out[i]) }
          return out.allSatisfy(\.isFinite) ? 0 : Int32(GSL_EBADFUNC)
        }
      }
      system.n = count
      system.p = p
      system.params = UnsafeMutableRawPointer(mutating: callback)
      return withUnsafeMutablePointer(to: &system) { system -> Outcome? in
        var info: Int32 = 0
        guard gsl_multifit_nlinear_init(point, system, work) == 0 else { return nil }
        let status = gsl_multifit_nlinear_driver(
          limit, accuracy.tolerance, accuracy.tolerance, 0, nil, nil, &info, work)
        // "No progress" at a minimum that is flat to rounding is an end, not a failure.
        guard status == 0 || status == Int32(GSL_ENOPROG) else { return nil }
        let at = gsl_multifit_nlinear_position(work)
        let residual = gsl_multifit_nlinear_residual(work)
        let jacobian = gsl_multifit_nlinear_jac(work)
        return Outcome(
          values: (0..<p).map { gsl_vector_get(at, $0) },
          residuals: (0..<count).map { gsl_vector_get(residual, $0) },
          jacobian: (0..<count * p).map { gsl_matrix_get(jacobian, $0 / p, $0 % p) },
          iterations: gsl_multifit_nlinear_niter(work))
      }
    }
  }

  /// The eigenvalues and, column by column, the eigenvectors of a symmetric matrix.
  private static func eigen(_ matrix: [Double], _ p: Int) -> ([Double], [Double]) {
    let a = gsl_matrix_alloc(p, p)
    let vectors = gsl_matrix_alloc(p, p)
    let values = gsl_vector_alloc(p)
    let work = gsl_eigen_symmv_alloc(p)
    defer {
      gsl_matrix_free(a)
      gsl_matrix_free(vectors)
      gsl_vector_free(values)
      gsl_eigen_symmv_free(work)
    }
    for i in 0..<p * p { gsl_matrix_set(a, i / p, i % p, matrix[i]) }
    gsl_eigen_symmv(a, values, vectors, work)
    return (
      (0..<p).map { gsl_vector_get(values, $0) },
      (0..<p * p).map { gsl_matrix_get(vectors, $0 / p, $0 % p) }
    )
  }
}
