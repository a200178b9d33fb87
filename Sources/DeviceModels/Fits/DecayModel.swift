import Foundation
import NumericalMethods

/// The deciles of G/G₀ that the decay law gives at several temperatures and times, and their least-squares
/// fit to measured deciles.
///
/// Parameters: ln τ at the reference temperature, E_a in electronvolts, ln s, ln w; see `DecayFit`.
struct DecayModel {
  /// The temperature and time of each condition, in kelvins and seconds.
  let kelvins: [Double]
  let times: [Double]
  /// The reference temperature, in kelvins.
  let reference: Double
  /// One set of normal numbers for decay and scatter, evenly spread: quantiles are smooth in the
  /// parameters.
  let numbers: [(decay: Double, scatter: Double)]

  static let parts = (1...9).map { Double($0) / 10 }
  static let scale = PhysicalConstants.charge / PhysicalConstants.boltzmann
  private static let count = 1000

  init(kelvins: [Double], times: [Double]) {
    self.kelvins = kelvins
    self.times = times
    reference = kelvins.max() ?? 298.15
    numbers = (0..<Self.count).map { k in
      (
        Distribution.normalQuantile((Double(k) + 0.5) / Double(Self.count)),
        Distribution.normalQuantile(
          (Double(k) * 0.618_033_988_749_895 + 0.5 / Double(Self.count)).truncatingRemainder(
            dividingBy: 1))
      )
    }
  }

  /// ln τ at a temperature in kelvins.
  func center(_ p: [Double], kelvin: Double) -> Double {
    p[0] + p[1] * Self.scale * (1 / kelvin - 1 / reference)
  }

  /// The nine deciles of G/G₀ after `time` seconds at a temperature in kelvins.
  func deciles(_ p: [Double], kelvin: Double, time: Double) -> [Double] {
    let center = center(p, kelvin: kelvin)
    let (spread, scatter) = (exp(p[2]), exp(p[3]))
    let sorted = numbers.map {
      max(0, exp(-time * exp(-center - spread * $0.decay)) + scatter * $0.scatter)
    }.sorted()
    return Self.parts.map { part in
      let place = part * Double(Self.count) - 0.5
      let i = Int(place)
      return sorted[i] + (place - Double(i)) * (sorted[i + 1] - sorted[i])
    }
  }

  /// The fit to measured deciles, nine per condition.
  func fit(_ measured: [[Double]], from start: [Double]) throws(NumericalFailure) -> NonlinearFit {
    // A decile of a finite set is one of its numbers, whose own slope is not that of the decile: differences are
    // taken over many of them.
    try NonlinearFit(
      from: start, count: 9 * kelvins.count, tolerance: 1e-6, derivativeStep: 1e-3
    ) { p, out in
      for k in kelvins.indices {
        for (q, value) in deciles(p, kelvin: kelvins[k], time: times[k]).enumerated() {
          out[9 * k + q] = measured[k][q] - value
        }
      }
    }
  }

  /// Where the fit starts: ln τ = ln τ₀ + E_a/k·(1/T − 1/T₀) by least squares through τ = −t/ln m of the medians m
  /// between loss of nothing and of all; s = 1.
  func start(medians: [Double]) -> [Double] {
    let points = medians.indices.filter { (0.03...0.97).contains(medians[$0]) }.map { k in
      (x: Self.scale * (1 / kelvins[k] - 1 / reference), y: log(-times[k] / log(medians[k])))
    }
    guard !points.isEmpty else { return [log(2 * times[times.count - 1]), 1, 0, log(0.15)] }
    let n = Double(points.count)
    let (x, y) = (points.reduce(0) { $0 + $1.x } / n, points.reduce(0) { $0 + $1.y } / n)
    let square = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    let both = points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) }
    let energy = square > 0 ? min(3, max(0.1, both / square)) : 1
    return [y - energy * x, energy, 0, log(0.15)]
  }
}

/// Standard errors of a decay fit by the jackknife over groups of cells.
///
/// The nine deciles of a sample move together, and a cell that is read at several times is in all of them: the
/// residuals are correlated, and the scatter of the residuals alone says too little about the parameters. All
/// readings of one cell are therefore left out together: the fit is repeated with each of g groups of cells left out,
/// se² = (g − 1)/g·Σ(θᵢ − θ̄)² (B. Efron and C. Stein, Ann. Statist. 9, 586 (1981)). Where the residuals exceed what the
/// sample explains, the law leaves something out and all errors grow by that factor, as in the averages of the
/// Particle Data Group.
struct DecayErrors {
  /// The standard errors of the four parameters.
  let values: [Double]
  /// The deviation of the residuals over that which the sample explains; 1 where they are smaller.
  let excess: Double

  private static let groupCount = 20

  /// - Parameter cells: the ratios G/G₀ of each condition with the number of their cell.
  init(
    _ model: DecayModel, fit: NonlinearFit, cells: [[(cell: Int, ratio: Double)]]
  ) throws(NumericalFailure) {
    let count = Set(cells.joined().map(\.cell)).count
    let groups = min(Self.groupCount, count)
    guard groups > 1 else {
      throw NumericalFailure("one cell says nothing about the errors of a fit")
    }
    var parameters: [[Double]] = []
    var deciles: [[Double]] = []
    for group in 0..<groups {
      let measured = cells.map { readings in
        let kept = readings.filter { $0.cell % groups != group }.map(\.ratio)
        let all = kept.isEmpty ? readings.map(\.ratio) : kept
        return DecayModel.parts.map { quantile(all, $0) }
      }
      guard let own = try? model.fit(measured, from: fit.values) else { continue }
      parameters.append(own.values)
      deciles.append(measured.flatMap { $0 })
    }
    guard parameters.count > 1 else {
      throw NumericalFailure("the fit does not converge without a part of the cells")
    }
    let factor = Double(parameters.count - 1)
    // (g − 1)/g·Σ(θᵢ − θ̄)² is (g − 1)²/g times the sample variance.
    func error(_ values: [Double]) -> Double {
      SampleStatistics(values).deviation * factor / (factor + 1).squareRoot()
    }
    let sampling = (0..<deciles[0].count).reduce(0.0) { sum, k in
      let one = error(deciles.map { $0[k] })
      return sum + one * one
    }
    let freedom = Double(fit.residuals.count) / Double(max(1, fit.residuals.count - 4))
    let found = fit.residuals.reduce(0) { $0 + $1 * $1 } * freedom
    let ratio = sampling > 0 ? (found / sampling).squareRoot() : 1
    excess = max(1, ratio)
    values = (0..<4).map { p in max(1, ratio) * error(parameters.map { $0[p] }) }
  }
}
