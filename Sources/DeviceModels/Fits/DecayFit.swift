import Foundation
import NumericalMethods

/// Loss of conductance at several temperatures, fitted to measured cells: the drift law `decay` with
/// Arrhenius's acceleration.
///
/// A cell decays as exp(−t/τ), ln τ normal between cells with the deviation s about
/// ln τ(T) = ln τ₀ + E_a/k·(1/T − 1/T₀). Fitted are the deciles of G/G₀ of each temperature and time, with
/// a scatter w of G/G₀ beside the decay. First-order kinetics: one time per temperature suffices.
public struct DecayFit: DeviceFit {
  /// τ at the reference temperature, in seconds; s; E_a in electronvolts.
  public let timeConstant: Double
  /// See `timeConstant`.
  public let spread: Double
  /// See `timeConstant`.
  public let activationEnergy: Double
  /// The reference temperature, in kelvins.
  public let temperature: Double
  /// The conductances between which 99 % of the cells were programmed, in siemens.
  public let window: ClosedRange<Double>
  public let estimates: [FitEstimate]
  public let residual: (value: Double, unit: String)
  public let notes: [String]
  public let curves: FitCurves
  public let validity: String
  private let checks: [(temperature: Double, time: Double, mean: Double, deviation: Double)]

  public var name: String { "retention, decay" }

  private static let parts = (1...9).map { Double($0) / 10 }

  /// A temperature and a time that cells were read after.
  private struct Condition: Hashable, Comparable {
    let temperature: Double
    let time: Double

    init(_ reading: RetentionFit.Reading) {
      (temperature, time) = (reading.temperature, reading.time)
    }

    static func < (a: Condition, b: Condition) -> Bool {
      (a.temperature, a.time) < (b.temperature, b.time)
    }
  }

  /// Fits readings of at least two temperatures. Cells below half of the highest conductance are
  /// left out: their ratio is scatter.
  /// - Throws: `NumericalFailure` where there are fewer temperatures or too few cells.
  public init(_ all: [RetentionFit.Reading]) throws(NumericalFailure) {
    let (low, high) = RetentionFit.window(all)
    let readings = all.filter { $0.programmed > 0.5 * high && $0.time > 0 }
    let groups = Dictionary(grouping: readings) { Condition($0) }.filter { $0.value.count >= 50 }
    let temperatures = Set(groups.keys.map(\.temperature)).count
    guard temperatures >= 2 else {
      throw NumericalFailure(
        "an activation energy takes two temperatures of 50 cells each, there are \(temperatures)")
    }
    let conditions = groups.keys.sorted()
    let (kelvins, times) = (conditions.map(\.temperature), conditions.map(\.time))
    let reference = kelvins[kelvins.count - 1]
    let measured = conditions.map { condition in
      let ratios = groups[condition, default: []].map { $0.conductance / $0.programmed }
      return Self.parts.map { quantile(ratios, $0) }
    }
    // One set of normal numbers for decay and scatter, evenly spread: quantiles are smooth in the
    // parameters.
    let count = 1000
    let numbers = (0..<count).map { k in
      (
        Distribution.normalQuantile((Double(k) + 0.5) / Double(count)),
        Distribution.normalQuantile(
          (Double(k) * 0.618_033_988_749_895 + 0.5 / Double(count)).truncatingRemainder(
            dividingBy: 1))
      )
    }
    let scale = PhysicalConstants.charge / PhysicalConstants.boltzmann
    func ratios(_ p: [Double], _ k: Int) -> [Double] {
      let center = p[0] + p[1] * scale * (1 / kelvins[k] - 1 / reference)
      let (spread, scatter) = (exp(p[2]), exp(p[3]))
      return numbers.map { a, b in
        max(0, exp(-times[k] * exp(-center - spread * a)) + scatter * b)
      }
    }
    let start = Self.start(kelvins, times, medians: measured.map { $0[4] }, scale: scale)
    let fit = try NonlinearFit(from: start, count: kelvins.count * 9) { p, out in
      for k in kelvins.indices {
        let sorted = ratios(p, k).sorted()
        for (q, part) in Self.parts.enumerated() {
          let place = part * Double(count) - 0.5
          let i = Int(place)
          let value = sorted[i] + (place - Double(i)) * (sorted[i + 1] - sorted[i])
          out[k * 9 + q] = measured[k][q] - value
        }
      }
    }
    timeConstant = exp(fit.values[0])
    activationEnergy = fit.values[1]
    spread = exp(fit.values[2])
    temperature = reference
    window = max(0, low)...high
    // The nine deciles of one sample move together: they count as three independent numbers.
    let errors = fit.standardErrors.map { $0 * 3.0.squareRoot() }
    let open = fit.undetermined
    estimates = [
      FitEstimate(
        "drift.time-constant", timeConstant, timeConstant * errors[0], unit: "s",
        isDetermined: !open.contains(0)),
      FitEstimate(
        "drift.activation-energy", activationEnergy, errors[1], unit: "eV",
        isDetermined: !open.contains(1)),
      FitEstimate("drift.spread", spread, spread * errors[2], isDetermined: !open.contains(2)),
      FitEstimate(
        "scatter of G/G₀ beside the decay", exp(fit.values[3]), exp(fit.values[3]) * errors[3],
        isDetermined: !open.contains(3)),
    ]
    residual = (fit.residualDeviation, "of G/G₀")
    notes = [
      "the law states the loss alone: a scatter of \(String(format: "%.2g", 100 * exp(fit.values[3]))) % of the conductance beside it is not in the file"
    ]
    let values = fit.values
    if temperatures == kelvins.count {
      curves = FitCurves(
        x: "temperature (K)", y: "G/G₀", isLogarithmic: (false, false),
        series: [(1, "10 %"), (4, "50 %"), (7, "80 %")].map { q, name in
          FitCurves.Series(
            name: name, x: kelvins, measured: measured.map { $0[q] },
            fitted: kelvins.indices.map { quantile(ratios(values, $0), Self.parts[q]) })
        })
    } else {
      curves = FitCurves(
        x: "time (s)", y: "median of G/G₀", isLogarithmic: (true, false),
        series: Set(kelvins).sorted().map { kelvin in
          let own = kelvins.indices.filter { kelvins[$0] == kelvin }
          return FitCurves.Series(
            name: "\(String(format: "%.4g", kelvin)) K", x: own.map { times[$0] },
            measured: own.map { measured[$0][4] },
            fitted: own.map { quantile(ratios(values, $0), Self.parts[4]) })
        })
    }
    let range = "\(String(format: "%.4g", kelvins[0])) K to \(String(format: "%.4g", reference)) K"
    validity =
      "\(range), to \(String(format: "%.0f", times.max() ?? 0)) s; above \(String(format: "%.3g", 0.5 * high * 1e6)) uS"
    latest = times.max() ?? 1
    checks = kelvins.indices.map { k in
      // The law alone, without the scatter: the mean and the deviation of G/G₀.
      let center = values[0] + values[1] * scale * (1 / kelvins[k] - 1 / reference)
      let left = numbers.map { exp(-times[k] * exp(-center - exp(values[2]) * $0.0)) }
      let mean = left.reduce(0, +) / Double(count)
      let square = left.reduce(0) { $0 + $1 * $1 } / Double(count)
      return (kelvins[k], times[k], mean, max(0, square - mean * mean).squareRoot())
    }
  }

