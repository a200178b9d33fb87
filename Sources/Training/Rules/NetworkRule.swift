import ArrayFiles
import LinearAlgebra
import Networks
import Randomness

/// A rule that trains a whole network through all of its layers: outputs, what is saved and what is exported are
/// the network's, and a step descends its gradient unless the rule has one of its own.
protocol NetworkRule: TrainingRule {
  /// The network as it learns.
  var network: Backpropagation { get set }
  /// The learning rate before the schedule's factor.
  var rate: Float { get }
}

extension NetworkRule {
  /// A step against the gradient.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let loss = network.train(batch, rate: rate * batch.gain)
    return network.result(loss, of: batch)
  }

  /// The outputs of the network.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    network.outputs(x, key: key)
  }

  /// Weights or devices, the memory of optimizers and sites, and the step.
  public func state() -> [(name: String, array: NumericArray)] { network.state() }
  /// What sites keep for some time only.
  public var optionalState: [String: [Int]] { network.optionalState }
  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws { try network.restore(state) }
  /// The network with its weights as they are read.
  public func exported() -> NetworkDescription { network.exported() }
}
