import DeviceModels
import InputOutput
import NumericalMethods
import PhysicalUnits
import Randomness
import Reporting

/// `ohmweave device pulse`: the conductance against the number of pulses up and down, and the step
/// against the conductance.
struct PulseTask: DeviceTask {
  static let name = "pulse"
  private let file: DeviceFile
  private let source: Source
  private let population: Int
  private let compare: String?
  private let measured: PulseMeasurement?

  private enum Source: Sendable {
    case law(PulseLawTrain)
    case dynamics(DynamicTrains)
  }

  init(_ reader: DeviceReader) throws {
    file = try reader.device()
    let settings = reader.settings
    compare = settings.optionalText("compare")
    measured = try compare.map { try PulseMeasurement(csv: $0) }
    population = settings.integer("population", in: 1...1_000_000, default: 1)
    if let model = file.pulses {
      source = .law(try PulseLawTrain(reader, model, measured))
    } else {
      source = .dynamics(try DynamicTrains(reader, file))
    }
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    let traces: [[Double]]
    let directions: [PulseDirection]
    var nominal: [Double]?
    // The same devices read without noise: a step between two reads is noise otherwise.
    var quiet: [[Double]]?
    switch source {
    case .law(let train):
      directions = train.directions
      nominal = train.nominal
      traces = train.run(population)
      var silent = train
      silent.hasNoise = false
      quiet = train.hasNoise ? silent.run(population) : nil
    case .dynamics(var trains):
      trains.pulses = trains.pulses.oriented(for: trains.section)
      directions = trains.pulses.directions
      traces = try trains.conductances(population, name: file.name)
    }
    var result = DeviceResult(
      title: "Pulse response of \(file.heading)",
      summary: "\(file.title). Source: \(file.source). Valid for: \(file.validity)",
      table: summary(traces, steps: quiet ?? traces, directions),
      caption:
        "The trains in numbers: \(directions.prefix { $0 == directions[0] }.count) pulses in "
        + "the first direction.")
    result.files.append(("trains.csv", table(traces, directions).csv))
    if case .dynamics(let trains) = source {
      let heights = [trains.pulses.up, trains.pulses.down]
      result.notes += file.voltages?.notices(of: file.name, at: heights) ?? []
    }
    let points = try measured.map { try conductances(of: $0) }
    if let points { result.notes += comparison(points, nominal ?? medians(traces), directions) }
    var figures = PulseFigures(traces: traces, directions: directions, nominal: nominal)
    figures.measured = points
    if case .law(let train) = source { figures.model = train.model }
    result.figures = figures.all
    return result
  }

  private func medians(_ traces: [[Double]]) -> [Double] {
    traces.count == 1
      ? traces[0] : traces[0].indices.map { i in quantile(traces.map { $0[i] }, 0.5) }
  }

  /// The measured trains in siemens.
  private func conductances(of data: PulseMeasurement) throws -> [PulseMeasurement.Train] {
    if data.isConductance { return data.trains }
    guard let model = file.pulses else {
      throw InputError(
        compare ?? "", "its heads must say the unit, as in 'up (uS)': the device has no states")
    }
    return data.trains.map { train in
      PulseMeasurement.Train(
        train.direction, train.states.map { model.conductance(of: $0).value })
    }
  }

  private func comparison(
    _ points: [PulseMeasurement.Train], _ curve: [Double], _ directions: [PulseDirection]
  ) -> [String] {
    points.compactMap { train in
      guard let first = directions.firstIndex(of: train.direction) else { return nil }
      let length = directions[first...].prefix { $0 == train.direction }.count
      let count = min(train.states.count, length + 1)
      let range = (train.states.max() ?? 0) - (train.states.min() ?? 0)
      let deviation = Comparison(
        measured: Array(train.states[..<count]), curve: Array(curve[first..<first + count]))
      return "measured train \(train.direction == .up ? "up" : "down"): root mean square deviation "
        + "\(engineering(deviation.rootMeanSquare, unit: "S", digits: 3)), "
        + "\(significant(100 * deviation.rootMeanSquare / range, digits: 3)) % of its range, "
        + "over \(count) points"
    }
  }

  private func summary(
    _ traces: [[Double]], steps: [[Double]], _ directions: [PulseDirection]
  ) -> Table {
    let changes = zip(directions, directions.dropFirst()).filter { $0 != $1 }.count
    let count = directions.prefix { $0 == directions[0] }.count
    let ends = traces.map { ($0[0], $0[count], $0[min(2 * count, $0.count - 1)]) }
    let rows: [(String, String, [Double])] = [
      ("conductance before", "S", ends.map(\.0)),
      ("after the pulses up", "S", ends.map(\.1)),
      ("after as many down", "S", ends.map(\.2)),
      ("first step up", "S", steps.map { $0[1] - $0[0] }),
      (
        "first step down", "S",
        steps.map { count + 1 < $0.count ? $0[count + 1] - $0[count] : .nan }
      ),
      ("ratio of highest to lowest", "", traces.map { ($0.max() ?? .nan) / ($0.min() ?? .nan) }),
    ]
    var table = Table(
      columns: traces.count > 1
        ? ["quantity", "median", "5 %", "95 %", "unit"] : ["quantity", "value", "unit"])
    for (name, unit, all) in rows {
      let values = all.filter(\.isFinite)
      guard !values.isEmpty else { continue }
      if traces.count > 1 {
        table.append([
          .text(name), .number(quantile(values, 0.5)), .number(quantile(values, 0.05)),
          .number(quantile(values, 0.95)), .text(unit),
        ])
      } else {
        table.append([.text(name), .number(values[0]), .text(unit)])
      }
    }
    if changes > 1, traces.count > 1 {
      let spread = traces.map { SampleStatistics([$0[count], $0[3 * count]]).deviation }
      table.append([
        .text("deviation of the top from cycle to cycle"), .number(quantile(spread, 0.5)),
        .number(quantile(spread, 0.05)), .number(quantile(spread, 0.95)), .text("S"),
      ])
    }
    return table
  }

  // Every device of up to 20; quantiles beyond.
  private func table(_ traces: [[Double]], _ directions: [PulseDirection]) -> Table {
    let isWhole = traces.count <= 20
    var table = Table(
      columns: ["pulse", "direction"]
        + (isWhole
          ? traces.indices.map { "device \($0) (S)" }
          : ["5 % (S)", "25 % (S)", "median (S)", "75 % (S)", "95 % (S)"]))
    for i in traces[0].indices {
      var row: [Table.Cell] = [
        .whole(i), .text(i == 0 ? "start" : directions[i - 1] == .up ? "up" : "down"),
      ]
      if isWhole {
        row += traces.map { .number($0[i]) }
      } else {
        let column = traces.map { $0[i] }
        row += [0.05, 0.25, 0.5, 0.75, 0.95].map { .number(quantile(column, $0)) }
      }
      table.append(row)
    }
    return table
  }
}
