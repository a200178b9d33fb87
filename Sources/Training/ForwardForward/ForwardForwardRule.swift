/// The numbers of the forward-forward rule; the defaults are those of its author's published code.
public struct ForwardForwardRule: Sendable, Hashable {
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
  /// λ of peer normalisation.
  public var peerNormalisation: Float = 0.03
  /// θ as a multiple of the number of units.
  public var threshold: Float = 1
  /// The strength of the pixel that stands for the label.
  public var labelStrength: Float = 1

  /// The published numbers.
  public init() {}
}
