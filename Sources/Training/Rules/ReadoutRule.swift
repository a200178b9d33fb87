import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// A fixed network with a readout that learns: every layer before the last dense one stays as it was drawn or loaded, as in
/// echo state networks and liquid state machines (Jaeger, GMD report 148, 2001; Maass, Natschläger and Markram, Neural
/// Computation 14, 2531, 2002).
///
/// Ridge regression finds the last layer from all training samples of one epoch at its end, see `RidgeReadout`: the first,
/// or the first one after those in which inhibition adapts to rates (`InhibitionRule`). Epochs after it change nothing and
/// report how the training samples are met. Softmax descends on the cross-entropy.
public struct ReadoutRule: TrainingRule, SavedByVisit {
  public static let name = "readout"
  public static let readsSequences = true
  public static let readsNumbers = true

  /// The layers before the units whose inhibition adapts; `nil` where there are none.
  private var before: TrainableGraph?
  /// The layers from there to the last one; `nil` where there are none.
  private var reservoir: TrainableGraph?
  /// The last layer.
  private var last: TrainableGraph
  /// How inhibition adapts before the fit, and the matrix that it began with; `nil` where it stays.
  private let inhibition: InhibitionRule?
  private var drawn: [Float] = []
  /// `nil` for softmax.
  private var ridge: RidgeReadout?
  private let loss: Loss
  private let optimizer: Optimizer
  private let rate: Float
  private let key: StreamKey
  private let stepsPerEpoch: Int
  private let measuresSeries: Bool
  private var stepCount = 0

  /// Reads `network`, `loss`, `start`, the rule's own `fit`, `regularization`, `held-out` and `inhibition`, and
  /// `optimizer` for softmax.
  public init(_ setup: TrainingSetup) throws {
    let isRidge =
      setup.rule.choice("fit", of: ["ridge", "softmax"], default: "ridge") == "ridge"
    if !isRidge, setup.targets != .classes {
      setup.rule.child("fit").fault(
        "softmax names classes, and the targets are numbers: 'ridge' fits them")
    }
    loss = setup.loss(among: [isRidge ? .meanSquaredError : .crossEntropy])
    (optimizer, rate) = isRidge ? (.sgd(), 0) : setup.optimizer()
    key = setup.key
    stepsPerEpoch = setup.stepsPerEpoch
    inhibition = InhibitionRule(reading: setup.rule)
    if let inhibition, setup.epochs <= inhibition.epochs {
      setup.rule.child("inhibition").fault(
        "it takes \(inhibition.epochs) epochs before the fit, and the run has \(setup.epochs)")
    }
    do {
      (before, reservoir, last) = try Self.parts(
        TrainingNetwork(setup), splits: inhibition != nil)
    } catch let error as InputError {
      setup.network.fault(TrainingNetwork.text(of: error))
      (before, reservoir, last) = try Self.parts(
        TrainingNetwork(sizes: [1, setup.classCount], key: key), splits: false)
    }
    let site = last.sites.sites[0]
    measuresSeries = setup.targets == .numbers && setup.classCount / site.outputs > 1
    if isRidge {
      ridge = RidgeReadout(reading: setup.rule, inputs: site.inputs, outputs: site.outputs)
      set(Matrix(rowCount: site.inputs + 1, columnCount: site.outputs, repeating: 0))
    }
    if let weights = try setup.startingWeights() { try take(.start, from: weights) }
    drawn = (reservoir?.sites.sites.first as? FixedSite)?.weights ?? []
  }

