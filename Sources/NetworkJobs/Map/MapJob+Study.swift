import Crossbar
import DeviceModels
import Foundation
import InputOutput
import Networks
import NumericalMethods
import Reporting

extension MapJob: StudyJob {
  public static let name = "map"

  /// The repeats of a study are the chips.
  public static let studyDefaults: [(key: String, text: String)] = [("chips", "1")]

  public var inputFiles: [String] {
    var files = [options.model]
    if let device = try? DeviceLibrary.path(of: options.deviceName) { files.append(device) }
    if let targets = options.targets { files.append(targets) }
    return files
  }

  /// The runs keep no conductances.
  public static let excludedKeys = ["save-chips"]

  /// Opens the network and the data.
  public func check(_ setups: SetupCache) throws {
    let network = try sharedNetwork(setups)
    _ = try task(try sharedData(setups, network), for: network)
    _ = try sharedCalibration(setups, network)
  }

  private var dataKey: String {
    let count = options.samples.map { "\($0)" } ?? "all"
    let targets = "\(options.label ?? "") \(options.targets ?? "")"
    return
      "\(options.model) \(options.layout) \(options.data) \(options.dataFolder ?? "") \(targets) \(count)"
  }

  private func sharedNetwork(_ setups: SetupCache) throws -> Network {
    let key =
      "map network \(options.model) \(options.layout) \(options.batchNormalization.rawValue) \(options.ranges.rawValue)"
    return try setups.value(key) { try Self.network(options) }
  }

  private func sharedData(_ setups: SetupCache, _ network: Network) throws -> DataSet {
    try setups.value("map data \(dataKey)") { try samples(for: network) }
  }

  private func sharedCalibration(_ setups: SetupCache, _ network: Network) throws -> Tensor {
    let key =
      "map calibration \(options.calibrationData) \(options.calibrationSamples) \(dataKey)"
    return try setups.value(key) {
      try CalibrationData(
        options, evaluated: try sharedData(setups, network), network: network
      ).samples
    }
  }

  /// The means over the run's chips, in the words of `metrics.csv`; the same as those of
  /// `ohmweave map` with the same settings.
  public func metrics(_ setups: SetupCache) throws -> [Metric] {
    let network = try sharedNetwork(setups)
    let data = try sharedData(setups, network)
    // Seed, number of chips and time change nothing of what the chips share.
    let shared = options.resolved.filter { !["seed", "chips", "time"].contains($0.key) }
      .map { "\($0.key)=\($0.text)" }.joined(separator: "\u{1}")
    let mapped = try setups.value("map tiles \(shared)") {
      var mapped = MappedNetwork(
        network, design: options.design, gateRamps: options.gateRamps, ranges: options.ranges)
      try mapped.calibrate(on: try sharedCalibration(setups, network))
      return mapped
    }
    let digital = try setups.value("map digital \(dataKey)") {
      try network.evaluate(data.samples, engine: DigitalEngine(network))
    }
    var task = try task(data, for: network)
    if NetworkDescription.drawsWeights(at: options.model) {
      task = .digital(task, outputs: digital)
    }
    let evaluation = MapEvaluation(
      options: options, mapped: mapped, samples: data.samples, task: task,
      calibration: try sharedCalibration(setups, network), digital: digital, followsAging: false)
    let outcome = try evaluation.run(progress: SilentProgress())
    let result = summary(of: mapped, data: data, task: task, outcome)
    for notice in [result.deviceNotice].compactMap({ $0 }) { setups.note(notice) }
    return metrics(of: result)
  }

  private func metrics(of result: MapResult) -> [Metric] {
    let agreement = SampleStatistics(result.chips.map(\.agreement)).mean
    let energy = result.cost.reduce(0) { $0 + $1.energy }
    var metrics = [
      Metric(result.merit.name, result.spread.mean),
      Metric("digital \(result.merit.name)", result.digital),
      Metric("\(result.merit.name) \(result.merit.isShare ? "lost" : "added")", result.loss),
      Metric("agreement with the digital outputs", agreement),
    ]
    let ratios = result.layers.map(\.signalToNoise)
    metrics.append(Metric("signal-to-noise ratio, worst layer", ratios.min() ?? .nan, unit: "dB"))
    metrics.append(
      Metric(
        "clipped readings, worst layer", result.layers.map(\.clippedReadings).max() ?? .nan))
    metrics.append(Metric("tiles", Double(result.layers.reduce(0) { $0 + $1.tiles })))
    if !result.cost.isEmpty {
      metrics.append(Metric("energy per inference", energy, unit: "J"))
      metrics.append(
        Metric(
          "latency per inference", result.cost.reduce(0) { $0 + $1.latency }, unit: "s"))
    }
    metrics += result.steps.flatMap { step in
      step.figures.map { Metric("\($0.name), \(step.item)", $0.value, unit: $0.unit) }
    }
    return metrics
  }
}
