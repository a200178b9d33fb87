import DeviceModels
import InputOutput
import NumericalMethods
import PhysicalUnits
import Reporting

/// `ohmweave device extract`: a table law of pulse response, with its spread, from a dynamic device:
/// what training can use.
struct ExtractTask: DeviceTask {
  static let name = "extract"
  private let file: DeviceFile
  private let pulses: DynamicPulses
  private let population: Int
  private let nodeCount: Int

  init(_ reader: DeviceReader) throws {
    file = try reader.device()
    let settings = reader.settings
    population = settings.integer("population", in: 2...100_000, default: 100)
    nodeCount = settings.integer("nodes", in: 3...256, default: 24)
    pulses = try DynamicPulses(reader, file)
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    let traces = try pulses.run(population, file.name)
    let directions = pulses.directions
    let extraction = try TableExtraction(traces, directions, nodeCount: nodeCount)
    let conditions =
      "\(significant(pulses.up)) V and \(significant(pulses.down)) V, "
      + "\(engineering(pulses.width, unit: "s", digits: 3)) long; read at \(significant(pulses.readVoltage)) V"
    let text = extraction.modelFile(
      title: "\(file.title): response to pulses",
      source: "extracted from \(file.name). \(file.source)",
      validity: "identical pulses of \(conditions)")
    let model = try DeviceFile(text: text, name: "\(file.name)-pulses")
    let rows: [(String, Double, String)] = [
      ("lowest conductance", extraction.lowest, "S"),
      ("its spread, relative", extraction.lowestSpread, ""),
      ("highest conductance", extraction.highest, "S"),
      ("its spread, relative", extraction.highestSpread, ""),
      ("spread of the gain", extraction.gainSpread, ""),
      ("spread of the asymmetry", extraction.asymmetrySpread, ""),
      ("largest step up, part of the highest conductance", extraction.nodes.up.max() ?? 0, ""),
      ("largest step down", extraction.nodes.down.max() ?? 0, ""),
      ("largest deviation of a step", extraction.nodes.upDeviation.max() ?? 0, ""),
    ]
    var table = Table(columns: ["quantity", "value", "unit"])
    for (name, value, unit) in rows { table.append([.text(name), .number(value), .text(unit)]) }
    var result = DeviceResult(
      title: "Pulse response extracted from \(file.name)",
      summary:
        "Pulses of \(conditions), \(pulses.count) up and down, \(pulses.cycles) cycle(s), on "
        + "\(population) devices. \(file.title).", table: table,
      caption: "The table law, device.yaml, as every command takes it.")
    result.files.append(("device.yaml", text))
    if let pulses = model.pulses {
      let train = PulseLawTrain(
        model: pulses, countUp: self.pulses.count, countDown: self.pulses.count,
        cycles: self.pulses.cycles, start: extraction.lowest, hasNoise: true, key: self.pulses.key)
      var dynamic = PulseFigures(traces: traces, directions: directions, nominal: nil)
      dynamic.model = pulses
      var law = PulseFigures(
        traces: train.run(min(population, 1000)), directions: directions, nominal: train.nominal)
      law.model = pulses
      for var figure in dynamic.all {
        figure.caption = "The dynamic devices. " + figure.caption
        result.figures.append(figure)
      }
      for var figure in law.all {
        figure.name = "table-" + figure.name
        figure.caption = "The table law in their place. " + figure.caption
        result.figures.append(figure)
      }
    }
    let largest = max(extraction.nodes.up.max() ?? 0, extraction.nodes.down.max() ?? 0)
    if largest > 0.3 {
      result.notes.append(
        "one pulse takes a device over \(significant(100 * largest, digits: 3)) % of its range: for "
          + "gradual changes use lower or shorter pulses")
    }
    if file.dynamics?.spread.isEmpty == true {
      result.notes.append("the file spreads no parameter: all devices are alike")
    }
    return result
  }
}
