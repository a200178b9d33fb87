import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import PhysicalUnits
import Reporting

/// `ohmweave device fit --kind …`: retention, read noise, switching or an I–V loop fitted to measured
/// data, as a device file.
struct MeasuredFitTask: DeviceTask {
  static let name = "fit"
  /// What can be fitted beside pulse trains.
  static let kinds = ["retention", "noise", "switching", "loop"]

  private let path: String
  private let title: String
  private let source: String
  /// The fit, and what is noticed about the data.
  private let fit: @Sendable () throws -> (fit: any DeviceFit, notices: [String])

  init(_ reader: DeviceReader) throws {
    let settings = reader.settings
    let kind = settings.choice("kind", of: ["pulses"] + Self.kinds, default: "pulses")
    path = settings.text("data")
    title = settings.text("title", default: "measured device")
    source = settings.text("source", default: "fit to \((path as NSString).lastPathComponent)")
    let path = path
    switch kind {
    case "retention":
      let law = settings.choice("law", of: ["broadening", "decay"], default: "broadening")
      let degree =
        settings.text("degree", default: "auto") == "auto"
        ? nil : settings.integer("degree", in: 0...8, default: 4)
      try reader.finish()
      fit = {
        let readings = try Self.readings(path)
        let fit: any DeviceFit =
          law == "decay" ? try DecayFit(readings) : try RetentionFit(readings, degree: degree)
        // Cells are read somewhere near what was programmed.
        let notices = UnitPlausibility.notices(
          "conductance", unit: "S", of: path,
          largest: readings.reduce(0) { max($0, abs($1.conductance)) },
          expected: readings.reduce(0) { max($0, $1.programmed) },
          from: "programmed")
        return (fit, notices)
      }
    case "noise":
      let traps = settings.integer("traps", in: 0...5, default: 3)
      try reader.finish()
      fit = {
        let columns = try MeasuredColumns(csv: path, [("time", "s"), ("conductance", "S")]).columns
        let (times, values) = (columns["time"] ?? [], columns["conductance"] ?? [])
        let interval = try Self.interval(times, path)
        return (try NoiseFit(values, interval: interval, traps: traps), [])
      }
    case "switching":
      let law = settings.choice("law", of: SwitchingFit.laws, default: "exponential")
      let (dose, held) = Self.switchingChoices(settings, law)
      try reader.finish()
      fit = {
        let widths: [(name: String, unit: String)] = law == "breakdown" ? [] : [("width", "s")]
        let columns = try MeasuredColumns(
          csv: path, [("height", "V")] + widths + [("probability", "")],
          optional: [("count", "")]
        ).columns
        let heights = columns["height"] ?? []
        let points = heights.indices.map { k in
          SwitchingFit.Point(
            height: heights[k], width: columns["width"]?[k] ?? 1,
            probability: columns["probability"]?[k] ?? 0, count: columns["count"]?[k] ?? 100)
        }
        guard points.allSatisfy({ (0...1).contains($0.probability) && $0.width > 0 }) else {
          throw InputError(path, "probabilities of 0 to 1 and widths above 0 s are expected")
        }
        return (try SwitchingFit(law, to: points, dose: dose, held: held), [])
      }
    default:
      let file = try reader.device()
      let free = (settings.optionalText("free") ?? "").split(separator: ",").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if free.isEmpty {
        let known = (file.dynamics?.parameters.numbers.keys.sorted() ?? []).joined(separator: ", ")
        settings.fault("free", "names what is fitted, separated by commas, of: \(known)")
      }
      let circuit = DriveSettings.circuit(reader, file.dynamics?.loop)
      try reader.finish()
      guard let section = file.dynamics else {
        throw InputError(file.name, "has no section 'dynamics': a law to fit is needed")
      }
      fit = {
        let columns = try MeasuredColumns(
          csv: path, [("time", "s"), ("voltage", "V"), ("current", "A")]
        ).columns
        let fit = try LoopFit(
          section, free: free, times: columns["time"] ?? [], voltages: columns["voltage"] ?? [],
          currents: columns["current"] ?? [], circuit: circuit, file: path)
        return (fit, [])
      }
    }
  }

  /// The dose of the law `exponential`, and the parameters that `hold` holds, or those that are usually held
  /// and `free` does not name.
  private static func switchingChoices(
    _ settings: SettingsReader, _ law: String
  ) -> (dose: String, held: [String: Double]) {
    let dose =
      law == "exponential"
      ? settings.choice("dose", of: SwitchingFit.doses, default: SwitchingFit.doses[0])
      : SwitchingFit.doses[0]
    let known = SwitchingFit.parameters(law, dose: dose).map(\.key)
    let freed = (settings.optionalText("free") ?? "").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let given = settings.parameterValues("hold")
    for (option, names) in [("free", freed), ("hold", given.keys.sorted())] {
      for name in names where !known.contains(name) {
        settings.fault(option, unknownName("parameter", name, known: known))
      }
    }
    for (name, value) in given where value == 0 || (value < 0 && name != "critical-voltage") {
      settings.fault("hold", "'\(name)' must be above 0")
    }
    let usual = SwitchingFit.usuallyHeld(law).filter { !freed.contains($0.key) }
    return (dose, usual.merging(given) { $1 })
  }