  /// The layers before the last one, in two parts where units with adapting inhibition begin the second, and the last one.
  /// - Throws: `InputError` where the last one is not dense or reads something else than the layer before it, or no units
  ///   can adapt.
  private static func parts(
    _ network: TrainingNetwork, splits: Bool
  ) throws -> (before: TrainableGraph?, reservoir: TrainableGraph?, last: TrainableGraph) {
    let title = "trained by a readout"
    let whole = network.description(title: title)
    let end = whole.layers.count - 1
    let cuts = try whole.cuts(source: title) + [0]
    guard whole.layers[end].type == "dense", cuts.contains(end) else {
      throw InputError(
        "layer 'layer\(whole.layers.count)'",
        "a readout is a dense layer without an activation that reads the layer before it, and the last layer "
          + "is '\(whole.layers[end].type)'")
    }
    var siteCount = 0
    func graph(_ range: Range<Int>) throws -> TrainableGraph? {
      if range.isEmpty { return nil }
      let graph = try TrainableGraph(whole.part(range, source: title), firstSite: siteCount) {
        DigitalSite($0, loop: network.loop(of: $0))
      }
      siteCount += graph.sites.sites.count
      return graph
    }
    let place = splits ? whole.layers.firstIndex { $0.type == "leaky-rate" } ?? end : 0
    let before = try graph(0..<(cuts.contains(place) ? place : 0))
    let reservoir = try graph((before == nil ? 0 : place)..<end)
    guard !splits || isAdaptable(reservoir) else {
      throw InputError(
        "rule.inhibition",
        "it adapts fixed weights below 0 between units of 'leaky-rate' with 'function: sigmoid' in the main branch, "
          + "and there are none")
    }
    return (before, reservoir, try graph(end..<end + 1)!)
  }

  /// Whether a part begins with units whose inhibition can adapt.
  private static func isAdaptable(_ part: TrainableGraph?) -> Bool {
    guard case .sigmoid? = part?.structure.firstRateUnits,
      let site = part?.sites.sites.first as? FixedSite
    else { return false }
    return site.weights.contains { $0 < 0 }
  }

  /// Adapts inhibition, collects the rows of the epoch of the fit and fits at its end, or descends.
  /// - Throws: `RunError` where the regression has no solution.
  public mutating func step(_ batch: TrainingBatch) throws -> StepResult {
    let pass = TrainingPass(key: key.child("read").child(batch.step), isTraining: false)
    let features = features(batch.x, pass)
    let (result, gradient) = scored(features, batch, pass)
    let firstEpoch = inhibition?.epochs ?? 0
    if batch.epoch < firstEpoch {
      adapt(batch, pass)
    } else if ridge == nil {
      var gradient = gradient
      gradient.withUnsafeMutableBufferPointer { last.backward($0.baseAddress!) }
      last.updateSites(optimizer, rate: rate * batch.gain, step: stepCount)
    } else if batch.epoch == firstEpoch {
      let width = last.sites.sites[0].inputs
      let rows = features.elements.count / width
      ridge!.add(
        features.asRows(rows), targets(batch, rows: rows), samples: batch.x.rowCount)
      if (batch.step + 1) % stepsPerEpoch == 0 { set(try ridge!.fit()) }
    }
    stepCount += 1
    return result
  }

  /// Adapts the inhibition to the rates in these samples.
  private mutating func adapt(_ batch: TrainingBatch, _ pass: TrainingPass) {
    let currents = before?.values(batch.x, pass) ?? batch.x
    reservoir?.own()
    guard let inhibition, var site = reservoir?.sites.sites[0] as? FixedSite,
      let law = reservoir?.structure.firstRateUnits
    else { return }
    for sample in 0..<currents.rowCount {
      let row = currents.elements[
        sample * currents.columnCount..<(sample + 1) * currents.columnCount]
      site.set(
        inhibition.adapted(
          site.weights, signs: drawn, unit: law, currents: Array(row), epoch: batch.epoch))
    }
    reservoir!.sites.sites[0] = site
  }

  /// The result before the step, and the gradient of the loss at the outputs.
  private mutating func scored(
    _ features: Matrix<Float>, _ batch: TrainingBatch, _ pass: TrainingPass
  ) -> (StepResult, [Float]) {
    let outputs = last.values(features, pass)
    if let targets = batch.targets {
      var gradient = outputs
      let value = loss.evaluate(
        outputs, targets: targets, isProbability: false, gradient: &gradient)
      return (
        StepResult(loss: value, right: 0, of: targets.elements.count), gradient.elements
      )
    }
    let rows = outputs.asRows(batch.labels.count)
    var gradient = rows
    let value = loss.evaluate(rows, labels: batch.labels[...], gradient: &gradient)
    let right = Classification.correctCount(rows, labels: batch.labels[...])
    return (StepResult(loss: value, right: right), gradient.elements)
  }

