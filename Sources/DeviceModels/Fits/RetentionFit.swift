import Foundation
import NumericalMethods

/// Shift and scatter of programmed conductances over time, fitted to measured cells.
///
/// At each time the mean and the deviation of G − G₀ against the programmed G₀ are polynomials, fitted
/// to the means and deviations of bins of equally many cells with their standard errors: the drift
/// law `broadening`.
public struct RetentionFit: DeviceFit {
  /// One reading of one cell.
  public struct Reading: Sendable, Hashable {
    /// The time after programming, in seconds.
    public var time: Double
    /// The conductance as programmed, in siemens.
    public var programmed: Double
    /// The conductance now, in siemens.
    public var conductance: Double
    /// The temperature that the cell was held at, in kelvins.
    public var temperature: Double

    /// The number of the cell, where it is known: its readings at several times are not independent.
    public var device: Double?

    /// A reading; see the members.
    public init(
      time: Double, programmed: Double, conductance: Double, temperature: Double = 298.15,
      device: Double? = nil
    ) {
      self.device = device
      self.time = time
      self.programmed = programmed
      self.conductance = conductance
      self.temperature = temperature
    }
  }

  /// The points of the law.
  public let points: [ConductanceDrift.BroadeningPoint]
  /// The conductance that the polynomials count in, in siemens.
  public let reference: Double
  /// The conductances between which 99 % of the cells were programmed, in siemens.
  public let window: ClosedRange<Double>
  public let estimates: [FitEstimate]
  public let residual: (value: Double, unit: String)
  public let notes: [String]
  public let curves: FitCurves
  public let validity: String
  private let checks: [(target: Double, time: Double, mean: Double, deviation: Double)]

  public var name: String { "retention, broadening" }

  /// Fits polynomials to readings at one temperature.
  ///
  /// - Parameter degree: of the polynomials; `nil` is the degree up to 4 of the lowest Bayesian information criterion
  ///   (G. Schwarz, Ann. Statist. 6, 461 (1978)) among those that the cells determine.
  /// - Throws: `NumericalFailure` where there are several temperatures, or too few cells.
  public init(_ readings: [Reading], degree: Int? = nil) throws(NumericalFailure) {
    let temperatures = Set(readings.map(\.temperature))
    guard temperatures.count == 1 else {
      throw NumericalFailure(
        "the readings are of \(temperatures.count) temperatures, the law 'broadening' takes one: use 'decay'"
      )
    }
    let times = Set(readings.map(\.time).filter { $0 > 0 }).sorted()
    guard let first = times.first, times.count <= 50 else {
      throw NumericalFailure(
        "\(times.count) times after programming, 1 to 50 are expected: round them to nominal times")
    }
    let (low, high) = Self.window(readings)
    guard high > 0 else { throw NumericalFailure("no conductance is above 0 S") }
    let groups = times.map { time in
      readings.filter { $0.time == time && (low...high).contains($0.programmed) }
    }
    let reference = high
    let isChosen = degree == nil
    var best = 0
    if isChosen { best = try Self.bestDegree(groups, reference: reference) }
    let degree = degree ?? best
    let distinct = Set(readings.map(\.programmed)).count
    guard distinct > degree else {
      throw NumericalFailure(
        "the cells were programmed to \(distinct) different conductances, which do not determine a polynomial of degree \(degree): use --degree \(distinct - 1) or lower, or 'decay'"
      )
    }
    // As programmed a tenth of the first time after programming.
    var points = [
      ConductanceDrift.BroadeningPoint(time: 0.1 * first, polynomial: [0], shift: [0])
    ]
    var estimates: [FitEstimate] = []
    var series: [FitCurves.Series] = []
    var (squares, count) = (0.0, 0)
    for (time, own) in zip(times, groups) {
      guard own.count >= Self.cells(degree) else {
        throw NumericalFailure(
          "\(own.count) cells at \(time) s are too few for a polynomial of degree \(degree)")
      }
      let bins = Self.bins(own)
      func fitted(_ key: String, _ value: (Bin) -> Bin.Value) throws(NumericalFailure) -> [Double] {
        let fit = try Self.polynomial(degree, bins, value, reference: reference)
        for k in fit.values.indices {
          estimates.append(
            FitEstimate(
              "\(key)[\(k)] at \(String(format: "%g", time)) s", fit.values[k],
              fit.standardErrors[k], unit: "S"))
        }
        return fit.values
      }
      let shift = try fitted("mean", \.meanWithError)
      let spread = try fitted("deviation", \.deviationWithError)
      let point = ConductanceDrift.BroadeningPoint(time: time, polynomial: spread, shift: shift)
      points.append(point)
      for bin in bins {
        squares += pow(bin.deviation - point.deviation(bin.center / reference), 2)
        count += 1
      }
      series.append(
        FitCurves.Series(
          name: "\(String(format: "%g", time)) s", x: bins.map(\.center),
          measured: bins.map(\.deviation), law: { point.deviation($0 / reference) }))
    }
    self.points = points
    self.reference = reference
    window = low < high ? max(0, low)...high : 0...high
    self.estimates = estimates
    residual = ((squares / Double(max(1, count))).squareRoot(), "S")
    notes =
      (isChosen
        ? [
          "the polynomials have the degree \(degree), of the lowest Bayesian information criterion: --degree sets another"
        ] : []) + [
        "the cells are taken as programmed \(String(format: "%g", 0.1 * first)) s after programming, a tenth of the first time"
      ]
    curves = FitCurves(
      x: "programmed conductance (S)", y: "deviation of G − G₀ (S)",
      isLogarithmic: (false, false), series: series)
    validity =
      "\(String(format: "%.3g", low * 1e6)) to \(String(format: "%.3g", high * 1e6)) uS, "
      + "\(String(format: "%g", first)) s to \(String(format: "%g", times[times.count - 1])) s after programming, "
      + "\(String(format: "%g", temperatures.first ?? 0)) K"
    let last = points[points.count - 1]
    checks = [0.25, 0.5, 0.75].map { part in
      (part * high, last.time, last.mean(part), last.deviation(part))
    }
  }

