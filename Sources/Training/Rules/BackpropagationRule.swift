import ArrayFiles
import LinearAlgebra
import Networks
import Randomness

/// Digital backpropagation: the baseline of every other rule.
public struct BackpropagationRule: TrainingRule {
  public static let name = "backpropagation"
  public static let summary = "Backpropagation of errors with 32-bit floats, all of it digital."

  public static let readsSequences = true

  private var network: Backpropagation
  private let rate: Float

  /// Reads `network`, `loss` and `optimizer`.
  public init(_ setup: TrainingSetup) throws {
    let (optimizer, rate) = setup.optimizer()
    self.rate = rate
    let start = TrainingNetwork(setup)
    network = try setup.trained(start, optimizer: optimizer, title: "trained by backpropagation") {
      DigitalSite($0, loop: start.loop(of: $0))
    }
    if let weights = try setup.startingWeights() { try network.start(from: weights) }
  }

  /// A step against the gradient.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let loss = network.train(batch.x, labels: batch.labels[...], rate: rate * batch.gain)
    return StepResult(loss: loss, right: network.correctCount(labels: batch.labels[...]))
  }

  /// The outputs; there is no noise.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    network.outputs(x, key: key)
  }

  /// Weights, the optimizer's memory and the step.
  public func state() -> [(name: String, array: NumericArray)] { network.state() }
  /// What sites keep for some time only.
  public var optionalState: [String: [Int]] { network.optionalState }
  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws { try network.restore(state) }
  /// The network with its weights.
  public func exported() -> NetworkDescription { network.exported() }
}
