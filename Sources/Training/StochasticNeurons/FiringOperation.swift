import LinearAlgebra
import Networks

/// What the layers of devices that fire at random have in common.
public struct NeuronDesign: Sendable {
  /// How the gradient is estimated.
  public var estimator: StochasticEstimator
  /// How often a device fires.
  public var law: FiringLaw
  /// The share of the time that a device should fire.
  public var target: Float
  /// How strongly the mean probability of each device is drawn to `target`; 0 for not at all.
  public var pull: Float

  /// A design; see the members.
  public init(
    estimator: StochasticEstimator, law: FiringLaw = .logistic, target: Float = 0.1, pull: Float = 0
  ) {
    self.estimator = estimator
    self.law = law
    self.target = target
    self.pull = pull
  }

  /// The function that replaces a device's mean in exported networks: the sigmoid, from which a device's law
  /// differs a little away from the middle, or the rectifier.
  var mean: Activation {
    if case .noisyRectifier = estimator { return .relu }
    return .sigmoid
  }
}

/// Devices that fire at random, one for each number of a value: the operation of a layer of neurons while it trains.
///
/// Draws come from `TrainableSites.firingKey`; without one the layer gives its mean. The buffers are the running means
/// of the estimator's baseline, the last one the share of devices that fired in the last hundred passes or so.
struct FiringOperation: LayerOperation {
  let design: NeuronDesign
  /// Which layer of neurons it is, from 0: its draws are keyed by it.
  let number: Int
  let outputShape: [Int]
  let storage = LayerStorage.own

  private var units: Int { outputShape.reduce(1, *) }

  var buffers: [OperationArray] {
    let zeros = [Float](repeating: 0, count: units)
    return [
      OperationArray(name: "weighted-loss", values: zeros),
      OperationArray(name: "weight", values: zeros),
      OperationArray(name: "firing", values: [-1]),
    ]
  }

  /// Baselines belong to training: the operation itself keeps none.
  func replacing(parameters: [[Float]], buffers: [[Float]]) -> any LayerOperation { self }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let count = context.samples * units
    output.update(from: inputs[0], count: count)
    mean(output, count: count)
  }

  private func mean(_ values: UnsafeMutablePointer<Float>, count: Int) {
    if design.mean == .relu {
      for i in 0..<count { values[i] = max(0, values[i]) }
    } else {
      for i in 0..<count { values[i] = design.law.probability(values[i]) }
    }
  }

  private func neurons(_ tape: OperationTape) -> StochasticNeurons {
    var neurons = StochasticNeurons(units: units, estimator: design.estimator, law: design.law)
    (neurons.weightedLoss, neurons.weight) = (tape.buffers[0], tape.buffers[1])
    return neurons
  }

  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    let count = context.samples * units
    guard let key = (context.engine as? TrainableSites)?.firingKey else {
      output.update(from: inputs[0], count: count)
      return mean(output, count: count)
    }
    let drives = Array(UnsafeBufferPointer(start: inputs[0], count: count))
    let fired = neurons(tape).fire(drives, key: key.child(number))
    fired.withUnsafeBufferPointer { output.update(from: $0.baseAddress!, count: count) }
    guard context.pass.isTraining else { return }
    let share = Float(fired.count { $0 > 0 }) / Float(count)
    let before = tape.buffers[2][0]
    tape.buffers[2][0] = before < 0 ? share : 0.99 * before + 0.01 * share
  }

  let adjointReads: AdjointReads = [.inputs, .output]

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let count = context.samples * units
    func array(_ pointer: UnsafePointer<Float>) -> [Float] {
      Array(UnsafeBufferPointer(start: pointer, count: count))
    }
    let drives = array(values.inputs[0])
    var neurons = neurons(tape)
    var error = neurons.gradient(
      drives, outputs: array(values.output), dh: array(UnsafePointer(values.outputGradient)),
      losses: (context.engine as? TrainableSites)?.sampleLosses ?? [])
    (tape.buffers[0], tape.buffers[1]) = (neurons.weightedLoss, neurons.weight)
    neurons.pull(
      drives, samples: context.samples, strength: design.pull, target: design.target, into: &error)
    guard let target = values.inputGradients[0] else { return }
    error.withUnsafeBufferPointer { target.update(from: $0.baseAddress!, count: count) }
  }
}
