import DeviceModels
import InputOutput
import NumericalMethods
import PhysicalUnits
import Randomness
import Reporting

/// `ohmweave device iv`: the hysteresis loop of a dynamic device or of a population of them.
struct LoopTask: DeviceTask {
  static let name = "iv"
  private let file: DeviceFile
  private let traces: LoopTraces
  private let compare: String?
  private let readVoltage: Double

  init(_ reader: DeviceReader) throws {
    file = try reader.device()
    guard let section = file.dynamics else {
      throw InputErrors([
        InputError(file.name, "has no section 'dynamics', its law of current and state")
      ])
    }
    let settings = reader.settings
    let drive = try DriveSettings(reader, section.loop)
    let population = settings.integer("population", in: 1...100_000, default: 1)
    let points = settings.integer("points", in: 10...10_000_000, default: 1000)
    let noise = settings.flag("noise", default: false)
    let steps = settings.integer("steps", in: 100...100_000_000, default: 100_000)
    if population * points > 50_000_000 / drive.cycles {
      settings.fault("points", "points × population × cycles must stay below 5e7")
    }
    if noise && !(section.device() is any NoisyDevice) {
      settings.fault("noise", "the law '\(section.law)' has no noise of its own")
    }
    compare = settings.optionalText("compare")
    let highest = drive.waveform.times(101).map(drive.waveform.voltage).max() ?? 1
    readVoltage = settings.quantity(
      "read-voltage", unit: "V", in: -1000...1000,
      default: "\(significant(0.1 * highest, digits: 9)) V")
    traces = LoopTraces(
      section: section, drive: drive, points: points, population: population,
      noiseSteps: noise ? steps : nil, key: StreamKey(seed: settings.seed()))
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    let all = try traces.run(file.name)
    let measured = try compare.map {
      try MeasuredColumns(csv: $0, [("voltage", "V"), ("current", "A")]).columns
    }
    var result = DeviceResult(
      title: "I–V loop of \(file.heading)",
      summary: "\(file.title). Source: \(file.source). Valid for: \(file.validity)",
      table: summary(all),
      caption: "Figures of the loops; the read voltage is \(significant(readVoltage)) V.")
    result.files.append(("traces.csv", table(all).csv))
    if all.count > 1 { result.files.append(("quantiles.csv", quantiles(all).csv)) }
    result.figures =
      LoopFigures(traces: all, states: traces.section.device().states, measured: measured).all
    result.notes += file.voltages?.notices(of: file.name, at: all.flatMap(\.voltage)) ?? []
    for (column, unit, expected) in [
      ("voltage", "V", all[0].source), ("current", "A", all[0].current),
    ] {
      result.notes += UnitPlausibility.notices(
        column, unit: unit, of: compare ?? "",
        largest: (measured?[column] ?? []).reduce(0) { max($0, abs($1)) },
        expected: expected.reduce(0) { max($0, abs($1)) })
    }
    if all.count > 1 && traces.section.spread.isEmpty {
      result.notes.append("the file spreads no parameter: all devices are alike")
    }
    return result
  }

  private func summary(_ all: [DeviceTrace]) -> Table {
    let rows: [(String, String, (DeviceTrace) -> Double)] = [
      ("largest current", "A", { $0.current.max() ?? .nan }),
      ("lowest current", "A", { $0.current.min() ?? .nan }),
      ("steepest change, positive side", "V", { $0.switchingVoltage(sign: 1) ?? .nan }),
      ("steepest change, negative side", "V", { $0.switchingVoltage(sign: -1) ?? .nan }),
      (
        "current ratio at the read voltage", "",
        { $0.currents(at: readVoltage).map { $0.highest / $0.lowest } ?? .nan }
      ),
      ("area of the lobe at positive voltages, integral of I dV", "W", { $0.lobeAreas.positive }),
      ("area of the lobe at negative voltages, integral of I dV", "W", { $0.lobeAreas.negative }),
      ("steps of the integration", "", { Double($0.acceptedSteps) }),
    ]
    guard all.count > 1 else {
      var table = Table.quantities
      for (name, unit, value) in rows { table.add(name, .number(value(all[0])), unit) }
      return table
    }
    var table = Table(columns: ["quantity", "median", "5 %", "95 %", "unit"])
    for (name, unit, value) in rows {
      let values = all.map(value).filter(\.isFinite)
      guard !values.isEmpty else { continue }
      table.append([
        .text(name), .number(quantile(values, 0.5)), .number(quantile(values, 0.05)),
        .number(quantile(values, 0.95)), .text(unit),
      ])
    }
    return table
  }

  // All traces of up to 100 devices, then the first 100.
  private func table(_ all: [DeviceTrace]) -> Table {
    let states = traces.section.device().states
    var table = Table(
      columns: ["device", "time (s)", "source (V)", "voltage (V)", "current (A)"]
        + states.map { $0.unit.isEmpty ? $0.name : "\($0.name) (\($0.unit))" })
    for (k, trace) in all.prefix(100).enumerated() {
      for i in trace.time.indices {
        var row: [Table.Cell] = [
          .whole(k), .number(trace.time[i]), .number(trace.source[i]), .number(trace.voltage[i]),
          .number(trace.current[i]),
        ]
        for j in states.indices { row.append(.number(trace.state[i * states.count + j])) }
        table.append(row)
      }
    }
    return table
  }

  private func quantiles(_ all: [DeviceTrace]) -> Table {
    var table = Table(columns: [
      "time (s)", "source (V)", "5 % current (A)", "median current (A)", "95 % current (A)",
    ])
    for i in all[0].time.indices {
      let currents = all.map { $0.current[i] }
      table.append([
        .number(all[0].time[i]), .number(all[0].source[i]), .number(quantile(currents, 0.05)),
        .number(quantile(currents, 0.5)), .number(quantile(currents, 0.95)),
      ])
    }
    return table
  }
}
