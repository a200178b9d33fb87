import ArrayFiles
import InputOutput
import Randomness
import StrictYAML

/// What the targets of a task are.
public enum TargetKind: String, Sendable {
  /// A class per sample or place.
  case classes
  /// Numbers to be reproduced.
  case numbers
  /// Numbers from 0 to 1: of two classes, or of several labels at a time.
  case probabilities

  /// The losses that go with it, the default first.
  public var losses: [Loss] {
    switch self {
    case .classes: [.crossEntropy, .meanSquaredError]
    case .numbers: [.meanSquaredError]
    case .probabilities: [.binaryCrossEntropy]
    }
  }
}

/// What a rule is made from: the run file's sections and the sizes of the task.
///
/// A section that a rule does not ask for is refused where it stands in the file.
public struct TrainingSetup {
  /// The shape of one sample.
  public let inputShape: [Int]
  /// How many classes; where the targets are numbers, how many a sample has.
  public let classCount: Int
  /// What the targets are.
  public let targets: TargetKind
  /// How many labels belong to a sample: more than 1 for sequences.
  public let labelsPerSample: Int
  /// Samples a step.
  public let batch: Int
  /// Steps an epoch.
  public let stepsPerEpoch: Int
  /// Epochs of the run.
  public let epochs: Int
  /// How many training samples there are.
  public let sampleCount: Int
  /// The root of all random numbers of the rule.
  public let key: StreamKey
  /// Two kinds of samples with their pairs of classes, for rules that read them; else `nil`.
  package let pairs: PairedSamples?
  private let root: StrictNode

  /// - Parameters:
  ///   - root: the run file.
  ///   - sampleCount: training samples; `nil` for as many as an epoch has steps for.
  public init(
    root: StrictNode, inputShape: [Int], classCount: Int, labelsPerSample: Int = 1,
    targets: TargetKind = .classes, batch: Int, stepsPerEpoch: Int, epochs: Int,
    sampleCount: Int? = nil, key: StreamKey
  ) {
    self.init(
      root: root, inputShape: inputShape, classCount: classCount,
      labelsPerSample: labelsPerSample, targets: targets, batch: batch,
      stepsPerEpoch: stepsPerEpoch, epochs: epochs, sampleCount: sampleCount, pairs: nil, key: key)
  }

  /// The setup of a task of two kinds of samples, where there are `pairs`.
  package init(
    root: StrictNode, inputShape: [Int], classCount: Int, labelsPerSample: Int = 1,
    targets: TargetKind = .classes, batch: Int, stepsPerEpoch: Int, epochs: Int,
    sampleCount: Int? = nil, pairs: PairedSamples?, key: StreamKey
  ) {
    self.pairs = pairs
    self.sampleCount = sampleCount ?? batch * stepsPerEpoch
    self.targets = targets
    self.root = root.renaming(["optimizer": "optimiser"])
    self.inputShape = inputShape
    self.classCount = classCount
    self.labelsPerSample = labelsPerSample
    self.batch = batch
    self.stepsPerEpoch = stepsPerEpoch
    self.epochs = epochs
    self.key = key
  }

  /// The same task read from another run file.
  package func reading(_ root: StrictNode) -> TrainingSetup {
    TrainingSetup(
      root: root, inputShape: inputShape, classCount: classCount, labelsPerSample: labelsPerSample,
      targets: targets, batch: batch, stepsPerEpoch: stepsPerEpoch, epochs: epochs,
      sampleCount: sampleCount, pairs: pairs, key: key)
  }

  /// The setup of a part of the network that has sections of its own under `key`; `nil` where there is
  /// none.
  func part(_ key: String) -> TrainingSetup? {
    guard root.has(key) else { return nil }
    return TrainingSetup(
      root: root.child(key), inputShape: inputShape, classCount: classCount,
      labelsPerSample: labelsPerSample, targets: targets, batch: batch,
      stepsPerEpoch: stepsPerEpoch, epochs: epochs, sampleCount: sampleCount, pairs: pairs,
      key: self.key.child(key))
  }

  /// A section that only some rules have.
  func section(_ key: String) -> StrictNode { root.mapping(key, required: false) }

  /// How many numbers a sample has.
  public var inputCount: Int { inputShape.reduce(1, *) }
  /// The keys of the rule itself.
  public var rule: StrictNode {
    root.child("rule").renaming([
      "standardize": "standardise", "peer-normalization": "peer-normalisation",
    ])
  }
  /// The network's layers.
  public var network: StrictNode { root.mapping("network", required: false) }
  /// The device.
  public var device: StrictNode { root.child("device") }
  /// The arrays: tiles, wires, mapping.
  public var array: StrictNode { root.mapping("array", required: false) }
  /// The converters at the arrays' inputs and outputs.
  public var converters: StrictNode { root.mapping("converters", required: false) }

  /// The weights that `start` names: the folder of an earlier run, or its checkpoint. `nil` where nothing
  /// is said, and training begins with random weights.
  /// - Throws: `InputError` where there is no such checkpoint, or it cannot be read.
  func startingWeights() throws(InputError) -> NamedArrays? {
    guard root.has("start") else { return nil }
    let path = root.text("start")
    guard !path.isEmpty else { return nil }
    try InputFile.checkPath(path)
    let isFile = path.hasSuffix(".safetensors")
    return try Safetensors.read(path: isFile ? path : "\(path)/checkpoint.safetensors")
  }

  /// The loss under `loss`, one of those that go with the targets: by default cross-entropy for classes, the
  /// mean squared error for numbers.
  /// - Parameter losses: those that the rule can take, at least one; all unless something else is said.
  public func loss(among losses: [Loss]? = nil) -> Loss {
    let allowed = losses ?? targets.losses
    return Loss(
      rawValue: root.choice("loss", of: allowed.map(\.rawValue), default: allowed[0].rawValue))
      ?? allowed[0]
  }

  /// The optimizer and its learning rate under `optimizer`: `{name: sgd, rate: 0.1}` where nothing is
  /// said.
  public func optimizer() -> (optimizer: Optimizer, rate: Float) {
    let node = root.mapping("optimizer", required: false)
    let name = node.choice("name", of: ["sgd", "adam"], default: "sgd")
    let rate = Float(node.number("rate", in: 0...1e3, default: name == "sgd" ? 0.1 : 1e-3))
    let decay = Float(node.number("weight-decay", in: 0...1, default: 0))
    if name == "sgd" {
      let momentum = Float(node.number("momentum", in: 0...0.9999, default: 0))
      return (.sgd(momentum: momentum, weightDecay: decay), rate)
    }
    return (
      .adam(
        beta1: Float(node.number("beta1", in: 0...0.99999, default: 0.9)),
        beta2: Float(node.number("beta2", in: 0...0.999999, default: 0.999)),
        epsilon: Float(node.number("epsilon", in: 1e-12...1, default: 1e-8)), weightDecay: decay),
      rate
    )
  }
}
