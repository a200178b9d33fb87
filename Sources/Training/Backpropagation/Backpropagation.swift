import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Training of a network by backpropagation of errors: a graph, the weights of its sites, a loss and an
/// optimizer.
///
/// A value: copies train on their own.
public struct Backpropagation: Sendable {
  /// What is minimized.
  public let loss: Loss
  /// How gradients become steps.
  public let optimiser: Optimiser
  /// How many steps were made.
  public internal(set) var step = 0
  /// Whether operations normalize by statistics of batches.
  public let hasStatistics: Bool

  /// The network without its weights.
  let outline: DescriptionOutline
  let structure: Network
  /// Both are copied together before a change where they are shared.
  private(set) var sites: TrainableSites
  private(set) var graph: GraphPass
  /// What the optimizer remembers of the operations' own parameters, in the order of the graph.
  private var memories: [Parameter] = []
  private let augmentation: InputAugmentation?

  package private(set) var output = Matrix<Float>(rowCount: 0, columnCount: 0)
  private var gradient = Matrix<Float>(rowCount: 0, columnCount: 0)

  /// A network that trains.
  ///
  /// - Parameters:
  ///   - site: makes the weights of a site; digital ones unless something else is given.
  /// - Throws: `InputError` where the layers do not fit, or what `site` throws.
  public init(
    _ network: TrainingNetwork, loss: Loss = .crossEntropy, optimiser: Optimiser = .sgd(),
    title: String = "trained by backpropagation",
    _ site: (ProductSite) throws -> any TrainableSite
  ) throws {
    let description = network.description(title: title)
    let full = try network.network()
    self.loss = loss
    self.optimiser = optimiser
    augmentation = network.augmentation
    hasStatistics = full.hasNormalisations
    sites = try TrainableSites(full, site)
    graph = GraphPass(full)
    outline = DescriptionOutline(description)
    structure = full.withoutWeights
    graph.forEachParameter { _, decays, _, _ in
      memories.append(Parameter([], decays: decays))
    }
  }

  /// A network of digital weights, which passes read through a chip where there is `hardware`.
  /// - Throws: `InputError` where the layers do not fit.
  public init(
    _ network: TrainingNetwork, loss: Loss = .crossEntropy, optimiser: Optimiser = .sgd(),
    title: String = "trained by backpropagation", hardware: HardwareSettings? = nil
  ) throws {
    try self.init(network, loss: loss, optimiser: optimiser, title: title) {
      DigitalSite($0, hardware: hardware, loop: network.loop(of: $0))
    }
  }

