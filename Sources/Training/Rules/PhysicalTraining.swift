import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// A network with fixed physics between layers that learn, as run files train it.
protocol PhysicalNetwork: Sendable {
  /// What run files call its rule.
  static var ruleName: String { get }
  /// How many batches were learnt.
  var batchCount: Int { get }
  /// The network at its first step; reads the rule's own keys.
  /// - Throws: the faults of a device's file.
  init(_ setup: TrainingSetup, _ frame: PhysicalFrame) throws
  /// The arrays of pulsed devices that hold weights.
  var pulsedArrays: [any InSituRule] { get }
  /// Learns one batch; the mean loss before.
  mutating func train(_ x: Matrix<Float>, labels: [Int32], gain: Float) -> Double
  /// The scores of the classes, samples × classes.
  mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float>
  /// Changes the physics of every block.
  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey)
  /// Shows `visitor` everything that the next step depends on.
  mutating func visit(_ visitor: inout SavedState)
  /// The network behind layers that make features of samples.
  func exported(_ features: NetworkDescription) -> NetworkDescription
}

/// Training of a physical network from run files: `array` (the physics), `network.width`,
/// `network.blocks`, the change of the physics during the run, and the rule's own keys.
struct PhysicalTraining<Network: PhysicalNetwork>: TrainingRule, SavedByVisit {
  static var name: String { Network.ruleName }

  private var network: Network
  private let frame: PhysicalFrame
  private var scaling: FeatureScaling?
  private let sampleKey: StreamKey

  init(_ setup: TrainingSetup) throws {
    frame = try PhysicalFrame(setup)
    scaling =
      setup.rule.flag("standardize", default: false)
      ? FeatureScaling(frame.inputShape.reduce(1, *)) : nil
    network = try Network(setup, frame)
    sampleKey = setup.key.child("sample")
  }

  mutating func step(_ batch: TrainingBatch) -> StepResult {
    if let change = frame.perturbation(at: batch) { network.perturb(change, key: frame.changeKey) }
    var x = frame.features(batch.x)
    scaling?.fit(x)
    x = scaling?.scaled(x) ?? x
    let (right, counted) = sampled(x, batch)
    return StepResult(
      loss: network.train(x, labels: batch.labels, gain: batch.gain), right: right, of: counted)
  }

  /// How many of a tenth of the batch are classified rightly: a pass a label for all of it would cost as
  /// much as the step. The first step, which sets the converters, counts none.
  private mutating func sampled(
    _ x: Matrix<Float>, _ batch: TrainingBatch
  ) -> (right: Int, counted: Int) {
    guard batch.step > 0 else { return (0, 0) }
    let count = (x.rowCount + 9) / 10
    let scores = network.outputs(
      x.block(rows: 0..<count, columns: 0..<x.columnCount),
      key: sampleKey.child(batch.step))
    return (Classification.correctCount(scores, labels: batch.labels[..<count]), count)
  }

  mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    let features = frame.features(x)
    return network.outputs(scaling?.scaled(features) ?? features, key: key)
  }

  /// Shows `visitor` the maps, Adam's memory and the converters' ranges; the physics follows from the seed.
  mutating func visit(_ visitor: inout SavedState) {
    network.visit(&visitor)
    scaling?.visit(&visitor)
  }

  /// What chips that hold the maps keep for some time only.
  var optionalState: [String: [Int]] { saved.optional }

  /// Back to a state, and to the physics as it was changed before it.
  mutating func restore(_ state: NamedArrays) throws {
    try take(.restore, from: state)
    if let change = frame.perturbation(before: network.batchCount) {
      network.perturb(change, key: frame.changeKey)
    }
  }

  /// Pulses, where devices get any.
  func report() -> [RuleFigure] { RuleFigure.pulses(of: network.pulsedArrays) }

  /// The whole network from samples to scores, with the fixed crossbars in it.
  func exported() -> NetworkDescription {
    network.exported(frame.exported(scaling, title: "trained by \(Network.ruleName)"))
  }
}
