import Foundation
import NumericalMethods

/// The noise of measured trains about a fitted law, and the covariance that it gives the parameters.
///
/// A residual is r_k = d_k + v_k: v is the noise of one reading; the deviation d of the state adds up
/// the noise p of the pulses, d_{k+1} = a_k·d_k + p_{k+1}, where a_k = 1 + dΔ/dw is what the law
/// leaves of a deviation. Residuals of one train are therefore correlated as those of a random walk,
/// and least squares, which takes them as independent, states errors that are several times too small.
///
/// The two deviations maximize the likelihood of the residuals' innovations (Kalman's filter; A. C.
/// Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), section 3.4),
/// restricted to what the fitted parameters leave of them (H. D. Patterson and R. Thompson, Biometrika
/// 58, 545 (1971)), because parameters follow a part of the random walk. With the influence A of the
/// residuals on the parameters their covariance is A·Σ·Aᵀ, Σ that of the residuals.
///
/// Valid to first order in the noise: deviations small against the scale on which the steps change.
struct PulseFitNoise {
  /// The deviation of a step from pulse to pulse.
  let cycleDeviation: Double
  /// The covariance of readings 0, 1, 2 … pulses apart; one number where they are independent.
  let readCovariance: [Double]
  /// The deviation of a reading from the state.
  var readDeviation: Double { readCovariance[0].squareRoot() }

  /// The covariance of the fitted parameters, row major.
  let covariance: [Double]

  /// The noise of `residuals`, train by train, about `response`.
  /// - Parameter influence: that of the residuals, one train after the other, on each parameter.
  init(
    _ residuals: [[Double]], of data: PulseMeasurement, _ response: PulseResponse,
    influence: [[Double]]
  ) {
    let kept = zip(data.trains, residuals).map { train, residuals in
      let form = response.form(train.direction)
      let span = 1e-6 * max(response.high - response.low, 1e-300)
      func next(_ w: Double) -> Double { response.held(w + form.step(from: w)) }
      return zip(train.states, residuals).dropLast().map { measured, residual in
        let state = measured - residual
        return (next(state + span) - next(state - span)) / (2 * span)
      }
    }
    let quick = Self.mostLikely(residuals, kept, influence)
    let slow = Self.slowReadings(residuals, cycleVariance: quick.cycle)
    cycleDeviation = (slow?.cycle ?? quick.cycle).squareRoot()
    readCovariance = slow?.read ?? [quick.read]
    covariance = Self.covariance(
      influence, kept, cycle: slow?.cycle ?? quick.cycle, read: readCovariance)
  }

  /// A·Σ·Aᵀ.
  private static func covariance(
    _ influence: [[Double]], _ kept: [[Double]], cycle: Double, read: [Double]
  ) -> [Double] {
    let p = influence.count
    // What each pulse's noise moves, by the recursion of d backward; the first reading follows no pulse.
    let pulses = influence.map { one in
      var moved: [Double] = []
      var start = 0
      for kept in kept {
        var sum = 0.0
        for k in stride(from: kept.count, to: 0, by: -1) {
          sum = one[start + k] + (k < kept.count ? kept[k] * sum : 0)
          moved.append(sum)
        }
        start += kept.count + 1
      }
      return moved
    }
    var result = [Double](repeating: 0, count: p * p)
    for i in 0..<p {
      for j in 0...i {
        let walk = zip(pulses[i], pulses[j]).reduce(0) { $0 + $1.0 * $1.1 }
        let value =
          cycle * walk + reading(influence[i], influence[j], kept.map { $0.count + 1 }, read)
        result[i * p + j] = i == j ? max(0, value) : value
        result[j * p + i] = result[i * p + j]
      }
    }
    return result
  }

  /// Σ a_k·c(|k − l|)·b_l within trains of `counts` readings.
  private static func reading(
    _ a: [Double], _ b: [Double], _ counts: [Int], _ covariance: [Double]
  ) -> Double {
    var sum = 0.0
    var start = 0
    for n in counts {
      for lag in 0..<min(n, covariance.count) {
        var products = 0.0
        for k in start..<start + n - lag {
          products += lag == 0 ? a[k] * b[k] : a[k] * b[k + lag] + a[k + lag] * b[k]
        }
        sum += covariance[lag] * products
      }
      start += n
    }
    return sum
  }

