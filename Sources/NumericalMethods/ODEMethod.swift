internal import CGSL

/// How a system of ordinary differential equations is stepped; the step functions of `gsl_odeiv2`.
public enum ODEMethod: String, Sendable, CaseIterable {
  /// Runge, Kutta and Fehlberg's pair of orders 4 and 5: the choice for smooth devices.
  case fehlberg
  /// Cash and Karp's pair of orders 4 and 5.
  case cashKarp = "cash-karp"
  /// Prince and Dormand's pair of orders 8 and 9: for tight tolerances.
  case princeDormand = "prince-dormand"
  /// The classical method of order 4, its error from half steps.
  case rungeKutta = "runge-kutta"
  /// Gauss's implicit method of order 4; needs the Jacobian.
  case implicitGauss = "implicit-gauss"
  /// Bader and Deuflhard's implicit extrapolation; needs the Jacobian; for stiff devices.
  case bulirschStoer = "bulirsch-stoer"
  /// Backward differentiation of variable order 1 to 5; needs the Jacobian; for stiff devices.
  case backwardDifferences = "backward-differences"

  /// Whether it calls the Jacobian.
  public var isImplicit: Bool {
    switch self {
    case .fehlberg, .cashKarp, .princeDormand, .rungeKutta: return false
    case .implicitGauss, .bulirschStoer, .backwardDifferences: return true
    }
  }

  var stepType: UnsafePointer<gsl_odeiv2_step_type> {
    switch self {
    case .fehlberg: return ow_step_fehlberg()
    case .cashKarp: return ow_step_cash_karp()
    case .princeDormand: return ow_step_prince_dormand()
    case .rungeKutta: return ow_step_runge_kutta()
    case .implicitGauss: return ow_step_gauss()
    case .bulirschStoer: return ow_step_bulirsch_stoer()
    case .backwardDifferences: return ow_step_backward()
    }
  }
}

/// The error that one step may make: `absolute · scale[i] + relative · |y[i]|` in component `i`.
public struct ODETolerance: Sendable, Hashable {
  /// The absolute error in units of `scale`.
  public var absolute: Double
  /// The error as a part of the value.
  public var relative: Double
  /// What a typical value of each component is; all one where it is empty.
  public var scale: [Double]

  /// - Precondition: neither error is negative and one is positive.
  public init(absolute: Double = 1e-10, relative: Double = 1e-8, scale: [Double] = []) {
    precondition(absolute >= 0 && relative >= 0 && absolute + relative > 0, "an error is allowed")
    self.absolute = absolute
    self.relative = relative
    self.scale = scale
  }
}
