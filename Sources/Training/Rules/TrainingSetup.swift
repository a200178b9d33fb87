import ArrayFiles
import InputOutput
import Randomness
import StrictYAML

/// What a rule is made from: the run file's sections and the sizes of the task.
///
/// A section that a rule does not ask for is refused where it stands in the file.
public struct TrainingSetup {
  /// The shape of one sample.
  public let inputShape: [Int]
  /// How many classes.
  public let classCount: Int
  /// How many labels belong to a sample: more than 1 for sequences.
  public let labelsPerSample: Int
  /// Samples a step.
  public let batch: Int
  /// Steps an epoch.
  public let stepsPerEpoch: Int
  /// Epochs of the run.
  public let epochs: Int
  /// The root of all random numbers of the rule.
  public let key: StreamKey
  private let root: StrictNode

  /// - Parameter root: the run file.
  public init(
    root: StrictNode, inputShape: [Int], classCount: Int, labelsPerSample: Int = 1, batch: Int,
    stepsPerEpoch: Int, epochs: Int, key: StreamKey
  ) {
    self.root = root.renaming(["optimizer": "optimiser"])
    self.inputShape = inputShape
    self.classCount = classCount
    self.labelsPerSample = labelsPerSample
    self.batch = batch
    self.stepsPerEpoch = stepsPerEpoch
    self.epochs = epochs
    self.key = key
  }

  /// The setup of a part of the network that has sections of its own under `key`; `nil` where there is
  /// none.
  func part(_ key: String) -> TrainingSetup? {
    guard root.has(key) else { return nil }
    return TrainingSetup(
      root: root.child(key), inputShape: inputShape, classCount: classCount,
      labelsPerSample: labelsPerSample, batch: batch, stepsPerEpoch: stepsPerEpoch, epochs: epochs,
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
    let isFile = path.hasSuffix(".safetensors")
    return try Safetensors.read(path: isFile ? path : "\(path)/checkpoint.safetensors")
  }

  /// The loss under `loss`: cross-entropy where nothing is said.
  public func loss() -> Loss {
    Loss(
      rawValue: root.choice(
        "loss", of: Loss.allCases.map(\.rawValue), default: Loss.crossEntropy.rawValue))
      ?? .crossEntropy
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
