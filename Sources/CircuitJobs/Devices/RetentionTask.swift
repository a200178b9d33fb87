import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import PhysicalUnits
import Randomness
import Reporting

/// `ohmweave device retention`: what becomes of programmed conductances in time.
struct RetentionTask: DeviceTask {
  static let name = "retention"
  private let file: DeviceFile
  private let targets: [Double]
  let times: [Double]
  /// In kelvins; `nil` for the temperature of the drift law.
  private let temperature: Double?
  let population: Int
  private let hasReadNoise: Bool
  private let readVoltage: Double
  private let compare: String?
  private let key: StreamKey

  init(_ reader: DeviceReader) throws {
    file = try reader.device()
    let settings = reader.settings
    let isDynamic = file.programming == nil
    guard !isDynamic || file.dynamics != nil else {
      throw InputErrors([
        InputError(file.name, "has neither a conductance window nor a section 'dynamics'")
      ])
    }
    let window = file.programming?.window
    let (low, high) = (window?.minimum.value ?? 0, window?.maximum.value ?? 1)
    targets =
      isDynamic
      ? []
      : reader.quantities(
        "targets", unit: "S", in: 0...1,
        default: [0.2, 0.4, 0.6, 0.8, 1].map { "\(low + $0 * (high - low)) S" }
          .joined(separator: ", "))
    for target in targets where target < low * (1 - 1e-9) || target > high * (1 + 1e-9) {
      settings.fault(
        "targets",
        "\(engineering(target, unit: "S", digits: 4)) is outside the device's window of \(engineering(low, unit: "S", digits: 4)) to \(engineering(high, unit: "S", digits: 4))"
      )
    }
    times = reader.quantities(
      "times", unit: "s", in: 1e-12...1e12, isLogarithmic: true,
      default: "\(file.programming?.drift?.origin.value ?? 1) s : 1e7 s : 29"
    ).sorted()
    temperature =
      settings.has("temperature") && !isDynamic
      ? settings.quantity("temperature", unit: "K", in: 1...2000, default: "298.15 K") : nil
    population = settings.integer("population", in: 2...1_000_000, default: isDynamic ? 100 : 1000)
    hasReadNoise = isDynamic ? false : settings.flag("read-noise", default: true)
    readVoltage =
      isDynamic
      ? settings.quantity("read-voltage", unit: "V", in: 1e-6...10, default: "0.1 V") : 0
    compare = settings.optionalText("compare")
    key = StreamKey(seed: settings.seed()).child("retention")
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    var groups: [(name: String, values: [[Double]])] = []  // by time, over devices
    if let model = file.programming {
      for (i, target) in targets.enumerated() {
        groups.append(
          (TypesetUnit.quantity(target, "S"), conductances(model, target, key.child(i))))
      }
    } else if let section = file.dynamics {
      groups.append(("fresh device", try conductances(section)))
    }
    var table = Table(columns: [
      "target", "time (s)", "median (S)", "mean (S)", "deviation (S)", "5 % (S)", "95 % (S)",
    ])
    for (name, values) in groups {
      for (t, column) in zip(times, values) {
        let statistics = SampleStatistics(column)
        table.append([
          .text(name), .number(t), .number(quantile(column, 0.5)), .number(statistics.mean),
          .number(statistics.deviation), .number(quantile(column, 0.05)),
          .number(quantile(column, 0.95)),
        ])
      }
    }
    let measured = try compare.map {
      try MeasuredColumns(
        csv: $0, [("time", "s"), ("conductance", "S")], optional: [("programmed", "S")]
      ).columns
    }
    var result = DeviceResult(
      title: "Retention of \(file.heading)",
      summary: "\(file.title). Source: \(file.source). Valid for: \(file.validity)",
      table: table, caption: "\(population) devices per target\(temperatureText).")
    result.labelColumns = 2
    if let model = file.programming {
      result.notes += model.driftNotices(
        time: Seconds(times.last ?? 0), at: temperature, option: "--temperature")
    }
    if let t = measured?["time"], let g = measured?["conductance"] {
      for (i, (name, values)) in groups.enumerated() {
        let rows = rows(t.count, programmed: measured?["programmed"], nearest: i)
        guard !rows.isEmpty else {
          result.notes.append("no measured cell was programmed nearest to \(name)")
          continue
        }
        let medians = values.map { quantile($0, 0.5) }
        let curve = rows.map { interpolated(log(t[$0]), times.map { log($0) }, medians) }
        let deviation = Comparison(measured: rows.map { g[$0] }, curve: curve)
        result.notes.append(
          "measured\(rows.count < t.count ? " cells programmed nearest to it" : "") against the median of \(name): "
            + "root mean square deviation \(engineering(deviation.rootMeanSquare, unit: "S", digits: 3))"
        )
      }
    }
    result.figures = figures(groups, measured)
    return result
  }

