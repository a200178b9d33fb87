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
/// Ridge regression finds the last layer from all training samples of the first epoch at its end, see `RidgeReadout`;
/// epochs after it change nothing and report how the training samples are met. Softmax descends on the cross-entropy.
public struct ReadoutRule: TrainingRule, SavedByVisit {
  public static let name = "readout"
  public static let summary =
    "Everything before the last dense layer stays fixed; ridge regression or softmax finds that layer."
  public static let readsSequences = true
  public static let readsNumbers = true

  /// The layers before the last one; `nil` where there are none.
  private var reservoir: TrainableGraph?
  /// The last layer.
  private var last: TrainableGraph
  /// `nil` for softmax.
  private var ridge: RidgeReadout?
  private let loss: Loss
  private let optimizer: Optimizer
  private let rate: Float
  private let key: StreamKey
  private let stepsPerEpoch: Int
  private let measuresSeries: Bool
  private var stepCount = 0

  /// Reads `network`, `loss`, `start`, the rule's own `fit`, `regularization` and `held-out`, and `optimizer` for softmax.
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
    do {
      (reservoir, last) = try Self.parts(TrainingNetwork(setup))
    } catch let error as InputError {
      setup.network.fault(TrainingNetwork.text(of: error))
      (reservoir, last) = try Self.parts(
        TrainingNetwork(sizes: [setup.inputCount, setup.classCount], key: key))
    }
    let site = last.sites.sites[0]
    measuresSeries = setup.targets == .numbers && setup.classCount / site.outputs > 1
    if isRidge {
      ridge = RidgeReadout(reading: setup.rule, inputs: site.inputs, outputs: site.outputs)
      set(Matrix(rowCount: site.inputs + 1, columnCount: site.outputs, repeating: 0))
    }
    if let weights = try setup.startingWeights() { try take(.start, from: weights) }
  }

  /// The layers before the last one, and the last one.
  /// - Throws: `InputError` where the last one is not dense, or reads something else than the layer before it.
  private static func parts(
    _ network: TrainingNetwork
  ) throws -> (reservoir: TrainableGraph?, last: TrainableGraph) {
    let title = "trained by a readout"
    let whole = network.description(title: title)
    let end = whole.layers.count - 1
    guard whole.layers[end].type == "dense",
      try end == 0 || whole.cuts(source: title).contains(end)
    else {
      throw InputError(
        "layer 'layer\(whole.layers.count)'",
        "a readout is a dense layer without an activation that reads the layer before it, and the last layer "
          + "is '\(whole.layers[end].type)'")
    }
    func graph(_ range: Range<Int>, firstSite: Int) throws -> TrainableGraph {
      try TrainableGraph(whole.part(range, source: title), firstSite: firstSite) {
        DigitalSite($0, loop: network.loop(of: $0))
      }
    }
    let reservoir = end > 0 ? try graph(0..<end, firstSite: 0) : nil
    return (reservoir, try graph(end..<end + 1, firstSite: reservoir?.sites.sites.count ?? 0))
  }

  /// Collects the rows of the first epoch and fits at its end, or descends.
  /// - Throws: `RunError` where the regression has no solution.
  public mutating func step(_ batch: TrainingBatch) throws -> StepResult {
    let pass = TrainingPass(key: key.child("read").child(batch.step), isTraining: false)
    let features = features(batch.x, pass)
    let (result, gradient) = scored(features, batch, pass)
    if ridge == nil {
      var gradient = gradient
      gradient.withUnsafeMutableBufferPointer { last.backward($0.baseAddress!) }
      last.updateSites(optimizer, rate: rate * batch.gain, step: stepCount)
    } else if batch.epoch == 0 {
      let width = last.sites.sites[0].inputs
      let rows = features.elements.count / width
      ridge!.add(
        features.asRows(rows), targets(batch, rows: rows), samples: batch.x.rowCount)
      if (batch.step + 1) % stepsPerEpoch == 0 { set(try ridge!.fit()) }
    }
    stepCount += 1
    return result
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
    reservoir?.values(x, pass) ?? x
  }

  /// The outputs of the network, noise of its reads keyed by `key`.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    let pass = TrainingPass(key: key, isTraining: false)
    return last.values(features(x, pass), pass)
  }

  /// Shows `visitor` all weights, the sums of the regression and the step.
  public mutating func visit(_ visitor: inout SavedState) {
    if visitor.mode != .start { visitor.integer("step", &stepCount) }
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
    guard var result = reservoir?.exported() else { return last.exported() }
    result.append(last.exported())
    return result
  }

  /// The regularization, and how the rows of the fit are met.
  public func report() -> [RuleFigure] { ridge?.report() ?? [] }
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
    if var reservoir {
      result += Forgetting.figures(
        features,
        reservoir.values(
          Forgetting.perturbed(samples.x, reservoir.structure, key: key.child("perturbed")), pass),
        reservoir.structure)
    }
    return result
  }
}
