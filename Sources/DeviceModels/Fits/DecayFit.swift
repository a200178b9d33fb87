import Foundation
import NumericalMethods
import PhysicalUnits

/// Loss of conductance at several temperatures, fitted to measured cells: the drift law `decay` with
/// Arrhenius's acceleration.
///
/// A cell decays as exp(−t/τ), ln τ normal between cells with the deviation s about
/// ln τ(T) = ln τ₀ + E_a/k·(1/T − 1/T₀). Fitted are the deciles of G/G₀ of each temperature and time, with
/// a scatter w of G/G₀ beside the decay. First-order kinetics: one time per temperature suffices. Standard errors:
/// `DecayErrors`.
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

  /// "20 at 423 K, 18 at 473 K": the most readings after one time, by temperature.
  private static func counts(_ readings: [RetentionFit.Reading]) -> String {
    var most: [Double: Int] = [:]
    for (condition, group) in Dictionary(grouping: readings, by: { Condition($0) }) {
      most[condition.temperature] = max(most[condition.temperature] ?? 0, group.count)
    }
    let found = most.sorted { $0.key < $1.key }.map {
      "\($0.value) at \(significant($0.key)) K"
    }
    return "the file has " + (found.isEmpty ? "none" : found.joined(separator: ", "))
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
        "an activation energy takes two temperatures with 50 readings each after one time, of cells programmed above half of the largest conductance: "
          + Self.counts(readings))
    }
    let conditions = groups.keys.sorted()
    let (kelvins, times) = (conditions.map(\.temperature), conditions.map(\.time))
    let model = DecayModel(kelvins: kelvins, times: times)
    let reference = model.reference
    let measured = conditions.map { condition in
      let ratios = groups[condition, default: []].map { $0.conductance / $0.programmed }
      return DecayModel.parts.map { quantile(ratios, $0) }
    }
    let fit = try model.fit(measured, from: model.start(medians: measured.map { $0[4] }))
    timeConstant = exp(fit.values[0])
    activationEnergy = fit.values[1]
    spread = exp(fit.values[2])
    temperature = reference
    isOneTarget = high <= low
    window = isOneTarget ? 0...high : max(0, low)...high
    let sample = try DecayErrors(
      model, fit: fit, cells: Self.cells(conditions.map { groups[$0, default: []] }))
    let errors = sample.values
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
    var notes = [
      "the law states the loss alone: a scatter of \(String(format: "%.2g", 100 * exp(fit.values[3]))) % of the conductance beside it is not in the file",
      "the standard errors come from leaving out groups of cells with all their readings"
        + (sample.excess > 1.2
          ? ", times \(String(format: "%.2g", sample.excess)): the residuals exceed the scatter of the sample so many times, the law leaves something out"
          : ""),
    ]
    if isOneTarget {
      notes.append("all cells have one target: the window of the file is from 0 S to it")
    }
    self.notes = notes
    let values = fit.values
    if temperatures == kelvins.count {
      curves = FitCurves(
        x: "temperature (K)", y: "G/G₀", isLogarithmic: (false, false),
        series: [(1, "10 %"), (4, "50 %"), (7, "80 %")].map { q, name in
          let deciles = measured.map { $0[q] }
          guard Set(times).count == 1 else {
            // Between temperatures of different times the law has no one curve.
            let y = kelvins.indices.map {
              model.deciles(values, kelvin: kelvins[$0], time: times[$0])[q]
            }
            return FitCurves.Series(name: name, x: kelvins, measured: deciles, law: (kelvins, y))
          }
          return FitCurves.Series(name: name, x: kelvins, measured: deciles) {
            model.deciles(values, kelvin: $0, time: times[0])[q]
          }
        })
    } else {
      curves = FitCurves(
        x: "time (s)", y: "median of G/G₀", isLogarithmic: (true, false),
        series: Set(kelvins).sorted().map { kelvin in
          let own = kelvins.indices.filter { kelvins[$0] == kelvin }
          return FitCurves.Series(
            name: "\(String(format: "%.6g", kelvin)) K", x: own.map { times[$0] },
            measured: own.map { measured[$0][4] }, isLogarithmic: true
          ) { model.deciles(values, kelvin: kelvin, time: $0)[4] }
        })
    }
    let range = "\(String(format: "%.6g", kelvins[0])) K to \(String(format: "%.6g", reference)) K"
    validity =
      "\(range), to \(String(format: "%.0f", times.max() ?? 0)) s; above \(String(format: "%.3g", 0.5 * high * 1e6)) uS"
    latest = times.max() ?? 1
    earliest = times.min() ?? 1
    checks = kelvins.indices.map { k in
      // The law alone, without the scatter: the mean and the deviation of G/G₀.
      let center = model.center(values, kelvin: kelvins[k])
      let left = model.numbers.map { exp(-times[k] * exp(-center - exp(values[2]) * $0.decay)) }
      let mean = left.reduce(0, +) / Double(left.count)
      let square = left.reduce(0) { $0 + $1 * $1 } / Double(left.count)
      return (kelvins[k], times[k], mean, max(0, square - mean * mean).squareRoot())
    }
  }

  private let latest: Double

  private let isOneTarget: Bool
  private let earliest: Double

  /// The readings of each condition with the number of their cell: by `device` where the data have it, else
  /// by temperature and programmed conductance, or by the place among the readings of the condition where several
  /// cells were programmed to one conductance.
  private static func cells(
    _ conditions: [[RetentionFit.Reading]]
  ) -> [[(cell: Int, ratio: Double)]] {
    let named = conditions.allSatisfy { $0.allSatisfy { $0.device != nil } }
    let distinct = conditions.allSatisfy { Set($0.map(\.programmed)).count == $0.count }
    var numbers: [[Double]: Int] = [:]
    return conditions.map { readings in
      let order = distinct ? readings.sorted { $0.programmed < $1.programmed } : readings
      return order.enumerated().map { k, reading in
        let key =
          named
          ? [reading.device ?? 0]
          : [reading.temperature, distinct ? reading.programmed : Double(k)]
        let number = numbers[key] ?? numbers.count
        numbers[key] = number
        return (cell: number, ratio: reading.conductance / reading.programmed)
      }
    }
  }

  public var sections: String {
    let target = 0.5 * window.upperBound
    var lines = [
      "conductance-window:", "  minimum: \(window.lowerBound) S",
      "  maximum: \(window.upperBound) S",
      "drift:", "  law: decay", "  time-constant: \(timeConstant) s", "  spread: \(spread)",
      "  origin: \(min(1, 1e-3 * earliest)) s", "  activation-energy: \(activationEnergy) eV",
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
