import DeviceModels
import InputOutput
import NumericalMethods
import PhysicalUnits
import Reporting

/// `ohmweave device extract`: a device with a table law of pulse response and with statistics of writing
/// and reading, from a dynamic device: what `map` and `train` use.
struct ExtractTask: DeviceTask {
  static let name = "extract"
  private let file: DeviceFile
  private let trains: DynamicTrains
  private let population: Int
  private let nodeCount: Int
  /// Which lengths are still to be found: `width`, `pause`.
  private let open: Set<String>

  init(_ reader: DeviceReader) throws {
    file = try reader.device()
    let settings = reader.settings
    let usual = file.extraction
    population = settings.integer("population", in: 2...100_000, default: usual.population)
    nodeCount = settings.integer("nodes", in: 3...256, default: usual.nodes)
    open = Set(
      [("width", usual.width), ("pause", usual.pause)].compactMap { key, value in
        value == nil && settings.optionalText(key, default: "auto") == "auto" ? key : nil
      })
    trains = try DynamicTrains(reader, file, open: open)
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    var pulses = trains.pulses
    if open.contains("width") { pulses.width = pulses.suitedWidth(for: trains.section) }
    if open.contains("pause") { pulses.pause = pulses.width }
    let extraction = try DeviceExtraction(
      of: file, trains.section, pulses: pulses, population: population, nodeCount: nodeCount,
      key: trains.key)
    let model = try DeviceFile(text: extraction.modelFile, name: "\(file.name)-pulses")
    var result = DeviceResult(
      title: "Pulse response extracted from \(file.heading)",
      summary:
        "Pulses of \(extraction.pulses.summary), \(pulses.count) up and down, \(pulses.cycles) "
        + "cycle(s), on \(population) devices. \(file.title).", table: table(extraction),
      caption: "The device, device.yaml, as every command takes it.")
    result.files.append(("device.yaml", extraction.modelFile))
    if let law = model.pulses { result.figures = figures(extraction, law) }
    result.notes = notes(extraction)
    return result
  }

  private func table(_ extraction: DeviceExtraction) -> Table {
    let law = extraction.law
    let writing = extraction.writing
    let middle = 0.5 * (law.lowest + law.highest) / writing.reference
    let rows: [(String, Double, String)] = [
      ("lowest conductance", law.lowest, "S"),
      ("its spread, relative", law.lowestSpread, ""),
      ("highest conductance", law.highest, "S"),
      ("its spread, relative", law.highestSpread, ""),
      ("spread of the gain", law.gainSpread, ""),
      ("spread of the asymmetry", law.asymmetrySpread, ""),
      ("largest step up, part of the highest conductance", law.nodes.up.max() ?? 0, ""),
      ("largest step down", law.nodes.down.max() ?? 0, ""),
      ("largest deviation of a step", law.nodes.upDeviation.max() ?? 0, ""),
      ("mean error of a write", writing.mean, "S"),
      (
        "deviation of a write, middle of the range",
        writing.deviation.reversed().reduce(0) { $0 * middle + $1 }, "S"
      ),
      ("deviation of a read, relative", extraction.reading.relativeDeviation, ""),
    ]
    var table = Table.quantities
    for (name, value, unit) in rows { table.add(name, .number(value), unit) }
    return table
  }

  private func figures(_ extraction: DeviceExtraction, _ law: PulseModel) -> [Figure] {
    let pulses = extraction.pulses
    let train = PulseLawTrain(
      model: law, countUp: pulses.count, countDown: pulses.count, cycles: pulses.cycles,
      start: extraction.law.lowest, hasNoise: true, key: extraction.key)
    var dynamic = PulseFigures(
      traces: extraction.traces, directions: pulses.directions, nominal: nil)
    dynamic.model = law
    var table = PulseFigures(
      traces: train.run(min(population, 1000)), directions: pulses.directions,
      nominal: train.nominal)
    table.model = law
    return dynamic.all.map { figure in
      var figure = figure
      figure.caption = "The dynamic devices. " + figure.caption
      return figure
    }
      + table.all.map { figure in
        var figure = figure
        figure.name = "table-" + figure.name
        figure.caption = "The table law in their place. " + figure.caption
        return figure
      }
  }

  private func notes(_ extraction: DeviceExtraction) -> [String] {
    var notes: [String] = []
    if extraction.isReversed {
      notes.append(
        "\(significant(extraction.pulses.up)) V raises the conductance and "
          + "\(significant(extraction.pulses.down)) V lowers it: these are the directions up and down"
      )
    }
    if extraction.largestStep > DeviceExtraction.gradual {
      let percent = significant(100 * extraction.largestStep, digits: 3)
      notes.append(
        "one pulse takes a device over \(percent) % of its range: for "
          + "gradual changes use lower or shorter pulses")
    }
    if file.dynamics?.spread.isEmpty == true {
      notes.append("the file spreads no parameter: all devices are alike")
    }
    return notes
  }
}
