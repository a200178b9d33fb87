import StrictYAML

/// Three factors: a fading trace of the inputs, the slope of the output's spike at its potential, and an error that a fixed
/// random matrix sends to every unit:
///
///     ΔWᵢⱼ = −rate·Lⱼ·Σₜ ψⱼ(t)·εᵢ(t),  ε ← α·ε + x̄,  x̄ ← κ·x̄ + x,  L = ∂E/∂z·B
///
/// with α and κ the decays of the membrane and the synapses, ψ the surrogate slope and z the outputs of the network. No
/// error goes back through time, through the weights of another layer, or from unit to unit (Bellec et al., Nature
/// Communications 11, 3625, 2020: e-prop with random broadcast, for neurons without adaptation).
package struct ThreeFactorLaw: PlasticityLaw {
  package static let name = "three-factor"
  package var readsErrors: Bool { true }

  /// The law.
  package init() {}

  /// It has no keys: α and κ are those of the units.
  package init(reading node: StrictNode) {}

  package func add(_ activity: SiteActivity, to requests: inout UpdateRequests) {
    guard let (slopes, errors) = activity.errors else { return }
    var filtered = SpikeTrace(activity.inputs, factor: activity.units.synapseDecay)
    var eligible = SpikeTrace(activity.inputs, factor: activity.units.decay)
    var d = [Float](repeating: 0, count: activity.outputs)
    for t in 0..<activity.steps {
      filtered.advance(activity.inputs(t))
      filtered.values.withUnsafeBufferPointer { eligible.advance($0.baseAddress!) }
      let slope = slopes + t * activity.outputs
      for j in d.indices { d[j] = slope[j] * errors[j] }
      requests.add(eligible.values, d, factor: -1)
    }
  }
}
