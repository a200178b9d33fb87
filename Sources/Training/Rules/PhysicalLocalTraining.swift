import ArrayFiles
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// Physical local learning on random crossbars, from run files.
public struct PhysicalLocalTraining: TrainingRule {
  public static let name = "physical-local"
  public static let summary =
    "Physical local learning: fixed random crossbars between digital maps that learn locally."

  private var network: PhysicalLocalLearning
  private let frame: PhysicalFrame
  private var scaling: FeatureScaling?

  /// Reads `array` (the physics), `network.width`, `network.blocks` and the rule's keys.
  public init(_ setup: TrainingSetup) throws {
    var settings = PhysicalLocalLearning.Settings()
    let node = setup.rule
    settings.sharpness = Float(node.number("sharpness", in: 0.01...1000, default: 4))
    settings.rate = Float(node.number("rate", in: 0...10, default: 5e-4))
    settings.innerSteps = node.integer("inner-steps", in: 1...1000, default: 10)
    let overlay = node.choice(
      "label", of: PhysicalLocalLearning.Overlay.allCases.map(\.rawValue), default: "prepend")
    settings.overlay = PhysicalLocalLearning.Overlay(rawValue: overlay) ?? .prepend
    frame = PhysicalFrame(setup)
    scaling =
      setup.rule.flag("standardise", default: false) ? FeatureScaling(frame.inputCount) : nil
    var inputs = frame.inputCount
    if settings.overlay == .replace && inputs < setup.classCount {
      node.child("label").fault("a sample has fewer numbers than there are classes: prepend them")
      inputs = setup.classCount
    }
    network = PhysicalLocalLearning(
      inputs: inputs, width: frame.width, blockCount: frame.blocks, classes: setup.classCount,
      skips: frame.skips, settings: settings, key: setup.key, physics: frame.physics)
  }

  /// `inner-steps` steps of every block.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    if let change = frame.perturbation(at: batch) { network.perturb(change, key: frame.changeKey) }
    var x = frame.features(batch.x)
    scaling?.fit(x)
    x = scaling?.scaled(x) ?? x
    let loss = network.train(x, labels: batch.labels.map(Int.init), gain: batch.gain)
    return StepResult(loss: loss, right: 0)
  }

  /// Goodness summed over the blocks, with each label in turn.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    network.scores(scaled(x), key: key)
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
    if let change = frame.perturbation(before: network.batchCount) {
      network.perturb(change, key: frame.changeKey)
    }
  }

  /// The digital maps.
  public func exported() -> NetworkDescription {
    PhysicalFrame.exported(network.blocks, title: "trained by physical local learning")
  }
}
