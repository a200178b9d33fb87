import Foundation

/// How far realized thresholds are from where they should be.
///
/// Seen at the output, INL_q = (g(t'_q) − g(t_q))/D in bits of the output; seen at the input,
/// INL_q = (t'_q − t_q)/d with d the mean step. DNL_q = INL_{q+1} − INL_q at the output, and
/// (t'_{q+1} − t'_q)/(t_{q+1} − t_q) − 1 at the input, where steps differ by design. Positive where the
/// code changes at too large a value. Against a fitted line, offset and gain errors do not count.
public struct RampLinearity: Sendable, Hashable {
  /// Where the errors are seen.
  public enum Side: String, Sendable, CaseIterable {
    case output
    case threshold
  }

  /// What the errors are counted from.
  public enum Reference: String, Sendable, CaseIterable {
    /// Where the thresholds should be.
    case ideal
    /// The line through the first and the last point of realized over ideal values.
    case endPoint = "end-point"
    /// The line of least squares through them.
    case bestFit = "best-fit"
  }

  /// The integral error of every threshold.
  public let integral: [Double]
  /// The error of every step between two thresholds.
  public let differential: [Double]

  /// The error of `realized` thresholds, in units of x.
  public init(
    _ realized: some Collection<Float>, of thresholds: RampThresholds,
    _ function: ActivationFunction, at side: Side = .output, from reference: Reference = .ideal
  ) {
    precondition(realized.count == thresholds.inputs.count, "a threshold each")
    let found: [Double]
    let ideal: [Double]
    let unit: Double
    switch side {
    case .output:
      let sign = function.isIncreasing ? 1.0 : -1
      found = realized.map { sign * function.value(Double($0)) }
      ideal = thresholds.values.map { sign * $0 }
      unit = thresholds.leastBit
    case .threshold:
      found = realized.map(Double.init)
      ideal = thresholds.inputs
      let steps = Double(max(1, ideal.count - 1))
      let width = ideal[ideal.count - 1] - ideal[0]
      unit = width > 0 ? width / steps : 1
    }
    let line = Self.line(found, ideal, reference)
    let integral = zip(found, ideal).map { ($0 - line.offset - line.gain * $1) / unit }
    self.integral = integral
    switch side {
    case .output: differential = zip(integral.dropFirst(), integral).map { $0 - $1 }
    case .threshold:
      differential = ideal.indices.dropFirst().map { q in
        (found[q] - found[q - 1]) / (line.gain * (ideal[q] - ideal[q - 1])) - 1
      }
    }
  }

  private static func line(
    _ found: [Double], _ ideal: [Double], _ reference: Reference
  ) -> (offset: Double, gain: Double) {
    let n = Double(ideal.count)
    switch reference {
    case .ideal: return (0, 1)
    case .endPoint:
      let last = ideal.count - 1
      guard last > 0 else { return (found[0] - ideal[0], 1) }
      let gain = (found[last] - found[0]) / (ideal[last] - ideal[0])
      return (found[0] - gain * ideal[0], gain)
    case .bestFit:
      let (meanX, meanY) = (ideal.reduce(0, +) / n, found.reduce(0, +) / n)
      let spread = ideal.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
      let common = zip(ideal, found).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
      let gain = spread > 0 ? common / spread : 1
      return (meanY - gain * meanX, gain)
    }
  }

  /// The largest |INL|.
  public var largestIntegral: Double { integral.reduce(0) { max($0, abs($1)) } }
  /// The largest |DNL|; 0 where there is one threshold.
  public var largestDifferential: Double { differential.reduce(0) { max($0, abs($1)) } }
}
