public import Randomness

/// What the layers and the sites need to know about one pass of a batch through the network.
public struct TrainingPass: Sendable {
  /// The key of all noise of this layer in this pass.
  public var key: StreamKey
  /// The key of the chip of this layer: passes with one key go through one chip.
  public var chip: StreamKey
  /// Whether a step follows. What only training does (drop-connect, say) does not happen otherwise.
  public var isTraining: Bool
  /// How much of the noise on weights counts, 0 … 1: it may rise in the course of a training.
  public var strength: Float
  /// What a training pass recomputes of the quantities that change little from step to step; each
  /// case includes those before it.
  public enum Renewal: Int, Sendable, Comparable {
    /// Nothing.
    case none
    /// The variances of reads, on chips that hold their weights exactly.
    case variances
    /// The factors of separable wires, from ladders and what these left out when the exact matrix was
    /// last found.
    case factors
    /// The exact matrix of wires.
    case exact

    /// By how much is recomputed.
    public static func < (a: Renewal, b: Renewal) -> Bool { a.rawValue < b.rawValue }
  }

  /// What a training pass recomputes; other passes recompute everything.
  public var renewal: Renewal
  /// Whether the backward pass goes on below this layer.
  public var passesErrors = true
  /// Whether statistics are taken from the samples of this pass and kept.
  public var estimates = false

  /// A pass; through a chip of its own where `chip` is `nil`.
  public init(
    key: StreamKey, isTraining: Bool, chip: StreamKey? = nil, strength: Float = 1,
    renewal: Renewal = .exact
  ) {
    self.renewal = renewal
    self.key = key
    self.isTraining = isTraining
    self.chip = chip ?? key
    self.strength = strength
  }

  /// The same pass for layer or site `index`: with noise and a chip of its own.
  package func layer(_ index: Int) -> TrainingPass {
    var pass = self
    pass.key = key.child(index)
    pass.chip = chip.child(index)
    return pass
  }
}
