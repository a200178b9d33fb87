import Foundation
import NumericalMethods

/// A law of pulse response fitted to measured trains.
///
/// Free are the bounds (where asked), the step sizes `step-up` and `step-down` (or the law's own
/// sizes), the law's parameters, and the state that every train starts from, by least squares of the
/// states. Noise from pulse to pulse adds up, so that the residuals of a train are correlated: the
/// standard errors are those of `PulseFitNoise`, which separates it from the noise of readings.
public struct PulseFit: Sendable {
  /// The law's name.
  public let law: String
  /// The parameters, in the order of `correlation`.
  public let estimates: [FitEstimate]
  /// The correlations of the estimates, row major.
  public let correlation: [Double]
  /// Measured minus fitted, train by train.
  public let residuals: [[Double]]
  /// The standard deviation of the residuals.
  public let residualDeviation: Double
  /// The deviation of a step from pulse to pulse.
  public let cycleDeviation: Double
  /// The deviation of a reading from the state.
  public let readDeviation: Double
  /// The fitted nominal device.
  public let response: PulseResponse

  /// One sentence a parameter that the data leave open.
  public var warnings: [String] {
    estimates.filter { !$0.isDetermined }.map {
      "the data do not determine '\($0.key)' apart from the other parameters"
    }
  }

  /// The value of `key`, fitted or held; `nil` for names that the law does not have.
  public subscript(_ key: String) -> Double? { values[key] }
  private let values: [String: Double]

  /// Fits `law` to `data`.
  ///
  /// - Parameters:
  ///   - guess: starting values by key; what is missing starts from the data or from 1.
  ///   - held: keys that stay at their starting values. The bounds are held at the data's range
  ///     widened by 2 % unless `guess` names them and `held` does not.
  /// - Throws: `NumericalFailure` where the law has no free form (tables), needs state 0 between the
  ///   bounds and it is not, or the fit fails.
  public init(
    _ law: any PulseLaw.Type, to data: PulseMeasurement, guess: [String: Double] = [:],
    held: Set<String> = []
  ) throws(NumericalFailure) {
    guard !law.takesNodes else {
      throw NumericalFailure("'\(law.law)' has nodes instead of parameters: nothing to fit")
    }
    guard !data.trains.isEmpty else { throw NumericalFailure("there are no trains to fit to") }
    var start = Self.start(law, data).merging(guess) { $1 }
    var free = law.parameters.map(\.key).filter { Self.isFitted($0) && !held.contains($0) }
    if law.takesStepSize { free += ["step-up", "step-down"].filter { !held.contains($0) } }
    free += ["minimum", "maximum"].filter { guess[$0] != nil && !held.contains($0) }
    let directions = Set(data.trains.map(\.direction))
    for (direction, ending) in [(PulseDirection.up, "-up"), (.down, "-down")]
    where !directions.contains(direction) {
      free.removeAll { $0.hasSuffix(ending) }
    }
    for (i, train) in data.trains.enumerated() {
      start["start-\(i + 1)"] = train.states[0]
      free.append("start-\(i + 1)")
    }
    if law.needsZeroBetweenBounds {
      let (low, high) = (start["minimum"] ?? 0, start["maximum"] ?? 1)
      guard low < 0, high > 0 else {
        throw NumericalFailure(
          "state 0, for which '\(law.law)' states its steps, lies outside of the bounds \(low)…\(high): count states from a point within the measured range"
        )
      }
    }
    let names = free
    let fixed = start
    let count = data.trains.reduce(0) { $0 + $1.states.count }
    func all(_ x: [Double]) -> [String: Double] {
      fixed.merging(zip(names, x).map { ($0, $1) }) { $1 }
    }
    let fit = try NonlinearFit(from: names.map { fixed[$0] ?? 1 }, count: count) { x, out in
      let values = all(x)
      let response = Self.response(law, values)
      var place = 0
      for (i, train) in data.trains.enumerated() {
        let from = values["start-\(i + 1)"] ?? train.states[0]
        let states =
          [from]
          + response.train(
            train.direction, count: train.states.count - 1, from: from)
        for (measured, state) in zip(train.states, states) {
          out[place] = measured - state
          place += 1
        }
      }
    }
    self.law = law.law
    values = all(fit.values)
    response = Self.response(law, values)
    residualDeviation = fit.residualDeviation
    var parts: [[Double]] = []
    var place = 0
    for train in data.trains {
      parts.append(Array(fit.residuals[place..<place + train.states.count]))
      place += train.states.count
    }
    residuals = parts
    let noise = PulseFitNoise(parts, of: data, response, influence: fit.influence)
    (cycleDeviation, readDeviation) = (noise.cycleDeviation, noise.readDeviation)
    let covariance = noise.covariance
    let p = names.count
    estimates = names.enumerated().map { i, key in
      let isFree = fit.standardErrors[i].isFinite
      return FitEstimate(
        key, fit.values[i], isFree ? covariance[i * p + i].squareRoot() : .infinity,
        isDetermined: !fit.undetermined.contains(i))
    }
    correlation = (0..<p * p).map {
      let (i, j) = ($0 / p, $0 % p)
      let scale = (covariance[i * p + i] * covariance[j * p + j]).squareRoot()
      return i == j ? 1 : scale > 0 ? min(max(covariance[$0] / scale, -1), 1) : 0
    }
  }