  /// The measured rows that are compared with target `i`: all, or those programmed nearer to it than to another one.
  private func rows(_ count: Int, programmed: [Double]?, nearest i: Int) -> [Int] {
    guard let programmed, targets.indices.contains(i) else { return Array(0..<count) }
    return (0..<count).filter { row in
      let distance = abs(programmed[row] - targets[i])
      return targets.allSatisfy { abs(programmed[row] - $0) >= distance }
    }
  }

  /// ", at 358 K, where time counts 12.3 times": the temperature of a drift law.
  var temperatureText: String {
    guard let drift = file.programming?.drift else { return "" }
    let kelvins = temperature ?? drift.temperature
    let text = ", at \(significant(kelvins, digits: 5)) K"
    guard let factor = drift.acceleration(at: kelvins), factor != 1 else { return text }
    return text
      + ", where time counts \(significant(factor, digits: 4)) times as at \(significant(drift.temperature, digits: 5)) K"
  }

  private func conductances(_ model: DeviceModel, _ target: Double, _ key: StreamKey) -> [[Double]]
  {
    let count = population
    let wanted = [Float](repeating: Float(target), count: count)
    var written = wanted
    var exponents = wanted
    wanted.withUnsafeBufferPointer { wanted in
      written.withUnsafeMutableBufferPointer {
        model.program(targets: wanted, into: $0, key: key.child("write"))
      }
    }
    if let drift = model.drift {
      written.withUnsafeBufferPointer { written in
        exponents.withUnsafeMutableBufferPointer {
          drift.exponents(of: written, key: key.child("drift"), into: $0)
        }
      }
    }
    return times.enumerated().map { i, time in
      var now = written
      if let drift = model.drift {
        written.withUnsafeBufferPointer { written in
          exponents.withUnsafeBufferPointer { exponents in
            now.withUnsafeMutableBufferPointer {
              drift.conductances(
                programmed: written, exponents: exponents,
                time: model.driftTime(Seconds(time), at: temperature), into: $0)
            }
          }
        }
      }
      let scores = hasReadNoise ? Noise.normal(count, key.child("read").child(i)) : []
      return now.indices.map { k in
        let g = Double(now[k])
        guard hasReadNoise else { return g }
        return g + model.readNoise.deviation(at: g, time: Seconds(time)) * Double(scores[k])
      }
    }
  }

  private func conductances(_ section: DynamicsSection) throws -> [[Double]] {
    var columns = [[Double]](repeating: [], count: times.count)
    let waveform = Waveform.piecewiseLinear([(0, 0), (times.last ?? 1, 0)])
    for k in 0..<population {
      let device = section.device(k, key)
      do {
        let trace = try DeviceSimulation(device).trace(waveform, at: times)
        let width = device.states.count
        for i in times.indices {
          let state = Array(trace.state[i * width..<(i + 1) * width])
          columns[i].append(device.current(state: state, voltage: readVoltage) / readVoltage)
        }
      } catch { throw RunError("device \(k) of '\(file.name)': \(error)") }
    }
    return columns
  }
}
