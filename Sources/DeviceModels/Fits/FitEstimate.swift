import Foundation
import NumericalMethods

/// One fitted number of a device, with its uncertainty.
public struct FitEstimate: Sendable, Hashable {
  /// Its name in a device file.
  public var key: String
  /// Its value, in SI units.
  public var value: Double
  /// Its standard error; infinite where the data say nothing about it.
  public var standardError: Double
  /// Its SI unit; empty for a plain number.
  public var unit: String
  /// Whether the data determine it apart from the others.
  public var isDetermined: Bool
  /// Whether it was held at a given value.
  public var isHeld = false

  /// What tables say about it: "held"; "no" where the data do not determine it apart from others;
  /// "within error of 0" where its standard error is as large as the value; else "yes".
  public var determination: String {
    if isHeld { return "held" }
    if !isDetermined || !standardError.isFinite { return "no" }
    return standardError >= abs(value) ? "within error of 0" : "yes"
  }

  /// A fitted number; see the members.
  public init(
    _ key: String, _ value: Double, _ standardError: Double, unit: String = "",
    isDetermined: Bool = true
  ) {
    self.key = key
    self.value = value
    self.standardError = standardError
    self.unit = unit
    self.isDetermined = isDetermined
  }
}

/// What a fit to measured data made of a part of a device file.
public protocol DeviceFit: Sendable {
  /// What was fitted: "retention, broadening".
  var name: String { get }
  /// The fitted numbers.
  var estimates: [FitEstimate] { get }
  /// The standard deviation of the residuals, and its unit.
  var residual: (value: Double, unit: String) { get }
  /// What a reader must know, one sentence each.
  var notes: [String] { get }
  /// Measured and fitted points for a figure.
  var curves: FitCurves { get }
  /// The sections of the device file, without title, source and validity.
  var sections: String { get }
  /// Where the numbers hold.
  var validity: String { get }
}

/// Measured points and the fitted curve, by series.
public struct FitCurves: Sendable {
  /// One series of points and the curve through them.
  public struct Series: Sendable {
    /// Its name.
    public var name: String
    /// The abscissas of the measured values.
    public var x: [Double]
    /// The measured values.
    public var measured: [Double]
    /// The fitted law, at enough places for a smooth line where it can be evaluated anywhere.
    public var law: (x: [Double], y: [Double])

    /// A series whose law is known at the places `law.x`.
    public init(name: String, x: [Double], measured: [Double], law: (x: [Double], y: [Double])) {
      (self.name, self.x, self.measured, self.law) = (name, x, measured, law)
    }

    /// A series whose law can be evaluated anywhere: it is, at the places of `FitCurves.places`.
    public init(
      name: String, x: [Double], measured: [Double], isLogarithmic: Bool = false,
      law: (Double) -> Double
    ) {
      let places = FitCurves.places(over: x, isLogarithmic: isLogarithmic)
      self.init(name: name, x: x, measured: measured, law: (places, places.map(law)))
    }
  }

  /// The abscissa with its SI unit in parentheses.
  public var x: String
  /// The ordinate with its SI unit in parentheses.
  public var y: String
  /// Whether the axes are logarithmic.
  public var isLogarithmic: (x: Bool, y: Bool)
  /// The series.
  public var series: [Series]

  /// 201 places over `x`, evenly spread on an axis, at which a law makes a smooth line; `x` where it is one place.
  package static func places(over x: [Double], isLogarithmic: Bool) -> [Double] {
    guard let low = x.min(), let high = x.max(), low < high else { return x }
    let usesFactors = isLogarithmic && low > 0
    return (0...200).map { k in
      let part = Double(k) / 200
      return usesFactors ? low * pow(high / low, part) : low + part * (high - low)
    }
  }
}

extension NonlinearFit {
  /// The estimates of parameters that were fitted as logarithms: x·se is the error of x.
  func logarithmicEstimates(_ keys: [String], units: [String]) -> [FitEstimate] {
    keys.indices.map { k in
      let value = exp(values[k])
      return FitEstimate(
        keys[k], value, value * standardErrors[k], unit: units[k],
        isDetermined: !undetermined.contains(k))
    }
  }
}