  /// The variances of pulses and readings that make what the parameters leave of the residuals most likely.
  private static func mostLikely(
    _ residuals: [[Double]], _ kept: [[Double]], _ influence: [[Double]]
  ) -> (cycle: Double, read: Double) {
    func likelihood(_ place: Double) -> Double {
      innovations(residuals, kept, influence, ratio: pow(10, place)).likelihood
    }
    // The ratio of both on a logarithmic axis; the ends stand for none of one of them.
    let places = (0...48).map { -8 + 0.25 * Double($0) }
    let best = places.map { (likelihood($0), $0) }.max { $0.0 < $1.0 }?.1 ?? -8
    var (low, high) = (max(-8, best - 0.25), min(4, best + 0.25))
    for _ in 0..<20 {
      let (a, b) = (low + (high - low) / 3, high - (high - low) / 3)
      if likelihood(a) > likelihood(b) { high = b } else { low = a }
    }
    let place = 0.5 * (low + high)
    // Akaike's criterion: noise of steps is a parameter that must be worth it.
    let ratio = likelihood(place) - likelihood(-8) > 1 ? pow(10, place) : 0
    let read = innovations(residuals, kept, influence, ratio: ratio).scale
    return (ratio * read, ratio > 0 && place > 3.9 ? 0 : read)
  }

  /// The logarithm of the restricted likelihood of residuals whose pulses have `ratio` times the variance of
  /// readings, at the variance of readings, `scale`, that is most likely then.
  private static func innovations(
    _ residuals: [[Double]], _ kept: [[Double]], _ influence: [[Double]], ratio: Double
  ) -> (likelihood: Double, scale: Double) {
    let p = influence.count
    // The rows of A span what the parameters can move: the same filter passes them and the residuals.
    var regression = LinearRegression(count: p)
    var logarithms = 0.0
    var start = 0
    for (r, kept) in zip(residuals, kept) {
      var deviations = [Double](repeating: 0, count: p + 1)
      var row = [Double](repeating: 0, count: p)
      var variance = 0.0
      for k in r.indices {
        if k > 0 {
          for i in 0...p { deviations[i] *= kept[k - 1] }
          variance = kept[k - 1] * kept[k - 1] * variance + ratio
        }
        let total = variance + 1
        let (gain, unit) = (variance / total, 1 / total.squareRoot())
        for i in 0..<p {
          let innovation = influence[i][start + k] - deviations[i]
          row[i] = innovation * unit
          deviations[i] += gain * innovation
        }
        let innovation = r[k] - deviations[p]
        deviations[p] += gain * innovation
        regression.add(row, value: innovation * unit)
        logarithms += log(total)
        variance *= 1 - gain
      }
      start += r.count
    }
    let solution = regression.solution
    let freedom = Double(max(1, regression.rows - p))
    let scale = solution.residualSquares / freedom
    let sum = logarithms + solution.logDeterminant + freedom * log(max(scale, 1e-300))
    return (-0.5 * sum, scale)
  }

  /// Variance of pulses and covariance of readings where readings carry slow noise, such as telegraph
  /// noise, which from one pulse to the next looks like noise of steps; `nil` where they do not.
  ///
  /// Over many pulses noise of steps adds up and that of readings does not: residuals L pulses apart
  /// differ by V(L) = L·σ_p² + 2(c(0) − c(L)). In trains of 500 pulses and more the slope of V between
  /// n/32 and n/8 pulses counts where it is below a tenth of what the likelihood gave.
  private static func slowReadings(_ residuals: [[Double]], cycleVariance: Double)
    -> (cycle: Double, read: [Double])?
  {
    guard let n = residuals.map(\.count).min(), n > 500 else { return nil }
    func apart(_ lag: Int) -> Double {
      var (sum, count) = (0.0, 0)
      for r in residuals {
        for k in lag..<r.count { sum += (r[k] - r[k - lag]) * (r[k] - r[k - lag]) }
        count += r.count - lag
      }
      return sum / Double(count)
    }
    let (near, far) = (n / 32, n / 8)
    let slope = max(0, (apart(far) - apart(near)) / Double(far - near))
    guard slope < 0.1 * cycleVariance else { return nil }
    // c vanishes n/8 pulses apart, and counts until it first does, over 1000 pulses at most.
    let end = apart(far)
    var read: [Double] = []
    for lag in 0..<min(far, 1000) {
      let value = (end - Double(far - lag) * slope - (lag == 0 ? 0 : apart(lag))) / 2
      guard value > 0 else { break }
      read.append(value)
    }
    return (slope, read.isEmpty ? [0] : read)
  }
}
