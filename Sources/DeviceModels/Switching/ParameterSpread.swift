import Foundation
import NumericalMethods
import Randomness
import StrictYAML

/// How one parameter differs between devices, or from cycle to cycle.
public struct ParameterSpread: Sendable, Hashable {
  /// The distribution.
  public enum Form: String, Sendable, CaseIterable {
    /// Normal with the deviation `deviation · |nominal|`.
    case normal
    /// nominal · exp(s·z) with s = ln(1 + deviation²)^½ and the median at the nominal value.
    case logNormal = "log-normal"
    /// Normal, kept within `reach` deviations.
    case truncated
    /// Uniform within ±√3 deviations, so that the deviation is the one named.
    case uniform
  }

  /// The distribution.
  public var form: Form
  /// The deviation as a part of the nominal value.
  public var deviation: Double
  /// The bound of `truncated`, in deviations.
  public var reach: Double

  /// - Precondition: `deviation ≥ 0`, `reach > 0`.
  public init(_ form: Form, deviation: Double, reach: Double = 3) {
    precondition(deviation >= 0 && reach > 0, "a spread is not negative")
    self.form = form
    self.deviation = deviation
    self.reach = reach
  }

  /// Reads `{deviation: 10 %, form: log-normal}`.
  init(reading node: StrictNode, within range: ClosedRange<Double>) {
    let form = node.choice("form", of: Form.self, default: .normal)
    self.init(
      form, deviation: node.number("deviation", in: 0...10),
      reach: node.number("reach", in: 0.01...10, default: 3))
  }

  /// The value whose standard normal score is `z` (for `uniform`, whose probability is Φ(z)).
  public func value(around nominal: Double, score z: Double) -> Double {
    switch form {
    case .normal: return nominal + deviation * abs(nominal) * z
    case .logNormal: return nominal * exp(log(1 + deviation * deviation).squareRoot() * z)
    case .truncated:
      let low = Distribution.normal(-reach)
      let p = low + (1 - 2 * low) * Distribution.normal(z)
      return nominal + deviation * abs(nominal) * Distribution.normalQuantile(p)
    case .uniform:
      return nominal + deviation * abs(nominal) * 3.0.squareRoot()
        * (2 * Distribution.normal(z) - 1)
    }
  }

  /// A draw from `key`'s stream, held in `range`.
  public func draw(
    around nominal: Double, within range: ClosedRange<Double>, _ key: StreamKey
  ) -> Double {
    let z = GSLGenerator(key).normal()
    return min(max(value(around: nominal, score: z), range.lowerBound), range.upperBound)
  }
}

/// Spreads of several parameters that are correlated: a Gaussian copula.
///
/// The scores are z = L·n with the Cholesky factor L of the correlation matrix, so that normal
/// parameters have exactly this correlation and all others this rank dependence.
public struct CorrelatedSpread: Sendable {
  private let factor: [Double]
  private let spreads: [ParameterSpread]

  /// - Parameter correlation: row major, symmetric, ones on the diagonal.
  /// - Throws: `NumericalFailure` where it is not positive definite.
  public init(_ spreads: [ParameterSpread], correlation: [Double]) throws(NumericalFailure) {
    let n = spreads.count
    precondition(correlation.count == n * n, "one correlation a pair")
    var l = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        var sum = correlation[i * n + j]
        for k in 0..<j { sum -= l[i * n + k] * l[j * n + k] }
        if i == j {
          guard sum > 0 else {
            throw NumericalFailure(
              "the correlation matrix is not positive definite at row \(i + 1)")
          }
          l[i * n + i] = sum.squareRoot()
        } else {
          l[i * n + j] = sum / l[j * n + j]
        }
      }
    }
    factor = l
    self.spreads = spreads
  }

  /// One draw of all parameters around `nominal` from `key`'s stream.
  public func draw(around nominal: [Double], _ key: StreamKey) -> [Double] {
    precondition(nominal.count == spreads.count, "one nominal value a parameter")
    let n = spreads.count
    let generator = GSLGenerator(key)
    let independent = (0..<n).map { _ in generator.normal() }
    return (0..<n).map { i in
      var z = 0.0
      for k in 0...i { z += factor[i * n + k] * independent[k] }
      return spreads[i].value(around: nominal[i], score: z)
    }
  }
}
