import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import PhysicalUnits
import Reporting

/// `ohmweave device fit --kind pulses`: a law of pulse response fitted to measured trains, as a device
/// file.
struct PulseFitTask: DeviceTask {
  static let name = "fit"
  private let path: String
  private let data: PulseMeasurement
  private let laws: [any PulseLaw.Type]
  private let zero: Double
  private let notes: [String]
  private let unit: Double
  private let title: String
  private let source: String
  private let guess: [String: Double]
  private let held: Set<String>

  init(_ reader: DeviceReader) throws {
    let settings = reader.settings
    _ = settings.choice("kind", of: FitTask.kinds, default: FitTask.kinds[0])
    path = settings.text("data")
    let fitted = PulseLaws.all.filter { !$0.takesNodes }
    let law = settings.choice("law", of: ["best"] + fitted.map { $0.law }, default: "best")
    let asked = law == "best" ? fitted : fitted.filter { $0.law == law }
    title = settings.text("title", default: "measured device")
    source = settings.text("source", default: "fit to \((path as NSString).lastPathComponent)")
    let given = settings.parameterValues("hold")
    let guessed = settings.parameterValues("guess")
    let known = Self.parameters(asked)
    for (option, names) in [("guess", guessed.keys.sorted()), ("hold", given.keys.sorted())] {
      for name in names where !known.contains(name) {
        settings.fault(option, unknownName("parameter", name, known: known))
      }
    }
    // Laws that lack a parameter which is given are not the ones that are meant.
    let wanted = Set(guessed.keys).union(given.keys)
    let having = asked.filter { wanted.isSubset(of: Self.parameters([$0])) }
    let quoted = wanted.sorted().map { "'\($0)'" }.joined(separator: ", ")
    if having.isEmpty, wanted.isSubset(of: known) {
      settings.fault(
        given.isEmpty ? "guess" : "hold", "no law that is tried has all of \(quoted): see --law")
    }
    laws = having
    var guess = guessed.merging(given) { $1 }
    var held = Set(given.keys)
    var fixedBounds = ["minimum", "maximum"].filter { guess[$0] == nil }
    if path.isEmpty { try reader.finish() }
    let measured = try PulseMeasurement(csv: path)
    let range = measured.range
    let middle = 0.5 * (range.lowerBound + range.upperBound)
    // The state in the file that becomes state 0, and how much of the file's is one unit.
    var (origin, size) = (0.0, 1.0)
    var notes: [String] = []
    if laws.count < asked.count, !laws.isEmpty {
      notes.append(
        "of the laws only those with \(quoted) are tried: \(laws.map { $0.law }.joined(separator: ", "))"
      )
    }
    var zero: Double
    if measured.isConductance {
      for key in ["zero", "unit"] where settings.has(key) {
        _ = settings.text(key)
        settings.fault(
          key, "has no meaning where the headers of \(path) give a unit, as 'up (uS)' does")
      }
      guard range.lowerBound >= 0, range.upperBound > range.lowerBound else {
        throw InputError(path, "conductances of 0 S or more that change are expected")
      }
      // States run from −1 to 1: several laws state their steps for a state 0 between the bounds.
      (origin, size) = (middle, 0.5 * (range.upperBound - range.lowerBound))
      (zero, unit) = (middle, size)
    } else {
      zero = settings.quantity("zero", unit: "S", in: -1...1, default: "0 S")
      unit = settings.quantity("unit", unit: "S", in: 1e-15...1, default: "1 uS")
      let needsZero = laws.contains { $0.needsZeroBetweenBounds }
      let names = ["minimum", "maximum"]
      if needsZero, !(range.lowerBound < 0 && range.upperBound > 0),
        !names.contains(where: { guess[$0] != nil })
      {
        origin = middle
        zero += unit * middle
        notes.append(
          "state 0 is the state \(significant(middle)) of the file, the middle of its range: the law states its steps for a state 0 between the bounds"
        )
      }
    }
    data = PulseMeasurement(
      measured.trains.map {
        PulseMeasurement.Train($0.direction, $0.states.map { ($0 - origin) / size })
      })
    // The bounds of the fit, the data's range and 2 % more, end at 0 S.
    let open = -zero / unit
    if guess["minimum"] == nil,
      data.range.lowerBound - 0.02 * (data.range.upperBound - data.range.lowerBound) < open
    {
      guess["minimum"] = min(open, data.range.lowerBound)
      held.insert("minimum")
      fixedBounds.removeAll { $0 == "minimum" }
      notes.append(
        "'minimum' is held at 0 S, because the data's range and 2 % more end below: --guess minimum=NUMBER fits it from there, --hold minimum=NUMBER holds another value"
      )
    }
    if !fixedBounds.isEmpty {
      let names = fixedBounds.map { "'\($0)'" }.joined(separator: " and ")
      notes.append(
        "\(names) \(fixedBounds.count == 1 ? "is" : "are") held at the data's range and 2 % more, because trains that do not saturate do not determine a bound: "
          + "--guess \(fixedBounds[0])=NUMBER fits it from there, --hold \(fixedBounds[0])=NUMBER holds another value, both in states"
      )
    }
    (self.guess, self.held, self.notes, self.zero) = (guess, held, notes, zero)
    if zero + unit * data.range.lowerBound < -1e-12 * unit {
      settings.fault(
        "zero",
        "the lowest state \(significant(data.range.lowerBound)) would be a negative conductance: "
          + "give 'zero', the conductance at state 0, and 'unit', that of one unit of state")
    }
  }

