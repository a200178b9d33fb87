import ArrayFiles
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// Backpropagation through a model of fixed physics, which goes stale when the physics changes: what
/// physical local learning is held against.
public struct PhysicalBackpropagationTraining: TrainingRule {
  public static let name = "physical-backpropagation"
  public static let summary =
    "Backpropagation through a model of fixed random crossbars as they were at the start."

  private var network: PhysicalBackpropagation
  private let frame: PhysicalFrame
  private var scaling: FeatureScaling?

  /// Reads `array` (the physics), `network.width`, `network.blocks` and `rule.rate`.
  public init(_ setup: TrainingSetup) throws {
    frame = PhysicalFrame(setup)
    scaling =
      setup.rule.flag("standardise", default: false) ? FeatureScaling(frame.inputCount) : nil
    network = PhysicalBackpropagation(
      inputs: frame.inputCount, width: frame.width, blockCount: frame.blocks,
      classes: setup.classCount, skips: frame.skips,
      rate: Float(setup.rule.number("rate", in: 0...10, default: 5e-4)), key: setup.key,
      physics: frame.physics)
  }

  /// A step of Adam.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    if let change = frame.perturbation(at: batch) { network.perturb(change, key: frame.changeKey) }
    var x = frame.features(batch.x)
    scaling?.fit(x)
    x = scaling?.scaled(x) ?? x
    return StepResult(loss: network.train(x, labels: batch.labels, gain: batch.gain), right: 0)
  }

  /// The logits.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    network.outputs(scaled(x), key: key)
  }

  private func scaled(_ x: Matrix<Float>) -> Matrix<Float> {
    let features = frame.features(x)
    return scaling?.scaled(features) ?? features
  }

  /// The maps, Adam's memory and the converters' ranges; the physics follows from the seed.
  public func state() -> [(name: String, array: NumericArray)] {
    var copy = self
    var visitor = InSituState()
    copy.network.visit(&visitor)
    copy.scaling?.visit(&visitor)
    return visitor.entries
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws {
    var visitor = InSituState(restoring: state)
    network.visit(&visitor)
    scaling?.visit(&visitor)
    if let fault = visitor.fault { throw fault }
    if let change = frame.perturbation(before: network.stepCount) {
      network.perturb(change, key: frame.changeKey)
    }
  }

  /// The digital maps.
  public func exported() -> NetworkDescription {
    PhysicalFrame.exported(network.blocks, title: "trained through a model of the physics")
  }
}