  /// The readings of a retention measurement: time, conductance, programmed conductance and, where the
  /// file has them, temperature and number of the device. Rows at time 0 are the programmed state and are left out.
  private static func readings(_ path: String) throws -> [RetentionFit.Reading] {
    let columns = try MeasuredColumns(
      csv: path, [("time", "s"), ("conductance", "S"), ("programmed", "S")],
      optional: [("temperature", "K"), ("device", "")]
    ).columns
    let times = columns["time"] ?? []
    let readings = times.indices.map { k in
      RetentionFit.Reading(
        time: times[k], programmed: columns["programmed"]?[k] ?? 0,
        conductance: columns["conductance"]?[k] ?? 0,
        temperature: columns["temperature"]?[k] ?? 298.15, device: columns["device"]?[k])
    }
    guard readings.allSatisfy({ $0.time >= 0 && $0.programmed >= 0 && $0.temperature > 0 }) else {
      throw InputError(
        path, "times and conductances of 0 or more and temperatures in kelvins are expected")
    }
    return readings.filter { $0.time > 0 }
  }

  /// The distance of evenly spaced times.
  private static func interval(_ times: [Double], _ path: String) throws(InputError) -> Double {
    guard times.count > 1, let first = times.first, let last = times.last, last > first else {
      throw InputError(path, "rising times are expected")
    }
    // The median: a gap changes the mean of all distances.
    let steps = zip(times, times.dropFirst()).map { $1 - $0 }.sorted()
    let step = steps[steps.count / 2]
    for (k, pair) in zip(times, times.dropFirst()).enumerated()
    where abs(pair.1 - pair.0 - step) > 0.01 * step {
      throw InputError(
        path, at: "row \(k + 2)", "the times are not evenly spaced, which a spectrum needs")
    }
    return (last - first) / Double(times.count - 1)
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    context.progress.report("Fitting", done: 0, of: 1)
    let (fit, notices): (any DeviceFit, [String])
    do { (fit, notices) = try self.fit() } catch let failure as NumericalFailure {
      throw RunError("\(path): \(failure)")
    }
    context.progress.report("Fitting", done: 1, of: 1)
    var table = Table(columns: ["parameter", "value", "standard error", "unit", "determined"])
    for e in fit.estimates {
      table.append([
        .text(e.key), .number(e.value), .number(e.standardError), .text(e.unit),
        .text(e.determination),
      ])
    }
    table.append([
      .text("deviation of the residuals"), .number(fit.residual.value), .text(""),
      .text(fit.residual.unit), .text(""),
    ])
    var result = DeviceResult(
      title: "\(fit.name) fitted to \((path as NSString).lastPathComponent)",
      summary: "Valid for: \(fit.validity).", table: table,
      caption: "The fitted numbers with their standard errors.")
    let open = fit.estimates.filter { !$0.isDetermined }.map {
      "the data do not determine '\($0.key)' apart from the other parameters"
    }
    result.notes = notices + fit.notes + open
    let head =
      "title: \(YAMLText.quoted(title))\nsource: \(YAMLText.quoted(source))\n"
      + "validity: \(YAMLText.quoted(fit.validity))\n"
    let text = head + fit.sections
    do { _ = try DeviceFile(text: text, name: "device.yaml") } catch {
      let problems = error.faults.map(\.problem).joined(separator: "; ")
      throw RunError(
        "\(path): the fit ended at numbers that no device can have, because the data do not determine them: \(problems)"
      )
    }
    result.files = [("device.yaml", text)]
    result.figures = [Self.figure(fit)]
    return result
  }

  private static func figure(_ fit: any DeviceFit) -> Figure {
    let curves = fit.curves
    // At most eight series: a figure of more cannot be read.
    let step = max(1, (curves.series.count + 7) / 8)
    let shown = curves.series.enumerated().filter { $0.offset % step == 0 }.map(\.element)
    let x = Self.scaled(curves.x, shown.flatMap(\.x), isLogarithmic: curves.isLogarithmic.x)
    let y = Self.scaled(
      curves.y, shown.flatMap { $0.measured + $0.law.y }, isLogarithmic: curves.isLogarithmic.y)
    let series = shown.enumerated().flatMap { k, one in
      let places = one.x.map { $0 * x.factor }
      return [
        PlotSeries(
          shown.count == 1 ? "measured" : "", one.x.count > 200 ? .scatter : .points, x: places,
          y: one.measured.map { $0 * y.factor }, color: k),
        PlotSeries(
          shown.count == 1 ? "law" : one.name, .line, x: one.law.x.map { $0 * x.factor },
          y: one.law.y.map { $0 * y.factor }, color: shown.count == 1 ? 6 : k),
      ]
    }
    return Figure(
      name: "fit",
      plot: Plot(
        x: .init(x.label, isLogarithmic: curves.isLogarithmic.x),
        y: .init(y.label, isLogarithmic: curves.isLogarithmic.y), series: series),
      caption: "Measured points and the fitted law (lines).")
  }

  /// An axis in siemens, amperes or seconds with the prefix that suits its values.
  private static func scaled(
    _ label: String, _ values: [Double], isLogarithmic: Bool
  ) -> (label: String, factor: Double) {
    guard !isLogarithmic, let unit = ["S", "A", "s"].first(where: { label.hasSuffix("(\($0))") })
    else { return (label, 1) }
    let scale = LoopFigures.scale(values)
    return ("\(label.dropLast(3))(\(scale.prefix)\(unit))", scale.factor)
  }
}