  private let latest: Double

  /// Where the fit starts: ln τ = ln τ₀ + E_a/k·(1/T − 1/T₀) by least squares through τ = −t/ln m of the medians m
  /// between loss of nothing and of all; s = 1.
  private static func start(
    _ kelvins: [Double], _ times: [Double], medians: [Double], scale: Double
  ) -> [Double] {
    let reference = kelvins[kelvins.count - 1]
    let points = medians.indices.filter { (0.03...0.97).contains(medians[$0]) }.map { k in
      (x: scale * (1 / kelvins[k] - 1 / reference), y: log(-times[k] / log(medians[k])))
    }
    guard !points.isEmpty else { return [log(2 * times[times.count - 1]), 1, 0, log(0.15)] }
    let n = Double(points.count)
    let (x, y) = (points.reduce(0) { $0 + $1.x } / n, points.reduce(0) { $0 + $1.y } / n)
    let square = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    let both = points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) }
    let energy = square > 0 ? min(3, max(0.1, both / square)) : 1
    return [y - energy * x, energy, 0, log(0.15)]
  }

  public var sections: String {
    let target = 0.5 * window.upperBound
    var lines = [
      "conductance-window:", "  minimum: \(window.lowerBound) S",
      "  maximum: \(window.upperBound) S",
      "drift:", "  law: decay", "  time-constant: \(timeConstant) s", "  spread: \(spread)",
      "  origin: 1 s", "  activation-energy: \(activationEnergy) eV",
      "  temperature: \(temperature) K", "  until: \(latest) s", "check-points:",
    ]
    // Where hardly a cell is lost the deviation is that of a few: no number to hold a law against.
    for check in checks where check.deviation > 0.02 {
      lines.append(
        "  - {target: \(target) S, time: \(check.time) s, temperature: \(check.temperature) K, mean-error: \(target * (check.mean - 1)) S, deviation: \(target * check.deviation) S, tolerance: 5 %}"
      )
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
