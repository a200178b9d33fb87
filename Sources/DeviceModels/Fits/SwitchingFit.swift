import Foundation
import NumericalMethods

/// A law of random switching fitted to measured probabilities.
///
/// The residuals are those of the binomial distribution, (P − p)/√(p(1 − p)/n), where the number of
/// pulses n is known, with p not closer to 0 or 1 than one pulse.
public struct SwitchingFit: DeviceFit {
  /// One measured point.
  public struct Point: Sendable, Hashable {
    /// The height of the pulse, in volts.
    public var height: Double
    /// Its width, in seconds; of no meaning for breakdown.
    public var width: Double
    /// The part of the pulses that switched.
    public var probability: Double
    /// How many pulses were counted.
    public var count: Double

    /// A point; see the members.
    public init(height: Double, width: Double, probability: Double, count: Double = 100) {
      self.height = height
      self.width = width
      self.probability = probability
      self.count = count
    }
  }

  /// The law's name in device files: "exponential", "neel-brown", "breakdown".
  public let law: String
  /// The law's choices beside its numbers.
  public let choices: [String: String]
  public let estimates: [FitEstimate]
  public let residual: (value: Double, unit: String)
  public let notes: [String]
  public let curves: FitCurves
  public let validity: String
  private let checks: [Point]

  public var name: String { "switching, \(law)" }

  /// The laws that can be fitted.
  public static let laws = ["exponential", "neel-brown", "breakdown"]

  /// Fits `law` to `points`.
  /// - Throws: `NumericalFailure` where there are too few points or the fit fails.
  public init(_ law: String, to points: [Point]) throws(NumericalFailure) {
    let inner = points.filter { $0.probability > 0 && $0.probability < 1 }
    let isNegative = points.reduce(0) { $0 + $1.height } < 0
    guard inner.count >= 2 else {
      throw NumericalFailure(
        "\(inner.count) of \(points.count) points are between 0 and 1, two are needed")
    }
    let heights = inner.map { abs($0.height) }
    let middle = heights.reduce(0, +) / Double(heights.count)
    let span = max((heights.max() ?? 1) - (heights.min() ?? 0), 0.02 * middle)
    let width = exp(inner.reduce(0) { $0 + log(max($1.width, 1e-15)) } / Double(inner.count))
    // Positive numbers are fitted as logarithms.
    let start: [Double]
    let keys: [(key: String, unit: String)]
    switch law {
    case "breakdown":
      keys = [("mean-voltage", "V"), ("deviation", "V")]
      start = [log(middle), log(span / 2)]
    case "neel-brown":
      keys = [("attempt-time", "s"), ("stability", ""), ("critical-voltage", "V")]
      start = [log(min(1e-9, width / 10)), log(10 + log(max(1, width / 1e-9))), log(1.5 * middle)]
    default:
      keys = [("time-constant", "s"), ("voltage-scale", "V"), ("log-deviation", "")]
      let scale = max(span / 6, middle / 40)
      start = [log(width) + middle / scale, log(scale), log(0.8)]
    }
    func probability(_ p: [Double], _ point: Point) -> Double {
      switch law {
      case "breakdown":
        return Distribution.normal((abs(point.height) - exp(p[0])) / exp(p[1]))
      case "neel-brown":
        let barrier = exp(min(p[1], 7)) * max(0, 1 - abs(point.height) / exp(p[2]))
        return -expm1(-point.width * exp(-barrier - p[0]))
      default:
        // ln of the dose, kept in logarithms: the time constant may be of any size.
        let dose = log(point.width) - p[0] + abs(point.height) / exp(p[1])
        return Distribution.normal(dose / exp(p[2]))
      }
    }
    let fit = try NonlinearFit(from: start, count: points.count, limit: 500) { p, out in
      for (k, point) in points.enumerated() {
        let edge = 0.5 / max(point.count, 2)
        let q = min(max(probability(p, point), edge), 1 - edge)
        out[k] = (point.probability - q) / (q * (1 - q) / max(point.count, 2)).squareRoot()
      }
    }
    self.law = law
    choices = law == "exponential" ? ["polarity": isNegative ? "negative" : "positive"] : [:]
    estimates = fit.logarithmicEstimates(keys.map(\.key), units: keys.map(\.unit)).map {
      guard $0.key == "critical-voltage", isNegative else { return $0 }
      return FitEstimate(
        $0.key, -$0.value, $0.standardError, unit: $0.unit, isDetermined: $0.isDetermined)
    }
    residual = (fit.residualDeviation, "deviations of the counts")
    notes =
      fit.residualDeviation > 2
      ? [
        "the points scatter \(String(format: "%.2g", fit.residualDeviation)) times as much as their counts allow: the law leaves something out"
      ] : []
    let groups = Dictionary(grouping: points) { law == "breakdown" ? 0 : $0.height }
    curves = FitCurves(
      x: law == "breakdown" ? "voltage (V)" : "pulse width (s)", y: "switching probability",
      isLogarithmic: (law != "breakdown", false),
      series: groups.keys.sorted().map { key in
        let own = groups[key, default: []].sorted {
          law == "breakdown" ? $0.height < $1.height : $0.width < $1.width
        }
        return FitCurves.Series(
          name: law == "breakdown" ? "sweeps" : "\(String(format: "%.3g", key)) V",
          x: own.map { law == "breakdown" ? abs($0.height) : $0.width },
          measured: own.map(\.probability), fitted: own.map { probability(fit.values, $0) })
      })
    let range =
      "\(String(format: "%.3g", points.map(\.height).min() ?? 0)) V to "
      + "\(String(format: "%.3g", points.map(\.height).max() ?? 0)) V"
    validity = "\(range), room temperature"
    checks = Array(inner.prefix(3)).map {
      var point = $0
      point.probability = probability(fit.values, $0)
      return point
    }
  }

  public var sections: String {
    var numbers = estimates.map { estimate in
      "    \(estimate.key): \(estimate.value)\(estimate.unit.isEmpty ? "" : " \(estimate.unit)")"
    }
    if law == "breakdown" {
      // The data hold no conductances of broken cells; the law asks for some.
      numbers += ["    conductance: 100 uS", "    log-deviation: 0"]
    }
    let points = checks.map {
      "    - {height: \($0.height) V, width: \($0.width) s, probability: \($0.probability)}"
    }
    return
      (["switching:", "  law: \(law)"]
      + choices.sorted { $0.key < $1.key }.map {
        "  \($0.key): \($0.value)"
      } + ["  parameters:"] + numbers + ["  check-points:"] + points).joined(separator: "\n") + "\n"
  }
}
