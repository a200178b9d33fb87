import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// Direct feedback alignment: the error of the outputs reaches every block through a fixed random matrix, instead of
/// through the transposed weights of the blocks above.
///
/// Block k gives h_k. The last block descends on the loss; with e = ∂L/∂z at its outputs, the gradient at the end of
/// every other block is taken to be e·B_k, B_k of classes × numbers with independent normal elements of variance
/// `scale`²/classes, and goes through the block's own adjoint. No array is read backwards across a block, and all
/// blocks can learn at once. Source: A. Nøkland, "Direct feedback alignment provides learning in deep neural networks",
/// NeurIPS 2016, arXiv 1609.01596. Deep convolutions align badly (Launay et al., arXiv 1906.04554).
public struct DirectFeedback: TrainingRule, SavedByVisit {
  public static let name = "direct-feedback"

  /// The blocks, first to last; the last one gives the outputs.
  private var blocks: [TrainableGraph]
  /// B_k of every block but the last, classes × numbers.
  private let feedback: [[Float]]
  private let sites: SiteDesign
  private let loss: Loss
  private let optimizer: Optimizer
  private let rate: Float
  private let key: StreamKey
  private var stepCount = 0

  /// Reads `network`, `loss`, `optimizer`, `maps` (what holds the weights), and the rule's own `scale` and `blocks`.
  public init(_ setup: TrainingSetup) throws {
    (optimizer, rate) = setup.optimizer()
    loss = setup.loss()
    key = setup.key
    sites = try SiteDesign(maps: setup)
    let scale = Float(setup.rule.number("scale", in: 1e-6...1e3, default: 1))
    let ends =
      setup.rule.has("blocks")
      ? setup.rule.child("blocks").elements().compactMap { $0.text() } : nil
    let network = TrainingNetwork(setup)
    do {
      blocks = try Self.blocks(network, endingAfter: ends, sites: sites, key: setup.key)
    } catch let error as InputError {
      setup.network.fault(TrainingNetwork.text(of: error))
      blocks = try Self.blocks(
        TrainingNetwork(sizes: [setup.inputCount, setup.classCount], key: setup.key),
        endingAfter: nil, sites: .digital, key: setup.key)
    }
    let classes = blocks[blocks.count - 1].outputCount
    let deviation = scale / Float(classes).squareRoot()
    feedback = blocks.dropLast().enumerated().map { k, block in
      Noise.normal(classes * block.outputCount, setup.key.child("feedback").child(k)).map {
        deviation * $0
      }
    }
  }

  /// The blocks of `network`, which hold weights each.
  /// - Throws: `InputError` where it cannot be cut, or a layer is too large.
  private static func blocks(
    _ network: TrainingNetwork, endingAfter ends: [String]?, sites: SiteDesign, key: StreamKey
  ) throws -> [TrainableGraph] {
    let title = "trained by direct feedback"
    let whole = network.description(title: title)
    let ranges =
      try ends.map { try whole.blocks(endingAfter: $0, source: title) }
      ?? whole.blocks(source: title)
    var first = 0
    return try ranges.map { range in
      let block = try TrainableGraph(whole.part(range, source: title), firstSite: first) {
        try sites.site(
          $0, loop: network.loop(of: $0), key: key.child("cells").child(first + $0.index))
      }
      first += block.structure.sites.count
      return block
    }
  }

  /// A forward pass; `body` while the values of all blocks are there.
  private mutating func forward<Result>(
    _ x: Matrix<Float>, _ pass: TrainingPass,
    _ body: (inout DirectFeedback, Matrix<Float>) -> Result
  ) -> Result {
    let samples = x.rowCount
    return x.elements.withUnsafeBufferPointer { x in
      var value = x.baseAddress!
      for k in blocks.indices {
        blocks[k].begin(pass, samples: samples)
        value = blocks[k].forward(value, samples: samples, pass)
      }
      let count = samples * blocks[blocks.count - 1].outputCount
      let outputs = Matrix(
        rowCount: samples, columnCount: count / samples,
        elements: Array(UnsafeBufferPointer(start: value, count: count)))
      return body(&self, outputs)
    }
  }

  /// A step of all blocks.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let pass = sites.pass(
      key.child("read").child(batch.step), isTraining: true, step: batch.step,
      fixed: key.child("chip"))
    let rate = rate * batch.gain
    let change = SiteChange.local(
      optimizer: optimizer, rate: rate, pulseRate: (sites.pulseRate ?? 0) * batch.gain,
      step: stepCount)
    let result = forward(batch.x, pass) { rule, outputs in
      var error = outputs
      let value = rule.loss.evaluate(outputs, labels: batch.labels[...], gradient: &error)
      for k in rule.blocks.indices {
        var gradient =
          k == rule.blocks.count - 1 ? error.elements : rule.projected(error, block: k)
        gradient.withUnsafeMutableBufferPointer {
          rule.blocks[k].backward($0.baseAddress!, change)
        }
        rule.blocks[k].updateOperations(rule.optimizer, rate: rate, step: rule.stepCount)
      }
      return StepResult(
        loss: value, right: Classification.correctCount(outputs, labels: batch.labels[...]))
    }
    stepCount += 1
    return result
  }

  /// e·B_k, samples × numbers.
  private func projected(_ error: Matrix<Float>, block k: Int) -> [Float] {
    product(
      error,
      Matrix(
        rowCount: error.columnCount, columnCount: blocks[k].outputCount, elements: feedback[k])
    ).elements
  }

  /// The outputs of the last block.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    forward(x, sites.pass(key, isTraining: false, step: nil, fixed: self.key.child("chip"))) {
      $1
    }
  }

  /// Shows `visitor` the weights, what the optimizer remembers and the step; the feedback follows from the seed.
  public mutating func visit(_ visitor: inout SavedState) {
    visitor.integer("step", &stepCount)
    for k in blocks.indices { blocks[k].visit(&visitor) }
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws { try take(.restore, from: state) }
  /// What chips that hold the weights keep for some time only.
  public var optionalState: [String: [Int]] { saved.optional }

  /// Pulses, where devices get any.
  public func report() -> [RuleFigure] {
    RuleFigure.pulses(of: blocks.flatMap { $0.sites.pulsedArrays })
  }

  /// The blocks one behind the other.
  public func exported() -> NetworkDescription {
    var result = blocks[0].exported()
    for block in blocks.dropFirst() { result.append(block.exported()) }
    return result
  }
}
