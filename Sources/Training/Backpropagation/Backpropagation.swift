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
  public let optimizer: Optimizer
  /// How many steps were made.
  public internal(set) var step = 0
  /// Whether operations normalize by statistics of batches.
  public var hasStatistics: Bool { network.hasStatistics }

  /// The graph and its weights.
  var network: TrainableGraph
  private let augmentation: InputAugmentation?

  package private(set) var output = Matrix<Float>(rowCount: 0, columnCount: 0)
  private var gradient = Matrix<Float>(rowCount: 0, columnCount: 0)

  /// A network that trains.
  ///
  /// - Parameters:
  ///   - site: makes the weights of a site; digital ones unless something else is given.
  /// - Throws: `InputError` where the layers do not fit, or what `site` throws.
  public init(
    _ network: TrainingNetwork, loss: Loss = .crossEntropy, optimizer: Optimizer = .sgd(),
    title: String = "trained by backpropagation",
    _ site: (ProductSite) throws -> any TrainableSite
  ) throws {
    self.loss = loss
    self.optimizer = optimizer
    augmentation = network.augmentation
    self.network = try TrainableGraph(
      network.description(title: title), network: try network.network(),
      replacing: network.operation(replacing:), site)
  }

  /// A network of digital weights, which passes read through a chip where there is `hardware`.
  /// - Throws: `InputError` where the layers do not fit.
  public init(
    _ network: TrainingNetwork, loss: Loss = .crossEntropy, optimizer: Optimizer = .sgd(),
    title: String = "trained by backpropagation", hardware: HardwareSettings? = nil
  ) throws {
    try self.init(network, loss: loss, optimizer: optimizer, title: title) {
      DigitalSite($0, hardware: hardware, loop: network.loop(of: $0))
    }
  }

  /// The outputs for samples × inputs, noise keyed by `key`, through the chip keyed by `chip`.
  public mutating func outputs(
    _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 0), chip: StreamKey? = nil
  ) -> Matrix<Float> {
    forward(x, TrainingPass(key: key, isTraining: false, chip: chip)) { _ in }
    return output
  }

  /// Takes the statistics of normalizing operations from `x`, as the chip keyed by `chip` gives them.
  public mutating func estimateStatistics(_ x: Matrix<Float>, chip: StreamKey, key: StreamKey) {
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
  ///   - pulseRate: the rate of plain descent of sites of pulsed devices where the optimizer is another one.
  public mutating func train(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>, rate: Float,
    pass: TrainingPass = TrainingPass(key: StreamKey(seed: 0), isTraining: true),
    pulseRate: Float? = nil
  ) -> Double {
    train(
      TrainingBatch(x: x, labels: Array(labels)), rate: rate, pass: pass, pulseRate: pulseRate)
  }

  /// One step on a batch whose targets are classes or numbers; see
  /// `train(_:labels:rate:pass:pulseRate:)`.
  public mutating func train(
    _ batch: TrainingBatch, rate: Float,
    pass: TrainingPass = TrainingPass(key: StreamKey(seed: 0), isTraining: true),
    pulseRate: Float? = nil
  ) -> Double {
    // Plain descent needs no gradients in memory: sites make their steps on the way back.
    let isPlain = optimizer == .sgd(momentum: 0, weightDecay: 0)
    let descent = pulseRate ?? (isPlain ? rate : nil)
    let value = passBothWays(batch, pass, descent.map { .descent(rate: $0) } ?? .gradients)
    if descent == nil { network.updateSites(optimizer, rate: rate, step: step) }
    network.updateOperations(optimizer, rate: rate, step: step)
    network.sites.afterUpdate()
    step += 1
    return value
  }

  /// The mean loss of a batch; leaves its gradients in the parameters.
  public mutating func gradients(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>,
    pass: TrainingPass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
  ) -> Double {
    passBothWays(TrainingBatch(x: x, labels: Array(labels)), pass, .gradients)
  }

  /// How many samples of the last batch had their largest output at their label, before the step.
  public func correctCount(labels: ArraySlice<Int32>) -> Int {
    Classification.correctCount(output.asRows(labels.count), labels: labels)
  }

  /// What a step on `batch` came to: for classes how many samples were classified correctly, for
  /// probabilities how many outputs were on the right side of ½.
  func result(_ loss: Double, of batch: TrainingBatch) -> StepResult {
    guard let targets = batch.targets else {
      return StepResult(loss: loss, right: correctCount(labels: batch.labels[...]))
    }
    guard self.loss == .binaryCrossEntropy else {
      return StepResult(loss: loss, right: 0, of: targets.elements.count)
    }
    let right = Classification.correctCount(output, targets: targets, threshold: threshold)
    return StepResult(loss: loss, right: right, of: targets.elements.count)
  }

  /// The output above which a target of 1 is told: ½ behind a sigmoid, else 0.
  private var threshold: Float { network.structure.decisionThreshold }

  /// Calls `body` for every parameter of the sites and then of the operations, under its name:
  /// "layer1.weight".
  public mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    network.own()
    try network.sites.forEachParameter(body)
    try network.forEachOperationParameter(body)
  }

  /// Forgets ranges that are found by calibration, so that the next pass finds them again.
  mutating func recalibrate() {
    network.own()
    network.sites.recalibrate()
  }

  /// What fires at random in the passes that follow draws from `key`; with `nil` it gives its mean.
  mutating func setFiring(_ key: StreamKey?) {
    network.own()
    network.sites.firingKey = key
  }

  /// Changes the fixed crossbars of the network.
  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    network.perturb(perturbation, key: key)
  }

  private mutating func passBothWays(
    _ batch: TrainingBatch, _ pass: TrainingPass, _ change: SiteChange
  ) -> Double {
    var value = 0.0
    let x =
      augmentation.map {
        $0.applied(to: batch.x, shape: network.structure.inputShape, key: pass.key)
      } ?? batch.x
    forward(x, pass) { net in
      value = net.evaluateLoss(batch)
      if net.network.sites.firingKey != nil {
        net.network.sites.sampleLosses =
          batch.targets.map {
            net.loss.losses(net.output, targets: $0, isProbability: net.threshold == 0.5)
          }
          ?? net.loss.losses(net.output.asRows(batch.labels.count), labels: batch.labels[...])
      }
      let graph = net.network
      net.gradient.elements.withUnsafeMutableBufferPointer {
        graph.backward($0.baseAddress!, change)
      }
    }
    return value
  }

  /// The mean loss over all labels; leaves its gradient in `gradient`.
  private mutating func evaluateLoss(_ batch: TrainingBatch) -> Double {
    if let targets = batch.targets {
      return loss.evaluate(
        output, targets: targets, isProbability: threshold == 0.5, gradient: &gradient)
    }
    let labels = batch.labels[...]
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
    precondition(x.columnCount == network.inputCount, "as many inputs as the network has")
    let count = network.outputCount
    if output.rowCount != samples {
      output = Matrix(rowCount: samples, columnCount: count)
      gradient = output
    }
    network.begin(pass, samples: samples)
    x.elements.withUnsafeBufferPointer { x in
      let y = network.forward(x.baseAddress!, samples: samples, pass)
      output.elements.withUnsafeMutableBufferPointer {
        $0.baseAddress!.update(from: y, count: samples * count)
      }
      body(&self)
    }
  }
}
