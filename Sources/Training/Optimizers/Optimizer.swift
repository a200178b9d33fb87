/// How gradients become steps.
public enum Optimizer: Sendable, Hashable {
  /// m ← μ·m + g + λ·w, w ← w − η·m. With μ = 0 plain gradient descent.
  case sgd(momentum: Float = 0, weightDecay: Float = 0)
  /// m ← keep·m + (1 − keep)·g, w ← w − η·(m + λ·w): a running mean of the gradients, with weight decay.
  case averaged(keep: Float, weightDecay: Float)
  /// Adam (Kingma and Ba, arXiv 1412.6980); with `weightDecay` the decoupled decay of AdamW
  /// (Loshchilov and Hutter, arXiv 1711.05101).
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
}
