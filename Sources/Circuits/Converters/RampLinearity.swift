import Foundation

/// How far realised thresholds are from where they should be, in bits of the output.
///
/// INL_q = (g(t'_q) − g(t_q))/D and DNL_q = INL_{q+1} − INL_q: the error of a threshold seen at the
/// output, positive where the code changes at too large a value.
public struct RampLinearity: Sendable, Hashable {
  /// The integral error of every threshold.
  public let integral: [Double]
  /// The error of every step between two thresholds.
  public let differential: [Double]

  /// The error of `realised` thresholds, in units of x.
  public init(
    _ realised: some Collection<Float>, of thresholds: RampThresholds,
    _ function: ActivationFunction
  ) {
    precondition(realised.count == thresholds.inputs.count, "a threshold each")
    let sign = function.isIncreasing ? 1.0 : -1
    let integral = zip(realised, thresholds.values).map {
      sign * (function.value(Double($0)) - $1) / thresholds.leastBit
    }
    self.integral = integral
    differential = zip(integral.dropFirst(), integral).map { $0 - $1 }
  }

  /// The mean of |INL|.
  public var meanAbsoluteIntegral: Double {
    integral.reduce(0) { $0 + abs($1) } / Double(integral.count)
  }
  /// The largest |INL|.
  public var largestIntegral: Double { integral.reduce(0) { max($0, abs($1)) } }
  /// The largest |DNL|; 0 where there is one threshold.
  public var largestDifferential: Double { differential.reduce(0) { max($0, abs($1)) } }
}
