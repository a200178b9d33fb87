import Foundation
import NumericalMethods

/// How well a record of evenly spaced values is described by Gaussian noise of any spectrum, and what
/// evidence it holds for a drift or for a trap beside that.
///
/// Each value is predicted from the four before it and from the means of ever longer stretches of the
/// past, 4, 8, 16 … values long, by least squares: an autoregression with long memory, which 1/f noise
/// and slow drift need (F. Corsi, J. Financ. Econom. 7, 174 (2009), has three such stretches). The
/// errors of prediction give the likelihood; models are compared by the Bayesian information criterion
/// (G. Schwarz, Ann. Stat. 6, 461 (1978)), where a difference above 10 is very strong evidence (R. E.
/// Kass and A. E. Raftery, J. Am. Stat. Assoc. 90, 773 (1995)).
enum RecordLikelihood {
  /// The difference of the criterion from which on evidence counts.
  static let veryStrong = 10.0

  /// The logarithm of the likelihood of `values`, to a constant that depends on their number alone.
  static func logarithm(_ values: [Double]) -> Double {
    let n = values.count
    let single = 4
    var sums = [0.0]
    sums.reserveCapacity(n + 1)
    for value in values { sums.append(sums[sums.count - 1] + value) }
    var ends: [(near: Int, far: Int)] = []
    var near = single
    while 2 * near <= n / 8 {
      ends.append((near, 2 * near))
      near *= 2
    }
    var regression = LinearRegression(count: 1 + single + ends.count)
    var row = [Double](repeating: 1, count: regression.count)
    for t in 2 * single..<n {
      for lag in 1...single { row[lag] = values[t - lag] }
      for (k, stretch) in ends.enumerated() {
        // At the begin of the record stretches are as long as there are values, or empty.
        let from = max(0, t - stretch.far)
        let length = t - stretch.near - from
        row[1 + single + k] =
          length > 0 ? (sums[t - stretch.near] - sums[from]) / Double(length) : 0
      }
      regression.add(row, value: values[t])
    }
    let count = Double(regression.rows)
    return -0.5 * count * log(max(regression.solution.residualSquares, 1e-300) / count)
  }

  /// The drift of a record: the polynomial of the lowest criterion among degrees 0 to 3, at each value.
  static func drift(of values: [Double]) -> (degree: Int, values: [Double]) {
    let n = values.count
    var best = (criterion: Double.infinity, degree: 0, values: [Double]())
    for degree in 0...3 {
      var regression = LinearRegression(count: degree + 1)
      func row(_ k: Int) -> [Double] {
        let x = 2 * Double(k) / Double(n - 1) - 1
        return Array([1, x, 1.5 * x * x - 0.5, 2.5 * x * x * x - 1.5 * x].prefix(degree + 1))
      }
      for k in 0..<n { regression.add(row(k), value: values[k]) }
      let coefficients = regression.solution.coefficients
      let curve = (0..<n).map { k in zip(row(k), coefficients).reduce(0) { $0 + $1.0 * $1.1 } }
      let rest = zip(values, curve).map { $0 - $1 }
      let criterion = Double(degree) * log(Double(n)) - 2 * logarithm(rest)
      if criterion < best.criterion - (degree > 0 ? veryStrong : 0) {
        best = (criterion, degree, curve)
      }
    }
    return (best.degree, best.values)
  }

  /// By how much the criterion of `values` falls with a trap that is at its high level where `high` is
  /// above ½, beside Gaussian noise: what the path of jumps explains, less what it costs to state it.
  static func evidence(for trap: TelegraphFit, in values: [Double]) -> Double {
    let states = trap.high.map { $0 > 0.5 }
    let amplitude = trap.levels.high - trap.levels.low
    let rest = zip(values, states).map { $1 ? $0 - amplitude : $0 }
    var left = (low: 0.0, high: 0.0)
    var spent = (low: 0.0, high: 0.0)
    for (now, next) in zip(states, states.dropFirst()) {
      if now { spent.high += 1 } else { spent.low += 1 }
      if now, !next { left.high += 1 }
      if !now, next { left.low += 1 }
    }
    func path(_ jumps: Double, _ steps: Double) -> Double {
      guard jumps > 0, jumps < steps else { return 0 }
      return jumps * log(jumps / steps) + (steps - jumps) * log(1 - jumps / steps)
    }
    let gain = logarithm(rest) - logarithm(values)
    let cost = path(left.low, spent.low) + path(left.high, spent.high)
    // An amplitude and two rates.
    return 2 * (gain + cost) - 3 * log(Double(values.count))
  }
}
