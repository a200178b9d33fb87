/// The numbers of the forward-forward rule; the defaults are those of its author's published code.
public struct ForwardForwardRule: Sendable, Hashable {
  /// What the layers must be quiet on.
  public enum Negatives: String, Sendable, CaseIterable {
    /// The sample with a wrong label, one that the softmax head finds likely. Needs labels.
    case labels
    /// A blend of two samples under a mask of large patches: the layers learn without labels, only the
    /// softmax head sees them.
    case hybrids
  }

  /// What the layers must be quiet on.
  public var negatives = Negatives.labels
  /// How often the masks of hybrids are blurred: the more, the larger their patches.
  public var maskBlurs = 6
  /// The learning rate of the layers.
  public var rate: Float = 0.01
  /// The learning rate of the softmax head.
  public var headRate: Float = 0.1
  /// Weight cost of the layers, per step and unit of rate.
  public var weightCost: Float = 0.002
  /// Weight cost of the softmax head.
  public var headWeightCost: Float = 0.003
  /// How much of the old gradient stays in the smoothed one.
  public var smoothing: Float = 0.9
  /// λ of peer normalization.
  public var peerNormalization: Float = 0.03
  /// θ as a multiple of the number of units.
  public var threshold: Float = 1
  /// The strength of the pixel that stands for the label.
  public var labelStrength: Float = 1

  /// The published numbers.
  public init() {}
}
