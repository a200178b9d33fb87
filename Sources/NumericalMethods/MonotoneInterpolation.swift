internal import CGSL

/// The curve through given points that rises and falls only where they do: Steffen's piecewise cubic
/// (M. Steffen, Astron. Astrophys. 239, 443 (1990); `gsl_interp_steffen`).
public final class MonotoneInterpolation: @unchecked Sendable {
  // Sendable: nothing changes after the initializer, and evaluation uses no accelerator.
  private let spline: UnsafeMutablePointer<gsl_spline>
  /// The first and the last place.
  public let domain: ClosedRange<Double>

  /// A curve through (x, y).
  ///
  /// - Throws: `NumericalFailure` where there are fewer than three points, the places do not rise, or a
  ///   number is not finite.
  public init(x: [Double], y: [Double]) throws(NumericalFailure) {
    guard x.count == y.count, x.count >= 3 else {
      throw NumericalFailure("an interpolation needs three points or more, \(x.count) are given")
    }
    guard (x + y).allSatisfy(\.isFinite) else {
      throw NumericalFailure("an interpolation needs finite numbers")
    }
    for k in x.indices.dropFirst() where x[k] <= x[k - 1] {
      throw NumericalFailure("the places of an interpolation rise, \(x[k]) follows \(x[k - 1])")
    }
    gsl_set_error_handler_off()
    guard let made = gsl_spline_alloc(ow_interp_steffen(), x.count) else {
      throw NumericalFailure("no memory for an interpolation of \(x.count) points")
    }
    spline = made
    domain = x[0]...x[x.count - 1]
    guard gsl_spline_init(spline, x, y, x.count) == 0 else {
      throw NumericalFailure("an interpolation of \(x.count) points could not be set up")
    }
  }

  deinit { gsl_spline_free(spline) }

  /// The curve at `x`; outside the domain the value at its nearer end.
  public func callAsFunction(_ x: Double) -> Double {
    gsl_spline_eval(spline, min(max(x, domain.lowerBound), domain.upperBound), nil)
  }
}
