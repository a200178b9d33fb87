internal import CGSL

/// Cumulative distributions and the tests on them.
public enum Distribution {
  /// Φ(x), the standard normal distribution.
  public static func normal(_ x: Double) -> Double { gsl_cdf_ugaussian_P(x) }
  /// The inverse of Φ.
  public static func normalQuantile(_ p: Double) -> Double { gsl_cdf_ugaussian_Pinv(p) }
  /// The inverse of Student's t distribution with `degrees` degrees of freedom.
  public static func studentQuantile(_ p: Double, degrees: Double) -> Double {
    gsl_cdf_tdist_Pinv(p, degrees)
  }
  /// The upper tail of χ² with `degrees` degrees of freedom.
  public static func chiSquareTail(_ x: Double, degrees: Double) -> Double {
    gsl_cdf_chisq_Q(x, degrees)
  }
}
