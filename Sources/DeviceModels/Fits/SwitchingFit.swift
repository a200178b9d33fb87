import Foundation
import NumericalMethods

/// A law of random switching fitted to measured probabilities.
///
/// The residuals are those of the binomial distribution, (P − p)/√(p(1 − p)/n), where the number of
/// pulses n is known, with p not closer to 0 or 1 than one pulse. Standard errors are those that the counts state, and
/// larger by the scatter of the residuals where the points scatter more.
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
  private let isExponential: Bool

  public var name: String { "switching, \(law)" }

  /// The laws that can be fitted.
  public static let laws = ["exponential", "neel-brown", "breakdown"]

  /// The distributions of the dose that `exponential` can be fitted with: log-normal with a fitted deviation,
  /// or exponential, switching without memory.
  public static let doses = ["log-normal", "exponential"]

  /// What is held where nothing else is said: only the product of attempt rate and barrier's exponential
  /// follows from probabilities, and 1 ns is the usual attempt time of magnetic junctions (W. F. Brown,
  /// Phys. Rev. 130, 1677 (1963)).
  public static func usuallyHeld(_ law: String) -> [String: Double] {
    law == "neel-brown" ? ["attempt-time": 1e-9] : [:]
  }

  /// The parameters of `law` with their units.
  public static func parameters(
    _ law: String, dose: String = "log-normal"
  ) -> [(key: String, unit: String)] {
    switch law {
    case "breakdown": [("mean-voltage", "V"), ("deviation", "V")]
    case "neel-brown": [("attempt-time", "s"), ("stability", ""), ("critical-voltage", "V")]
    default:
      [("time-constant", "s"), ("voltage-scale", "V")]
        + (dose == "exponential" ? [] : [("log-deviation", "")])
    }
  }

  /// Fits `law` to `points`.
  ///
  /// - Parameters:
  ///   - dose: one of `doses`, for the law `exponential`.
  ///   - held: parameters that keep a value, above 0; the sign of a critical voltage is that of the pulses.
  /// - Throws: `NumericalFailure` where there are too few points, all parameters are held, or the fit
  ///   fails.
  public init(
    _ law: String, to points: [Point], dose: String = "log-normal", held: [String: Double] = [:]
  ) throws(NumericalFailure) {
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
    let keys = Self.parameters(law, dose: dose)
    let isMemoryless = law == "exponential" && dose == "exponential"
    let begins: [Double]
    switch law {
    case "breakdown": begins = [log(middle), log(span / 2)]
    case "neel-brown":
      begins = Self.magneticStart(points, attemptTime: min(1e-9, width / 10), held: held)
    default:
      let scale = max(span / 6, middle / 40)
      begins =
        [log(width) + middle / scale, log(scale)] + (isMemoryless ? [] : [log(0.8)])
    }
    let fixed = keys.map { key in held[key.key].map { log(max(abs($0), 1e-300)) } }
    let free = keys.indices.filter { fixed[$0] == nil }
    guard !free.isEmpty else { throw NumericalFailure("all parameters are held: none is fitted") }
    let start = free.map { begins[$0] }
    func whole(_ p: [Double]) -> [Double] {
      var next = p.makeIterator()
      return fixed.map { $0 ?? next.next() ?? 0 }
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
        return isMemoryless ? -expm1(-exp(min(dose, 700))) : Distribution.normal(dose / exp(p[2]))
      }
    }
    let fit = try NonlinearFit(from: start, count: points.count, limit: 500) { x, out in
      let p = whole(x)
      for (k, point) in points.enumerated() {
        let edge = 0.5 / max(point.count, 2)
        let q = min(max(probability(p, point), edge), 1 - edge)
        out[k] = (point.probability - q) / (q * (1 - q) / max(point.count, 2)).squareRoot()
      }
    }
    self.law = law
    choices = law == "exponential" ? ["polarity": isNegative ? "negative" : "positive"] : [:]
    let values = whole(fit.values)
    var found = fit.logarithmicEstimates(
      free.map { keys[$0].key }, units: free.map { keys[$0].unit })
    // The counts state how far points scatter at least: that few of them lie closer to the law is chance.
    let least = 1 / min(1, max(fit.residualDeviation, 1e-12))
    for k in found.indices where found[k].standardError.isFinite {
      found[k].standardError *= least
    }
    for k in keys.indices where fixed[k] != nil {
      var estimate = FitEstimate(keys[k].key, exp(values[k]), 0, unit: keys[k].unit)
      estimate.isHeld = true
      found.insert(estimate, at: k)
    }
    estimates = found.map {
      guard $0.key == "critical-voltage", isNegative else { return $0 }
      var estimate = $0
      estimate.value = -$0.value
      return estimate
    }
    isExponential = isMemoryless
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
          measured: own.map(\.probability), isLogarithmic: law != "breakdown"
        ) { place in
          var point = own[0]
          if law == "breakdown" { point.height = place } else { point.width = place }
          return probability(values, point)
        }
      })
    let range =
      "\(String(format: "%.3g", points.map(\.height).min() ?? 0)) V to "
      + "\(String(format: "%.3g", points.map(\.height).max() ?? 0)) V"
    validity = "\(range), room temperature"
    checks = Array(inner.prefix(3)).map {
      var point = $0
      point.probability = probability(values, $0)
      return point
    }
  }

  /// Where the fit of Néel and Brown's law starts: logarithms of the attempt time, and of the stability and the
  /// critical voltage of the largest likelihood on a grid of steps of 6 % and 3.5 %.
  ///
  /// A few percent of the barrier take every probability to 0 or 1, where the fit has no slope; the likelihood
  /// has one there.
  private static func magneticStart(
    _ points: [Point], attemptTime: Double, held: [String: Double]
  ) -> [Double] {
    let time = held["attempt-time"] ?? attemptTime
    let highest = points.reduce(0) { max($0, abs($1.height)) }
    func grid(_ key: String, from low: Double, to high: Double) -> [Double] {
      if let value = held[key] { return [abs(value)] }
      return (0...80).map { low * pow(high / low, Double($0) / 80) }
    }
    let voltages = grid("critical-voltage", from: 0.7 * highest, to: 11 * highest)
    var best = (likelihood: -Double.infinity, stability: 30.0, voltage: 1.5 * highest)
    for stability in grid("stability", from: 2, to: 250) {
      for voltage in voltages {
        let likelihood = points.reduce(0.0) { sum, point in
          let barrier = stability * max(0, 1 - abs(point.height) / voltage)
          let dose = point.width * exp(-barrier) / time
          // ln P and ln(1 − P) of P = 1 − exp(−dose).
          let switched = point.probability * log(max(-expm1(-dose), 1e-300))
          return sum + max(point.count, 1) * (switched - (1 - point.probability) * dose)
        }
        if likelihood > best.likelihood { best = (likelihood, stability, voltage) }
      }
    }
    return [time, best.stability, best.voltage].map { log($0) }
  }

  public var sections: String {
    var numbers = estimates.map { estimate in
      "    \(estimate.key): \(estimate.value)\(estimate.unit.isEmpty ? "" : " \(estimate.unit)")"
    }
    if isExponential { numbers.append("    log-deviation: 0") }
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
