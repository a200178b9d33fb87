import ArrayFiles
import Crossbar
import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import PhysicalUnits
import Reporting

/// The main job: a trained network on crossbars. Loads network, data and device, lays the weights out,
/// calibrates the converters, programs and evaluates the chips, and writes the run directory.
public struct MapJob: Sendable {
  let options: MapOptions

  /// - Throws: `InputErrors` with every fault of the settings or of the device file.
  public init(_ settings: [Setting]) throws { options = try MapOptions(settings) }

  /// What a run ended with.
  public struct Outcome: Sendable {
    let result: MapResult
    /// The folder of the run.
    public let folder: String
    /// The report's path.
    public var report: String { "\(folder)/report.html" }
  }

  /// Runs the job.
  ///
  /// - Throws: `InputError` or `InputErrors` where model, data or device are wrong or do not fit each
  ///   other; `RunError` where the run directory cannot be written.
  public func run(_ context: RunContext) throws -> Outcome {
    let directory = try RunDirectory(
      at: context.output ?? "runs/map", job: "map", overwrites: context.overwrites,
      files: ["conductances.npz", "confusion.csv", "predictions.npz"],
      reads: options.resolved.map(\.text))
    Gnuplot.announce(to: context.progress)
    if let line = options.design.device.extraction { context.progress.note(line) }
    let network = try Self.network(options)
    var mapped = MappedNetwork(
      network, design: options.design, gateRamps: options.gateRamps, ranges: options.ranges)
    let data = try samples(for: network)
    let (task, digital) = try comparison(data, for: network)
    let calibration = try CalibrationData(options, evaluated: data, network: network)
    try mapped.calibrate(on: calibration.samples)
    var options = options
    options.resolve("calibration-data", as: calibration.source)
    options.resolve("metric", as: task.metric.rawValue)
    var evaluation = MapEvaluation(
      options: options, mapped: mapped, samples: data.samples, task: task,
      calibration: calibration.samples, digital: digital)
    evaluation.keepsOutputs =
      data.count * network.outputShape.reduce(1, *) <= MapPredictions.mostOutputs / options.chips
    if !evaluation.keepsOutputs {
      context.progress.note("predictions.npz is left out: the chips give more than 2²⁶ outputs")
    }
    let outcome = try evaluation.run(progress: context.progress)
    var result = summary(of: mapped, data: data, task: task, outcome)
    result.dataNotices = dataNotices(of: data)
    context.progress.report("Writing the report", done: 0, of: 1)
    try write(
      result, mapped, outcome, task, options, to: directory, context: context)
    try directory.finish()
    context.progress.report("Writing the report", done: 1, of: 1)
    return Outcome(result: result, folder: directory.path)
  }

  /// The network of the model, its batch normalizations folded or not.
  ///
  /// - Throws: `InputError` also where biases are to be on a row that a grouped convolution lacks.
  static func network(_ options: MapOptions) throws -> Network {
    let network = try read(options)
    if options.steps != nil, network.recurrentWork.isEmpty {
      throw InputError(
        options.model, "has no recurrent layer, whose time steps --cost-bits would count")
    }
    guard options.design.biasOnRow,
      let grouped = network.sites.first(where: { $0.groups > 1 && $0.bias != nil })
    else { return network }
    throw InputError(
      options.model, at: "layer '\(grouped.name)'",
      "has \(grouped.groups) groups, whose tiles share no row for biases: use --bias digital")
  }

  private static func read(_ options: MapOptions) throws -> Network {
    let (path, choice) = (options.model, options.batchNormalization)
    // An ONNX file tells no ranges that training found: it need not be read twice to know.
    if choice == .folded || (choice == .auto && path.hasSuffix(".onnx")) {
      return try network(at: path, folding: .everything, options.layout)
    }
    let kept = try network(at: path, folding: .allButNormalizations, options.layout)
    let follows = options.ranges == .trained && kept.sites.contains { $0.converters != nil }
    guard choice == .auto, kept.hasNormalizations, !follows else { return kept }
    return try network(at: path, folding: .everything, options.layout)
  }

