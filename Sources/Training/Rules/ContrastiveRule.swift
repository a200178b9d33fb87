import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Two networks whose embeddings of samples that belong together become similar, as in CLIP (Radford et al., arXiv 2103.00020):
/// zero-shot transfer of classes from one kind of samples to another, also behind fixed random liquids (Lin et al., Nature
/// Computational Science, 2025, arXiv 2307.00771).
///
/// Every sample of a step meets a sample of its pair of classes from the other kind, drawn by the step. A sample is classified
/// by the cosines of its embedding with the directions of the mean embeddings of the classes of the other kind.
public struct ContrastiveRule: TrainingRule, SavedByVisit {
  public static let name = "contrastive"
  public static let readsPairs = true

  /// The largest factor on the cosines, as in CLIP.
  private static let largestScale: Float = 100

  var data: ContrastiveBranch
  var partner: ContrastiveBranch
  /// ln of the factor on the cosines.
  var logarithm: Parameter
  private let learnsTemperature: Bool
  /// How many training samples of a class its mean embedding takes.
  let gallery: Int
  private let optimizer: Optimizer
  private let rate: Float
  let key: StreamKey
  let samples: PairedSamples
  /// The partner's training samples of each trained pair.
  private let partners: [[Int]]
  private var stepCount = 0
  /// The directions of the partner's classes after so many steps.
  private var classes: (step: Int, directions: UnitVectors)?

  /// Reads `network`, `partner.network`, `optimizer`, and the rule's own `temperature`, `learned-temperature` and `gallery`.
  /// - Throws: `InputError` where the setup has no pairs.
  public init(_ setup: TrainingSetup) throws {
    guard let samples = setup.pairs, let other = setup.part("partner") else {
      throw InputError(
        "rule '\(Self.name)'",
        "it needs two kinds of samples: the section 'partner' names the other")
    }
    self.samples = samples
    partners = (0..<samples.trainedCount).map { pair in
      samples.partner.train.pairs.indices.filter {
        samples.partner.train.pairs[$0] == Int32(pair)
      }
    }
    let temperature = setup.rule.number("temperature", in: 0.01...100, default: 1)
    logarithm = Parameter([-Float(log(temperature))], decays: false)
    learnsTemperature = setup.rule.flag("learned-temperature", default: true)
    gallery = setup.rule.integer("gallery", in: 1...1 << 20, default: 100)
    (optimizer, rate) = setup.optimizer()
    key = setup.key
    data = try Self.branch(setup, setup.inputShape)
    partner = try Self.branch(other, samples.partner.shape)
    if data.dimensions != partner.dimensions {
      other.network.fault(
        "it gives embeddings of \(partner.dimensions) numbers, those of 'network' have \(data.dimensions)"
      )
    }
  }

  /// The branch under `network`; after a fault, which the file keeps, any allowed one.
  private static func branch(_ setup: TrainingSetup, _ shape: [Int]) throws -> ContrastiveBranch {
    let title = "trained by a contrastive loss"
    do {
      return try ContrastiveBranch(
        TrainingNetwork(setup, inputShape: shape, endsInClasses: false), title: title)
    } catch let error as InputError {
      setup.network.fault(TrainingNetwork.text(of: error))
      return try ContrastiveBranch(
        TrainingNetwork(sizes: [shape.reduce(1, *), setup.classCount], key: setup.key), title: title
      )
    }
  }

  /// A step on the samples of the batch and one sample of the partner for each. The share of right samples is that of
  /// samples whose most similar one in the batch belongs to their pair.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    var stream = RandomStream(key.child("partners").child(batch.step))
    let rows = batch.labels.map { label in
      let own = partners[Int(label)]
      return own[stream.index(below: own.count)]
    }
    let reads = key.child("read").child(batch.step)
    let a = data.embeddings(batch.x, Self.pass(reads, "data", isTraining: true))
    let b = partner.embeddings(
      samples.partner.train.picking(rows).x, Self.pass(reads, "partner", isTraining: true))
    let scale = exp(Double(logarithm.values[0]))
    let loss = ContrastiveLoss(a, b, pairs: batch.labels, scale: scale)
    let rate = rate * batch.gain
    data.descend(loss.gradientA, optimizer, rate: rate, step: stepCount)
    partner.descend(loss.gradientB, optimizer, rate: rate, step: stepCount)
    if learnsTemperature {
      logarithm.gradient[0] = Float(loss.scaleGradient)
      logarithm.update(optimizer, rate: rate, step: stepCount)
      logarithm.values[0] = min(logarithm.values[0], Float(log(Double(Self.largestScale))))
    }
    stepCount += 1
    return StepResult(loss: loss.value, right: loss.right)
  }

  private static func pass(_ key: StreamKey, _ side: String, isTraining: Bool) -> TrainingPass {
    TrainingPass(key: key.child(side), isTraining: isTraining)
  }

  /// The directions of the trained classes of the partner, as its network is now.
  private mutating func partnerClasses() -> UnitVectors {
    if let classes, classes.step == stepCount { return classes.directions }
    let made = directions(
      samples.partner, &partner, 0..<samples.trainedCount, key.child("classes").child(stepCount))
    classes = (stepCount, made)
    return made
  }

  /// The cosines of the embedding of each sample with the directions of the trained classes of the partner.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    let classes = partnerClasses()
    let cosines = Self.embed(x, by: &data, key: key).cosines(with: classes)
    return Matrix(
      rowCount: x.rowCount, columnCount: classes.rows.rowCount,
      elements: cosines.elements.map(Float.init))
  }

  /// Shows `visitor` both networks, the temperature and the step.
  public mutating func visit(_ visitor: inout SavedState) {
    visitor.integer("step", &stepCount)
    visitor.parameter("logit-scale", &logarithm, isWeight: true)
    data.visit(&visitor)
    visitor.scope = "partner."
    partner.visit(&visitor)
    visitor.scope = ""
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws {
    try take(.restore, from: state)
    classes = nil
  }
  /// What sites keep for some time only.
  public var optionalState: [String: [Int]] { saved.optional }

  /// The network of `data` and, behind it, the cosines with the trained classes of the partner (times the square root of the
  /// dimensions).
  public func exported() -> NetworkDescription {
    var own = self
    let directions = own.partnerClasses().rows
    var result = data.exported()
    var name = "partner-classes"
    while result.layers.contains(where: { $0.name == name }) { name += "-" }
    result.append(
      NetworkDescription(
        title: name, inputShape: [directions.columnCount],
        layers: [.lengthNormalization, .dense(name: name)],
        arrays: NamedArrays(
          source: name,
          [
            (
              "\(name).weight",
              NumericArray(
                shape: [directions.rowCount, directions.columnCount],
                floats: directions.elements.map(Float.init))
            )
          ])))
    return result
  }
}
