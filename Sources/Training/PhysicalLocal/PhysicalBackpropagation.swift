import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Backpropagation through a model of the physics: the forward pass runs through the crossbars as they
/// are, the backward pass through the crossbars as they were when the network was made.
///
/// "Physics-aware training" (Wright et al., Nature 601, 549, 2022, doi 10.1038/s41586-021-04223-6) with
/// a model that is exact at first and goes stale when the physics changes.
struct PhysicalBackpropagation: PhysicalNetwork {
  static let ruleName = "physical-backpropagation"

  private var network: Backpropagation
  private let sites: SiteDesign
  private let rate: Float
  private let key: StreamKey

  /// Reads `rate` of the rule.
  init(_ setup: TrainingSetup, _ frame: PhysicalFrame) throws {
    rate = Float(setup.rule.number("rate", in: 0...10, default: 5e-4))
    key = setup.key
    sites = frame.sites
    let start = frame.network(setup, inputShape: frame.inputShape, outputs: setup.classCount)
    var number = 0
    network = try setup.trained(
      start, optimizer: .adam(), title: "trained through a model of the physics"
    ) { site in
      let own = try frame.site(site, of: start, number: number)
      if !(own is FixedCrossbarSite) { number += 1 }
      return own
    }
  }

  var batchCount: Int { network.step }
  var pulsedArrays: [any InSituRule] { network.pulsedArrays }

  /// A step of Adam on a batch, or of pulses on the devices that hold the weights; the mean loss before it.
  mutating func train(_ x: Matrix<Float>, labels: [Int32], gain: Float) -> Double {
    network.train(
      x, labels: labels[...], rate: rate * gain,
      pass: sites.pass(
        key.child("read").child(batchCount), isTraining: true, step: batchCount,
        fixed: key.child("chip")),
      pulseRate: sites.pulseRate.map { $0 * gain })
  }

  /// The logits, samples × classes.
  mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    network.outputs(
      x, key: key, chip: sites.hardware?.sampling == .fixed ? self.key.child("chip") : nil)
  }

  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    network.perturb(perturbation, key: key)
  }

  mutating func visit(_ visitor: inout SavedState) { network.visit(&visitor) }

  func exported(_ features: NetworkDescription) -> NetworkDescription {
    var result = features
    result.append(network.exported())
    return result
  }
}