  private static func network(
    at path: String, folding: ScaleFolding, _ layout: ONNXInputLayout
  ) throws -> Network {
    let network: Network
    if path.hasSuffix(".onnx") {
      network = try ONNXReader.network(at: path, folding: folding, layout: layout)
    } else if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
      network = try NetworkDescription(path: path).network(
        source: path, folding: folding)
    } else if path.hasSuffix(".npy") || path.hasSuffix(".npz") {
      network = try NetworkDescription(matrix: path).network(source: path, folding: folding)
    } else {
      throw InputError(
        path,
        "is not a model that can be read: a file that ends in .onnx, .yaml, .npy or .npz is expected"
      )
    }
    if network.sites.isEmpty,
      let settling = network.layers.first(where: { $0.operation is Settling })
    {
      throw InputError(
        path, at: "layer '\(settling.name)'",
        "settles to a steady state between lines that float, tiles are read at virtual grounds: it cannot be "
          + "mapped; 'ohmweave solve' computes such a circuit, with the network's NPZ file as its conductances "
          + "(docs/solve.md)")
    }
    guard !network.sites.isEmpty else {
      throw InputError(path, "holds no weight matrix, there is nothing to map")
    }
    return network
  }

  func samples(for network: Network) throws(InputError) -> DataSet {
    let folder = DataFolder(option: options.dataFolder)
    var set = try DataSet.load(
      options.data, split: .test, from: folder, label: options.label, targets: options.targets,
      window: Self.window(network),
      events: TrainingOrigin.events(options.data, model: options.model))
    if let count = options.samples { set = set.subset(0..<min(count, set.count)) }
    guard set.count > 0 else { throw InputError(options.data, "holds no samples") }
    set = try set.fitting(inputShape: network.inputShape)
    return set
  }

  /// What outputs are compared with; `metric: auto` follows the loss of the training run beside the model.
  func task(_ data: DataSet, for network: Network) throws(InputError) -> MapTask {
    var metric = options.metric
    if metric == .auto, case .values(let values) = data.targets,
      values.sampleSize == network.outputShape.reduce(1, *),
      let loss = TrainingOrigin(model: options.model)?.loss
    {
      metric = loss == .meanSquaredError ? .error : loss == .binaryCrossEntropy ? .accuracy : .auto
    }
    return try MapTask(data, for: network, metric: metric)
  }

  /// What outputs are compared with in a run: of drawn weights with the outputs of the digital network.
  ///
  /// - Returns: also these outputs, where they were computed for it.
  func comparison(
    _ data: DataSet, for network: Network
  ) throws -> (task: MapTask, digital: Tensor?) {
    let task = try task(data, for: network)
    guard NetworkDescription.drawsWeights(at: options.model) else { return (task, nil) }
    let outputs = try network.evaluate(data.samples, engine: DigitalEngine(network))
    return (.digital(task, outputs: outputs), outputs)
  }

  /// What a reader must know about the evaluated samples.
  private func dataNotices(of data: DataSet) -> [String] {
    var notices: [String] = []
    if let wanted = options.samples, wanted > data.count {
      notices.append(
        "\(wanted) samples are wanted, \(data.name) has \(data.count): all of them are evaluated")
    }
    if NetworkDescription.drawsWeights(at: options.model) {
      notices.append(
        "the weights of \(options.model) are drawn, not trained: the outputs of the chips are compared with those of the digital network, not with the targets of \(data.name)"
      )
    }
    if let notice = TrainingOrigin(model: options.model)?.notice(evaluating: options.data) {
      notices.append(notice)
    }
    return notices
  }

  /// How a network reads a text: as many characters as it has inputs, the next one of as many as it has
  /// rows of outputs.
  static func window(_ network: Network) -> TextWindow? {
    guard network.inputShape.count == 1, network.outputShape.count == 2,
      network.outputShape[0] <= network.inputShape[0]
    else { return nil }
    return TextWindow(length: network.inputShape[0], counted: network.outputShape[0])
  }

  func summary(
    of mapped: MappedNetwork, data: DataSet, task: MapTask, _ outcome: MapEvaluation.Outcome
  ) -> MapResult {
    let layers = zip(mapped.network.sites, mapped.matrices).map { site, matrix -> MapResult.Layer in
      let origin = mapped.rangeOrigins[site.index]
      let report = mapped.report(site: site.index)
      let scales = matrix.blocks.flatMap(\.weightPerSiemens).map { 1 / Double($0) }
      return MapResult.Layer(
        name: site.name, inputs: site.inputs, outputs: site.outputs, tiles: report.tileCount,
        cells: report.usedCells, utilization: report.utilization,
        scale: scales.reduce(0, +) / Double(scales.count),
        programmingError: outcome.squaredErrors[site.index].squareRoot(),
        saturatedWeights: Double(matrix.saturatedWeights) / Double(max(1, site.weightCount)),
        clippedInputs: outcome.clippedInputs[site.index],
        clippedReadings: outcome.clipped[site.index], signalToNoise: outcome.ratios[site.index],
        ranges: origin == .trained ? "trained" : "own", misfit: origin.misfit)
    }
    var parts: [MapResult.CostPart] = []
    var performance: MapResult.Performance?
    var steps: [MapResult.Step] = []
    var events: [MapResult.Events] = []
    if let chip = outcome.firstChip {
      let cost = options.cost.cost(of: mapped.readCounts(chip: chip, readTime: options.readTime()))
      steps = options.steps.map { $0.steps(of: mapped, chip: chip, options) } ?? []
      for ((part, time), area) in zip(zip(cost.energy.parts, cost.latency.parts), cost.area.parts) {
        parts.append(
          MapResult.CostPart(
            name: part.name, energy: part.value, latency: time.value, area: area.value,
            scope: options.cost.scope(of: part.name)))
      }
      performance = MapResult.Performance(cost)
      events = cost.sites.compactMap(MapResult.Events.init)
    }
    return MapResult(
      model: (options.model as NSString).lastPathComponent, data: data.name,
      device: options.deviceName, samples: data.count, merit: task.merit,
      digital: task.score(outcome.digitalOutputs), chips: outcome.chips, layers: layers,
      cost: parts, events: events, performance: performance, ages: outcome.ages,
      baselines: outcome.baselines,
      steps: steps, deviceNotice: deviceNotice)
  }

  private var deviceNotice: String? {
    let device = options.design.device
    var notices = options.deviceNotices
    if options.deviceName != "ideal" {
      let isExact = device.writeError.deviation.isEmpty && device.pulsedWrite == nil
      let missing =
        (isExact ? ["write error"] : [])
        + (device.readNoise == .none ? ["read noise"] : [])
      if !missing.isEmpty {
        notices.append(
          "the device '\(options.deviceName)' states no \(missing.joined(separator: " and no ")): its cells "
            + (isExact ? "take their targets" : "")
            + (missing.count == 2 ? " and " : "")
            + (device.readNoise == .none ? "are read exactly" : " exactly"))
      }
    }
    return notices.isEmpty ? nil : notices.joined(separator: "; ")
  }

  private func write(
    _ result: MapResult, _ mapped: MappedNetwork, _ outcome: MapEvaluation.Outcome,
    _ task: MapTask, _ options: MapOptions, to directory: RunDirectory, context: RunContext
  ) throws {
    try directory.writeRunFile(
      settings: options.resolved,
      provenance: [("device-source", options.design.device.source)])
    try directory.write(result.metrics.csv, to: "metrics.csv")
    guard let chip = outcome.firstChip else { return }
    if !outcome.conductances.isEmpty {
      try directory.write(
        try NPZ.bytes(outcome.conductances, compressed: false), to: "conductances.npz")
    }
    if !outcome.outputs.isEmpty {
      let predictions = MapPredictions(
        task: task, digital: outcome.digitalOutputs, outputs: outcome.outputs,
        chips: outcome.chips.count)
      try directory.write(try NPZ.bytes(predictions.arrays), to: "predictions.npz")
    }
    let confusion = Self.confusion(task, outcome, outputs: mapped.network.outputShape.reduce(1, *))
    if let confusion {
      try directory.write(
        MapResult.confusionTable(digital: confusion.digital, analog: confusion.analog).csv,
        to: "confusion.csv")
    }
    let figures = MapFigures(
      chip: chip, firstLayer: mapped.network.sites[0].name,
      digitalOutputs: outcome.digitalOutputs.elements, analogOutputs: outcome.firstOutputs,
      confusion: confusion?.analog)
    let drawn = DrawnFigures(figures.all(result), context.figures, progress: context.progress)
    try drawn.write(with: directory.write)
    try directory.write(
      MapReport.page(result, figures: drawn, options: options).html, to: "report.html")
  }

  /// Samples by true and given class, of the digital network and of all chips together.
  private static func confusion(
    _ task: MapTask, _ outcome: MapEvaluation.Outcome, outputs: Int
  ) -> (digital: ConfusionMatrix, analog: ConfusionMatrix)? {
    guard case .classes(let labels, _) = task else { return nil }
    let count = max(outputs, (labels.max() ?? 0) + 1)
    return (
      ConfusionMatrix(
        labels: labels, given: task.classes(of: outcome.digitalOutputs), classCount: count),
      ConfusionMatrix(
        labels: outcome.chips.flatMap { _ in labels }, given: outcome.classes, classCount: count)
    )
  }
}