  /// The numbers that the rows are to give: those of the batch, or 1 at the class and 0 elsewhere.
  private func targets(_ batch: TrainingBatch, rows: Int) -> Matrix<Float> {
    if let targets = batch.targets { return targets.asRows(rows) }
    var result = Matrix<Float>(
      rowCount: rows, columnCount: last.outputCount * batch.x.rowCount / rows)
    for (row, label) in batch.labels.enumerated() { result[row, Int(label)] = 1 }
    return result
  }

  /// Sets the last layer: weights, and the bias in the last row.
  private mutating func set(_ coefficients: Matrix<Double>) {
    last.own()
    guard var site = last.sites.sites[0] as? DigitalSite else { return }
    let weights = site.weights.values.count
    let numbers = coefficients.elements.map(Float.init)
    site.weights.values = Array(numbers[..<weights])
    site.bias.values = Array(numbers[weights...])
    last.sites.sites[0] = site
  }

  /// What the last layer reads, one sample per row.
  private mutating func features(_ x: Matrix<Float>, _ pass: TrainingPass) -> Matrix<Float> {
    let inputs = before?.values(x, pass) ?? x
    return reservoir?.values(inputs, pass) ?? inputs
  }

  /// The outputs of the network, noise of its reads keyed by `key`.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    let pass = TrainingPass(key: key, isTraining: false)
    return last.values(features(x, pass), pass)
  }

  /// Shows `visitor` all weights, the sums of the regression and the step.
  public mutating func visit(_ visitor: inout SavedState) {
    if visitor.mode != .start { visitor.integer("step", &stepCount) }
    before?.visit(&visitor)
    reservoir?.visit(&visitor)
    last.visit(&visitor)
    if visitor.mode != .start { ridge?.visit(&visitor) }
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws { try take(.restore, from: state) }
  /// What sites keep for some time only.
  public var optionalState: [String: [Int]] { saved.optional }
  /// The fixed layers and the readout.
  public func exported() -> NetworkDescription {
    let parts = [before, reservoir, last].compactMap { $0?.exported() }
    return parts.dropFirst().reduce(into: parts[0]) { $0.append($1) }
  }

  /// How sparse the fixed matrices are, the regularization, and how the rows of the fit are met.
  public func report() -> [RuleFigure] {
    let sites = [before, reservoir].compactMap { $0?.sites }.flatMap { zip($0.names, $0.sites) }
    return sites.compactMap { name, site in
      guard let weights = (site as? FixedSite)?.weights else { return nil }
      let zeros = weights.count { $0 == 0 }
      return RuleFigure("sparsity of \(name)", Double(zeros) / Double(weights.count))
    } + (ridge?.report() ?? [])
  }
  /// All, where samples are series of numbers.
  public var measuredCount: Int { measuresSeries ? 1000 : 0 }

  /// Errors and correlations of series, and how fast the fixed layers forget.
  public func measure(_ samples: TrainingBatch) -> [SampleFigures] {
    guard let targets = samples.targets else { return [] }
    var own = self
    let pass = TrainingPass(key: key.child("measure"), isTraining: false)
    let features = own.features(samples.x, pass)
    var result = SeriesScores.figures(
      own.last.values(features, pass), targets, outputs: last.sites.sites[0].outputs)
    if let input = (before ?? reservoir)?.structure.inputShape,
      let output = reservoir?.structure.outputShape,
      let forgetting = Forgetting(input: input, output: output)
    {
      let perturbed = forgetting.perturbed(samples.x, key: key.child("perturbed"))
      result += forgetting.figures(features, own.features(perturbed, pass))
    }
    return result
  }
}