  /// The outputs for samples × inputs, noise keyed by `key`, through the chip keyed by `chip`.
  public mutating func outputs(
    _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 0), chip: StreamKey? = nil
  ) -> Matrix<Float> {
    own()
    forward(x, TrainingPass(key: key, isTraining: false, chip: chip)) { _ in }
    return output
  }

  /// Takes the statistics of normalizing operations from `x`, as the chip keyed by `chip` gives them.
  public mutating func estimateStatistics(_ x: Matrix<Float>, chip: StreamKey, key: StreamKey) {
    own()
    var pass = TrainingPass(key: key, isTraining: false, chip: chip)
    pass.estimates = true
    forward(x, pass) { _ in }
  }

  /// One step on a batch at learning rate `rate`; the mean loss before it.
  ///
  /// - Parameters:
  ///   - x: samples × inputs.
  ///   - labels: a class per sample; for sequences a class per place, sample after sample.
  ///   - pass: the noise of this step.
  public mutating func train(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>, rate: Float,
    pass: TrainingPass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
  ) -> Double {
    own()
    // Plain descent needs no gradients in memory: sites make their steps on the way back.
    let isFused = optimiser == .sgd(momentum: 0, weightDecay: 0)
    let value = passBothWays(x, labels, pass, rate: isFused ? rate : nil)
    let (optimiser, step) = (optimiser, step)
    if !isFused {
      sites.forEachParameter { $1.update(optimiser, rate: rate, step: step) }
    }
    forEachOperationParameter { $1.update(optimiser, rate: rate, step: step) }
    sites.afterUpdate()
    self.step += 1
    return value
  }

  /// The mean loss of a batch; leaves its gradients in the parameters.
  public mutating func gradients(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>,
    pass: TrainingPass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
  ) -> Double {
    own()
    return passBothWays(x, labels, pass, rate: nil)
  }

  /// How many samples of the last batch had their largest output at their label, before the step.
  public func correctCount(labels: ArraySlice<Int32>) -> Int {
    Classification.correctCount(output.asRows(labels.count), labels: labels)
  }

  /// Calls `body` for every parameter of the sites and then of the operations, under its name:
  /// "layer1.weight".
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    own()
    try sites.forEachParameter(body)
    try forEachOperationParameter(body)
  }

  /// Forgets ranges that are found by calibration, so that the next pass finds them again.
  mutating func recalibrate() {
    own()
    sites.recalibrate()
  }

  /// Makes the weights and the graph this copy's own.
  mutating func own() {
    if isKnownUniquelyReferenced(&sites) && isKnownUniquelyReferenced(&graph) { return }
    sites = sites.copy()
    graph = graph.copy()
  }

  mutating func forEachOperationParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    var k = 0
    var memories: [Parameter] = []
    swap(&memories, &self.memories)
    defer { swap(&memories, &self.memories) }
    try graph.forEachParameter { name, _, values, gradient in
      swap(&values, &memories[k].values)
      swap(&gradient, &memories[k].gradient)
      defer {
        swap(&values, &memories[k].values)
        swap(&gradient, &memories[k].gradient)
        k += 1
      }
      try body(name, &memories[k])
    }
  }

  private mutating func passBothWays(
    _ x: Matrix<Float>, _ labels: ArraySlice<Int32>, _ pass: TrainingPass, rate: Float?
  ) -> Double {
    var value = 0.0
    let x = augmentation.map { $0.applied(to: x, shape: structure.inputShape, key: pass.key) } ?? x
    forward(x, pass) { network in
      value = network.evaluateLoss(labels)
      network.sites.rate = rate
      let (graph, sites) = (network.graph, network.sites)
      network.gradient.elements.withUnsafeMutableBufferPointer {
        graph.backward($0.baseAddress!, engine: sites)
      }
      sites.rate = nil
    }
    return value
  }

  /// The mean loss over all labels; leaves its gradient in `gradient`.
  private mutating func evaluateLoss(_ labels: ArraySlice<Int32>) -> Double {
    let rows = labels.count
    var elements: [Float] = []
    swap(&elements, &gradient.elements)
    var errors = Matrix(
      rowCount: rows, columnCount: elements.count / rows, elements: elements)
    elements = []
    let value = loss.evaluate(output.asRows(rows), labels: labels, gradient: &errors)
    swap(&gradient.elements, &errors.elements)
    return value
  }

  /// A forward pass, and `body` while its values are there.
  private mutating func forward(
    _ x: Matrix<Float>, _ pass: TrainingPass, _ body: (inout Backpropagation) -> Void
  ) {
    let samples = x.rowCount
    precondition(
      x.columnCount == structure.inputShape.reduce(1, *), "as many inputs as the network has")
    let count = structure.outputShape.reduce(1, *)
    if output.rowCount != samples {
      output = Matrix(rowCount: samples, columnCount: count)
      gradient = output
    }
    sites.begin(pass, samples: samples, graph: graph)
    x.elements.withUnsafeBufferPointer { x in
      let y = graph.forward(x.baseAddress!, samples: samples, pass, engine: sites)
      output.elements.withUnsafeMutableBufferPointer {
        $0.baseAddress!.update(from: y, count: samples * count)
      }
      body(&self)
    }
  }
}