  /// The conductances between which 99 % of the cells were programmed: polynomials say nothing about a
  /// few cells far away.
  static func window(_ readings: [Reading]) -> (low: Double, high: Double) {
    let all = readings.map(\.programmed)
    guard !all.isEmpty else { return (0, 0) }
    return (quantile(all, 0.005), quantile(all, 0.995))
  }

  /// Equally many cells of neighboring programmed conductances.
  struct Bin {
    var center: Double
    var mean: Double
    var deviation: Double
    var count: Int

    /// A value and its standard error.
    typealias Value = (value: Double, error: Double)
    var meanWithError: Value { (mean, deviation / Double(count).squareRoot()) }
    var deviationWithError: Value { (deviation, deviation / Double(2 * count).squareRoot()) }
  }

  /// The fewest cells of one time for polynomials of a degree.
  private static func cells(_ degree: Int) -> Int { 10 * (degree + 2) }

  private static func polynomial(
    _ degree: Int, _ bins: [Bin], _ value: (Bin) -> Bin.Value, reference: Double
  ) throws(NumericalFailure) -> NonlinearFit {
    try NonlinearFit(from: [Double](repeating: 0, count: degree + 1), count: bins.count) { c, out in
      for (k, bin) in bins.enumerated() {
        let x = bin.center / reference
        let (y, error) = value(bin)
        out[k] = (y - c.reversed().reduce(0) { $0 * x + $1 }) / error
      }
    }
  }

  /// The degree of the lowest χ² + p·ln n among those that all times determine: p coefficients of all polynomials, n means
  /// and deviations of bins.
  private static func bestDegree(
    _ groups: [[Reading]], reference: Double
  ) throws(NumericalFailure) -> Int {
    let bins = groups.map { Self.bins($0) }
    let fewest = groups.map(\.count).min() ?? 0
    let distinct = groups.map { Set($0.map(\.programmed)).count }.min() ?? 0
    guard distinct > 1 else {
      throw NumericalFailure(
        "the cells were programmed to one conductance, which says nothing about others: use 'decay', or --degree 0 for a law that does not depend on it"
      )
    }
    let values = Double(2 * bins.reduce(0) { $0 + $1.count })
    var best = (criterion: Double.infinity, degree: 0)
    for degree in 0...4 where fewest >= cells(degree) && distinct > degree {
      var criterion = Double(2 * (degree + 1) * groups.count) * log(values)
      for bins in bins where bins.count > degree + 1 {
        for value in [\Bin.meanWithError, \Bin.deviationWithError] {
          let fit = try polynomial(degree, bins, { $0[keyPath: value] }, reference: reference)
          criterion += fit.residuals.reduce(0) { $0 + $1 * $1 }
        }
      }
      if criterion < best.criterion { best = (criterion, degree) }
    }
    return best.degree
  }

  static func bins(_ readings: [Reading]) -> [Bin] {
    let count = min(24, readings.count / 10)
    let sorted = readings.sorted { $0.programmed < $1.programmed }
    return (0..<count).compactMap { b in
      let part = sorted[b * sorted.count / count..<(b + 1) * sorted.count / count]
      let statistics = SampleStatistics(part.map { $0.conductance - $0.programmed })
      guard statistics.deviation > 0 else { return nil }
      return Bin(
        center: part.reduce(0) { $0 + $1.programmed } / Double(part.count), mean: statistics.mean,
        deviation: statistics.deviation, count: part.count)
    }
  }

  public var sections: String {
    func list(_ values: [Double]) -> String {
      "[" + values.map { "\($0) S" }.joined(separator: ", ") + "]"
    }
    var lines = [
      "conductance-window:", "  minimum: \(window.lowerBound) S",
      "  maximum: \(window.upperBound) S",
      "drift:", "  law: broadening", "  reference: \(reference) S", "  points:",
    ]
    for point in points {
      lines.append(
        "    - {time: \(point.time) s, polynomial: \(list(point.polynomial)), mean: \(list(point.shift))}"
      )
    }
    lines.append("check-points:")
    for check in checks {
      lines.append(
        "  - {target: \(check.target) S, time: \(check.time) s, mean-error: \(check.mean) S, deviation: \(check.deviation) S, tolerance: 5 %}"
      )
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
