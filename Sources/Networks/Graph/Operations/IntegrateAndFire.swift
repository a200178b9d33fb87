internal import CActivationKernels

/// The law of leaky integrate-and-fire neurons in discrete time; potentials, currents and thresholds have one unit.
///
/// With the current I of a step, the spike S ∈ {0, 1} of the step before and V' the potential after its reset:
///
///     J ← κ·J + I − g·Σₖ Sₖ              current of the synapses; the sum is over the other neurons of the layer
///     V = max(floor, α·V' − leak + J)    or `resetValue` during the refractory steps
///     S = 1 where V > θ + b + a, outside of the refractory steps; with a single winner only where V − θ − b − a is largest
///     V' = the potential after the reset, a ← ρ·a + δ·S
///
/// b is a number of each neuron (0 unless the layer has such thresholds), which rules of plasticity move slowly.
/// α = exp(−Δt/τ) of the membrane, κ = exp(−Δt/τ) of the synapse, ρ that of the adaptation (Gerstner and Kistler,
/// Spiking Neuron Models, 2002, chapter 4; adaptive thresholds as in Bellec et al., arXiv 1803.09574).
public struct IntegrateAndFire: Sendable, Hashable {
  /// What a spike does to the potential.
  public enum Reset: String, Sendable, Hashable, CaseIterable {
    /// V' = resetValue.
    case value
    /// V' = V − (θ + a).
    case subtract
    /// V' = V.
    case none
  }

  /// The part of the potential that is left after a step, 0 … 1.
  public var decay: Float = 0.9
  /// What every step subtracts from the potential.
  public var leak: Float = 0
  /// The threshold θ without adaptation.
  public var threshold: Float = 1
  /// What a spike does to the potential.
  public var reset = Reset.value
  /// The potential after a spike, where the reset is `value`, and during refractory steps.
  public var resetValue: Float = 0
  /// Steps after a spike in which the neuron neither integrates nor fires.
  public var refractorySteps = 0
  /// The lowest potential.
  public var floor = -Float.infinity
  /// The part κ of the current of the synapses that is left after a step, 0 … 1.
  public var synapseDecay: Float = 0
  /// What a spike adds to the threshold, δ.
  public var adaptation: Float = 0
  /// The part ρ of the added threshold that is left after a step, 0 … 1.
  public var adaptationDecay: Float = 0.99
  /// The lateral inhibition g: what a spike takes from the current of every other neuron of the layer in the next step.
  public var inhibition: Float = 0
  /// Whether at most one neuron of the layer fires in a step, the one farthest above its threshold.
  public var hasSingleWinner = false
  /// What stands for the derivative of a spike with respect to the potential.
  public var surrogate = SurrogateGradient(shape: .rectangular, width: 0.25)
  /// Whether gradients also pass the spike in the reset.
  public var passesReset = true

  /// The usual law; see the members.
  public init() {}
}

/// A function in the place of the derivative of a step, dS/dV, in training.
public struct SurrogateGradient: Sendable, Hashable {
  /// The shape; u is the potential above the threshold, w the width.
  public enum Shape: String, Sendable, Hashable, CaseIterable {
    /// 1/(2w) where |u| < w (Wu et al., arXiv 1706.02609).
    case rectangular
    /// The slope of σ(u/w).
    case sigmoid
    /// The slope of arctan(π·u/(2w))/π: 1/(2w·(1 + (π·u/(2w))²)) (Fang et al., arXiv 2007.05785, with w = 1/α).
    case arctangent
  }

  /// The shape.
  public var shape: Shape
  /// The width w, positive, in the unit of the potential.
  public var width: Float

  /// A surrogate gradient; see the members.
  public init(shape: Shape, width: Float) { (self.shape, self.width) = (shape, width) }
}

extension IntegrateAndFire {
  /// The law as the kernels take it.
  var numbers: ow_fire_law {
    ow_fire_law(
      decay: decay, leak: leak, threshold: threshold, reset_value: resetValue, floor: floor,
      synapse_decay: synapseDecay, adaptation: adaptation, adaptation_decay: adaptationDecay,
      refractory_steps: Float(refractorySteps), reset: Self.place(reset),
      surrogate: Self.place(surrogate.shape), width: surrogate.width,
      passes_reset: passesReset ? 1 : 0, inhibition: inhibition,
      has_single_winner: hasSingleWinner ? 1 : 0, has_thresholds: 0)
  }

  /// The number of a case in the order of its type, which is that of the kernels.
  private static func place<Choice: CaseIterable & Equatable>(_ choice: Choice) -> Int32 {
    for (k, other) in Choice.allCases.enumerated() where other == choice { return Int32(k) }
    return 0
  }
}

/// The law of units with a continuous state.
public enum RateUnit: Sendable, Hashable {
  /// h ← (1 − leak)·h + leak·tanh(I): the leaky integrator of echo state networks (Jaeger et al., Neural Networks 20,
  /// 335, 2007); leak in 0 … 1.
  case tanh(leak: Float)
  /// V ← decay·V + I, r = 1/(1 + exp(−gain·(V − threshold))).
  case sigmoid(decay: Float, gain: Float, threshold: Float)
}