  /// Spreads between devices do not show in one device's curve, and counts are not fitted.
  private static func isFitted(_ key: String) -> Bool {
    !key.contains("spread") && !key.contains("deviation") && !key.hasPrefix("reference")
      && !key.hasPrefix("pulses")
  }

  private static func start(_ law: any PulseLaw.Type, _ data: PulseMeasurement)
    -> [String: Double]
  {
    let range = data.range
    let span = max(range.upperBound - range.lowerBound, 1e-300)
    var start: [String: Double] = [
      "minimum": range.lowerBound - 0.02 * span, "maximum": range.upperBound + 0.02 * span,
    ]
    for p in law.parameters { start[p.key] = p.fallback ?? 1 }
    let longest = Double(data.trains.map(\.states.count).max() ?? 2)
    start["label-down"] = -1
    for (direction, ending) in [(PulseDirection.up, "up"), (.down, "down")] {
      let sizes = data.trains.filter { $0.direction == direction }.map {
        // The mean step over the first tenth: where steps are largest as a rule.
        let n = max(1, ($0.states.count - 1) / 10)
        return abs($0.states[n] - $0.states[0]) / Double(n)
      }
      let size = max(sizes.max() ?? 0, 0.1 * span / longest)
      start["step-\(ending)"] = size
      start["alpha-\(ending)"] = size
      start["pulses-\(ending)"] = longest - 1
      start["factor-\(ending)"] = 0.1
    }
    start["rate"] = 1 / longest
    start["pulses"] = longest - 1
    start["shift"] = 0
    return start
  }

  /// The device of some values; values outside a parameter's range count as its end.
  private static func response(_ law: any PulseLaw.Type, _ values: [String: Double])
    -> PulseResponse
  {
    var numbers: [String: Double] = [:]
    for p in law.parameters {
      let value = values[p.key] ?? p.fallback ?? 1
      numbers[p.key] = min(max(value, p.range.lowerBound), p.range.upperBound)
    }
    var choices: [String: String] = [:]
    for choice in law.choices { choices[choice.key] = choice.names[0] }
    let gains = law.takesStepSize
    var (low, high) = (values["minimum"] ?? 0, values["maximum"] ?? 1)
    if law.needsZeroBetweenBounds {
      // Free bounds do not cross state 0.
      let least = 1e-9 * max(abs(low), abs(high))
      (low, high) = (min(low, -least), max(high, least))
    }
    let cell = PulseCell(
      minimum: low, maximum: high, size: 1,
      gainUp: gains ? abs(values["step-up"] ?? 1) : 1,
      gainDown: gains ? abs(values["step-down"] ?? 1) : 1)
    return law.init(ParameterSet(numbers, choices: choices), nodes: PulseNodes()).response(of: cell)
  }
}
