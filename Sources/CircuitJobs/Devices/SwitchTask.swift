import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import NumericalMethods
import Randomness
import Reporting
import Synchronization

/// `ohmweave device switch`: the probability to switch against pulse width and height.
///
/// From the law in `switching:` where there is one; else from a population of the dynamic device,
/// which has switched when its state is half-way to the far end.
struct SwitchTask: DeviceTask {
  static let name = "switch"
  private let file: DeviceFile
  private let heights: [Double]
  private let widths: [Double]
  private let population: Int
  private let circuit: DriveCircuit
  private let compare: String?
  private let key: StreamKey

  init(_ reader: DeviceReader) throws {
    file = try reader.device()
    guard file.switching != nil || file.dynamics != nil else {
      throw InputErrors([
        InputError(file.name, "has neither a section 'switching' nor one called 'dynamics'")
      ])
    }
    let settings = reader.settings
    let defaults = Self.defaults(file)
    heights = reader.quantities(
      "heights", unit: "V", in: -1000...1000, default: defaults.heights)
    widths = reader.quantities(
      "widths", unit: "s", in: 1e-18...1e18, isLogarithmic: true, default: defaults.widths
    ).sorted()
    population = settings.integer(
      "population", in: 2...10_000_000, default: file.switching == nil ? 200 : 1000)
    compare = settings.optionalText("compare")
    if file.switching == nil, let section = file.dynamics {
      circuit = try DriveSettings(reader, section.loop).circuit
    } else {
      circuit = .ideal
    }
    key = StreamKey(seed: settings.seed()).child("switching")
  }

  /// Heights over which the switching time of a law goes through six decades, or 50 to 100 % of the
  /// loop's peak.
  private static func defaults(_ file: DeviceFile) -> (heights: String, widths: String) {
    switch file.switching?.law {
    case .exponential(let law):
      let sign = law.polarity == .negative ? -1.0 : 1
      let volts = [1e-2, 1e-4, 1e-6].map {
        sign * law.voltageScale * log(law.timeConstant / $0)
      }
      return (
        volts.map { String(format: "%.4g V", $0) }.joined(separator: ", "), "1e-8 s : 1 s : 33"
      )
    case .neelBrown(let law):
      let volts = [0.7, 0.8, 0.9].map { String(format: "%.4g V", $0 * law.criticalVoltage) }
      return (volts.joined(separator: ", "), "1e-9 s : 1e-1 s : 33")
    case .breakdown(let law):
      let (low, high) = (law.meanVoltage - 4 * law.deviation, law.meanVoltage + 4 * law.deviation)
      return (String(format: "%.4g V : %.4g V : 33", low, high), "1 s")
    case nil:
      let loop = file.dynamics?.loop
      let peak = loop.map { $0.positive > 0 ? $0.positive : $0.negative } ?? 1
      let volts = [0.6, 0.8, 1].map { String(format: "%.4g V", $0 * peak) }
      let period = loop?.period ?? 1
      return (
        volts.joined(separator: ", "),
        String(format: "%.4g s : %.4g s : 41", period * 1e-5, period * 10)
      )
    }
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    if case .breakdown(let law) = file.switching?.law { return try breakdown(law) }
    let hasLaw = file.switching != nil
    var table = Table(
      columns: ["height (V)", "width (s)"] + (hasLaw ? ["probability"] : [])
        + ["switched", "median time (s)"])
    var curves: [SwitchFigures.Curve] = []
    for (i, height) in heights.enumerated() {
      let times = try switchingTimes(height, key.child(i))
      let sorted = times.filter(\.isFinite).sorted()
      let median = 2 * sorted.count > population ? sorted[population / 2] : .nan
      let law = file.switching.map { law in
        widths.map { law.probability(height: height, width: $0) }
      }
      let switched = widths.map { width in
        Double(sorted.prefix { $0 <= width }.count) / Double(population)
      }
      curves.append(
        SwitchFigures.Curve(height: height, switched: switched, median: median))
      for (j, width) in widths.enumerated() {
        // Where fewer than half of the devices switch there is no median.
        table.append(
          [.number(height), .number(width)] + (law.map { [.number($0[j])] } ?? [])
            + [.number(switched[j]), median.isNaN ? .text("") : .number(median)])
      }
    }
    let measured = try compare.map {
      try MeasuredColumns(csv: $0, [("height", "V"), ("width", "s"), ("probability", "")]).columns
    }
    var result = DeviceResult(
      title: "Switching of \(file.heading)", summary: summary, table: table,
      caption: "Switching by rectangular pulses: "
        + (hasLaw ? "'probability' is that of the law, " : "")
        + "'switched' is the fraction of \(population) drawn devices; there is no median time where fewer "
        + "than half of them switch.")
    result.labelColumns = 2
    result.figures =
      SwitchFigures(
        widths: widths, curves: curves, population: population, measured: measured,
        law: file.switching.map { law in { law.probability(height: $0, width: $1) } }
      ).all
    result.notes += file.voltages?.notices(of: file.name, at: heights) ?? []
    if file.switching == nil, file.dynamics?.spread.isEmpty == true {
      result.notes.append("the file spreads no parameter: all devices switch at one time")
    }
    return result
  }

