internal import CGSL

/// Gauss and Legendre's rule with a fixed number of points: exact for polynomials of degree 2n − 1.
public struct GaussLegendre: Sendable {
  private let points: [(x: Double, weight: Double)]

  /// The rule with `count` points on −1…1.
  /// - Precondition: `count > 0`.
  public init(_ count: Int) {
    precondition(count > 0, "a rule has points")
    gsl_set_error_handler_off()
    let table = gsl_integration_glfixed_table_alloc(count)
    points = (0..<count).map { i in
      var x = 0.0
      var weight = 0.0
      _ = gsl_integration_glfixed_point(-1, 1, i, &x, &weight, table)
      return (x, weight)
    }
    gsl_integration_glfixed_table_free(table)
  }

  /// The integral of `function` from `a` to `b`.
  public func integral(from a: Double, to b: Double, of function: (Double) -> Double) -> Double {
    let middle = 0.5 * (a + b)
    let half = 0.5 * (b - a)
    var sum = 0.0
    for point in points { sum += point.weight * function(middle + half * point.x) }
    return half * sum
  }
}
