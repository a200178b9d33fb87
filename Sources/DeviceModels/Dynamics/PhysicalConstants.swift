/// The constants of nature that device physics needs, in SI units (CODATA 2018).
public enum PhysicalConstants {
  /// The elementary charge, in coulombs.
  public static let charge = 1.602176634e-19
  /// Boltzmann's constant, in joules a kelvin.
  public static let boltzmann = 1.380649e-23
  /// Planck's constant, in joule seconds.
  public static let planck = 6.62607015e-34
  /// The electron's mass, in kilograms.
  public static let electronMass = 9.1093837015e-31
  /// The vacuum's permittivity, in farads a metre.
  public static let vacuumPermittivity = 8.8541878128e-12
  /// The vacuum's permeability, in henries a metre.
  public static let vacuumPermeability = 1.25663706212e-6
  /// The electron's gyromagnetic ratio times the permeability, γµ₀, in metres an ampere and second.
  public static let gyromagnetic = 1.76085963e11 * vacuumPermeability
}