  private var summary: String {
    "\(file.title). Source: \(file.source). Valid for: \(file.validity)"
  }

  /// The switching times of the population under a pulse as long as the longest; NaN for none.
  private func switchingTimes(_ height: Double, _ key: StreamKey) throws -> [Double] {
    let longest = widths.last ?? 1
    let pulse = Waveform.piecewiseLinear([(0, height), (longest, height)])
    switch file.switching?.law {
    case .exponential(let law): return law.firstPassages(population, under: pulse, key)
    case .neelBrown(let law): return law.firstPassages(population, under: pulse, key)
    default: break
    }
    guard let section = file.dynamics else { return [] }
    // Without spread all devices switch at one time.
    let count = section.spread.isEmpty ? 1 : population
    let results = Mutex<[Int: Result<Double, any Error>]>([:])
    Parallel.forEach(count) { k in
      let result = Result { try passage(section.device(k, self.key), pulse) }
      results.withLock { $0[k] = result }
    }
    let all = results.withLock { $0 }
    let times = try (0..<count).map { k in
      do { return try all[k]!.get() } catch {
        throw RunError("device \(k) of '\(file.name)': \(error)")
      }
    }
    return count == population ? times : Array(repeating: times[0], count: population)
  }

  private func passage(_ device: any DynamicDevice, _ pulse: Waveform) throws -> Double {
    let start = device.initialState[0]
    let range = device.states[0].range
    let middle = 0.5 * (range.lowerBound + range.upperBound)
    // Half-way to the end that is farther away.
    let threshold =
      0.5 * (start + (start < middle ? range.upperBound : range.lowerBound))
    var options = SimulationOptions()
    options.threshold = threshold
    options.stopsAtCrossing = true
    let trace = try DeviceSimulation(device, circuit: circuit, options: options)
      .trace(pulse, at: [pulse.duration])
    return trace.crossings.first ?? .nan
  }

  private func breakdown(_ law: DielectricBreakdown) throws -> DeviceResult {
    var table = Table(columns: [
      "voltage (V)", "probability", "broken", "mean conductance of broken cells (S)",
    ])
    let voltages = heights.sorted()
    var broken: [Double] = []
    var last: [Double] = []
    for v in voltages {
      last = law.conductances(population, sweptTo: v, key).filter { $0 > 0 }
      broken.append(Double(last.count) / Double(population))
      table.append([
        .number(v), .number(law.probability(v)), .number(broken.last!),
        last.isEmpty ? .text("") : .number(SampleStatistics(last).mean),
      ])
    }
    let measured = try compare.map {
      try MeasuredColumns(csv: $0, [("voltage", "V"), ("probability", "")]).columns
    }
    var result = DeviceResult(
      title: "Breakdown of \(file.heading)", summary: summary, table: table,
      caption: "Sweeps of \(population) cells up to a voltage.")
    result.figures = SwitchFigures.breakdown(
      voltages: voltages, law: law.probability, broken: broken,
      conductances: last, population: population, measured: measured)
    return result
  }
}