  /// The names that `guess` and `hold` know: those of any of the laws, and the bounds.
  private static func parameters(_ laws: [any PulseLaw.Type]) -> [String] {
    var names: Set = ["minimum", "maximum"]
    for law in laws {
      names.formUnion(law.parameters.map(\.key))
      if law.takesStepSize { names.formUnion(["step-up", "step-down"]) }
    }
    return names.sorted()
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    var fits: [PulseFit] = []
    var failures: [String] = []
    for (i, law) in laws.enumerated() {
      context.progress.report("Fitting", done: i, of: laws.count)
      do { fits.append(try PulseFit(law, to: data, guess: guess, held: held)) } catch {
        failures.append("\(law.law): \(error)")
      }
    }
    context.progress.report("Fitting", done: laws.count, of: laws.count)
    guard let best = fits.min(by: { criterion($0) < criterion($1) }) else {
      throw RunError("no law could be fitted: \(failures.joined(separator: "; "))")
    }
    var table = Table(columns: ["parameter", "value", "standard error", "determined"])
    for e in best.estimates {
      table.append([
        .text(e.key), .number(e.value), .number(e.standardError),
        .text(e.determination),
      ])
    }
    for key in held.union(["minimum", "maximum"]).sorted()
    where !best.estimates.contains(where: { $0.key == key }) {
      guard let value = best[key] else { continue }
      table.append([.text(key), .number(value), .text(""), .text("held")])
    }
    for (name, value) in [
      ("deviation of the residuals", best.residualDeviation),
      ("noise of a step", best.cycleDeviation), ("noise of a reading", best.readDeviation),
    ] { table.append([.text(name), .number(value), .text(""), .text("")]) }
    var result = DeviceResult(
      title: "\(best.law) fitted to \((path as NSString).lastPathComponent)",
      summary:
        "\(counted(data.trains.count, "train")) of \(data.trains.map { $0.states.count }) readings; "
        + "states in units of \(engineering(unit, unit: "S")) from \(engineering(zero, unit: "S")) on.",
      table: table, caption: "The parameters with their standard errors, in state units.")
    result.notes = notes + best.warnings + (laws.count > 1 ? [] : failures)
    result.files = [
      ("residuals.csv", residuals(best).csv), ("correlations.csv", correlations(best).csv),
    ]
    let missing = PulseDirection.allCases.first { direction in
      !data.trains.contains { $0.direction == direction }
    }
    if let missing {
      let name = missing == .up ? "up" : "down"
      result.notes.append(
        "\(path) has no column '\(name)': nothing is known of pulses \(name), and no device.yaml is "
          + "written")
    } else {
      let text = best.modelFile(
        title: title, source: source, zero: Siemens(zero), unit: Siemens(unit))
      do { _ = try DeviceFile(text: text, name: "device.yaml") } catch {
        let problems = error.faults.map(\.problem).joined(separator: "; ")
        let given = held.isEmpty ? "" : ": check the values that are held, which are states"
        throw RunError(
          "\(path): the fit ended at numbers that no device can have (\(problems))\(given)")
      }
      result.files.insert(("device.yaml", text), at: 0)
    }
    if fits.count > 1 { result.files.append(("laws.csv", comparison(fits).csv)) }
    if fits.count > 1 {
      let ranking = fits.sorted { criterion($0) < criterion($1) }.prefix(4).map {
        "\($0.law) \(significant($0.residualDeviation, digits: 3))"
      }
      result.notes.append(
        "laws by Akaike's criterion, with the deviation of their residuals: "
          + ranking.joined(separator: ", "))
    }
    result.figures = FitFigures(data: data, fit: best, zero: zero, unit: unit).all
    return result
  }

  /// Akaike's criterion with normal residuals, n·ln(Σr²/n) + 2p.
  private func criterion(_ fit: PulseFit) -> Double {
    let n = Double(fit.residuals.reduce(0) { $0 + $1.count })
    let squares = fit.residuals.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }
    return n * log(max(squares, 1e-300) / n) + 2 * Double(fit.estimates.count)
  }

  private func comparison(_ fits: [PulseFit]) -> Table {
    var table = Table(columns: ["law", "parameters", "residual deviation", "criterion"])
    for fit in fits.sorted(by: { criterion($0) < criterion($1) }) {
      table.append([
        .text(fit.law), .whole(fit.estimates.count), .number(fit.residualDeviation),
        .number(criterion(fit)),
      ])
    }
    return table
  }

  private func residuals(_ fit: PulseFit) -> Table {
    var table = Table(columns: ["train", "pulse", "measured", "fitted", "residual"])
    for (i, (train, residuals)) in zip(data.trains, fit.residuals).enumerated() {
      for (k, r) in residuals.enumerated() {
        table.append([
          .text("\(i + 1) \(train.direction == .up ? "up" : "down")"), .whole(k),
          .number(train.states[k]), .number(train.states[k] - r), .number(r),
        ])
      }
    }
    return table
  }

  private func correlations(_ fit: PulseFit) -> Table {
    let names = fit.estimates.map(\.key)
    var table = Table(columns: ["parameter"] + names)
    for (i, name) in names.enumerated() {
      table.append(
        [.text(name)] + names.indices.map { .number(fit.correlation[i * names.count + $0]) })
    }
    return table
  }
}
