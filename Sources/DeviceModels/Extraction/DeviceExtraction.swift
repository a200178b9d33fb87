import InputOutput
import NumericalMethods
import PhysicalUnits
import Randomness

/// A device that can be mapped and trained, extracted from the dynamics of a physical one: a table law of
/// its answer to pulses with its spread, and the statistics of writing and reading.
public struct DeviceExtraction: Sendable {
  /// The device with the dynamics.
  public let file: DeviceFile
  /// The pulses, with the polarity that was found.
  public let pulses: PulseProtocol
  /// Whether the voltages of the two directions changed places.
  public let isReversed: Bool
  /// Conductances in siemens: before the first pulse and after each, one trace per device.
  public let traces: [[Double]]
  /// The answer to pulses.
  public let law: TableExtraction
  /// What writing leaves.
  public let writing: WriteStatistics
  /// What reading adds.
  public let reading: ReadStatistics
  /// The root of the spreads.
  public let key: StreamKey

  /// Simulates `population` devices under `pulses` and extracts.
  ///
  /// - Parameters:
  ///   - nodeCount: nodes of the table.
  ///   - key: the root of the devices' spreads.
  /// - Throws: `RunError` where the pulses do not change the conductance or a device cannot be simulated.
  public init(
    of file: DeviceFile, _ section: DynamicsSection, pulses: PulseProtocol, population: Int,
    nodeCount: Int, key: StreamKey
  ) throws(RunError) {
    self.file = file
    self.key = key
    self.pulses = pulses.oriented(for: section)
    isReversed = self.pulses.up != pulses.up
    let trains = DynamicTrains(section: section, pulses: self.pulses, key: key)
    traces = try trains.conductances(population, name: file.name)
    law = try TableExtraction(traces, self.pulses.directions, nodeCount: nodeCount)
    do {
      writing = try WriteStatistics(
        traces, self.pulses.directions, window: law.lowest...law.highest)
      reading = try ReadStatistics(file, trains: trains, highest: law.highest)
    } catch { throw RunError("the statistics of '\(file.name)': \(error)") }
  }

  /// The device by its own section `extraction`.
  ///
  /// - Throws: `InputErrors` where it has no dynamics, or nothing can be extracted from them.
  public init(of file: DeviceFile) throws(InputErrors) {
    guard let section = file.dynamics else {
      throw InputErrors([InputError(file.name, "has no section 'dynamics' to extract from")])
    }
    let settings = file.extraction
    do throws(RunError) {
      try self.init(
        of: file, section, pulses: PulseProtocol(settings, for: section),
        population: settings.population, nodeCount: settings.nodes,
        key: StreamKey(seed: UInt64(settings.seed)))
    } catch {
      throw InputErrors([
        InputError(
          file.name,
          "states no programming statistics, and none follow from its dynamics: \(error.message)")
      ])
    }
  }

  /// The largest step of the table, as a part of the highest conductance.
  public var largestStep: Double { max(law.nodes.up.max() ?? 0, law.nodes.down.max() ?? 0) }

  /// One sentence: what was extracted how, and whether the pulses leave the voltages for which the dynamics hold.
  public var notice: String {
    let beyond =
      file.voltages?.notices(of: file.name, at: [pulses.up, pulses.down, pulses.readVoltage]) ?? []
    return ([extracted] + beyond).joined(separator: "; ")
  }

  private var extracted: String {
    "The statistics of \(file.name) are extracted from its dynamics: \(traces.count) devices, "
      + "\(pulses.count) pulses up and down, \(pulses.summary)"
      + (isReversed
        ? "; the higher conductance is at the voltage that was given for pulses down" : "")
      + (largestStep > Self.gradual
        ? "; one pulse takes a device over \(significant(100 * largestStep, digits: 3)) % of its range"
        : "")
  }

  /// Larger steps are not gradual.
  public static let gradual = 0.3

  /// The device as a file that every command takes; state 1 is the highest conductance.
  public var modelFile: String {
    law.modelFile(
      title: "\(file.title): response to pulses",
      source: "extracted from \(file.name). \(file.source)",
      validity: "identical pulses of \(pulses.summary)",
      statistics: statistics)
  }

  /// The lines of the file about writing and reading.
  private var statistics: [String] {
    let terms = writing.deviation.map { "\($0) S" }.joined(separator: ", ")
    var lines = ["write-error:"]
    if writing.mean != 0 { lines.append("  mean: \(writing.mean) S") }
    lines += ["  polynomial: [\(terms)]", "  reference: \(writing.reference) S"]
    if reading.relativeDeviation > 0 {
      lines += [
        "read-noise: {law: proportional, relative-deviation: \(reading.relativeDeviation)}"
      ]
    }
    let voltage = min(max(abs(pulses.readVoltage), 1e-3), 10)
    lines.append("read-voltage: \(voltage) V")
    return lines
  }
}
