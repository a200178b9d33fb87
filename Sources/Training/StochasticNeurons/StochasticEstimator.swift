/// How a gradient is had through neurons that fire at random.
///
/// Pre-activation a, probability p(a) by the `FiringLaw`, output h. Source: Y. Bengio, N. Léonard, A. Courville,
/// arXiv 1308.3432.
public enum StochasticEstimator: Sendable, Hashable {
  /// h = 1 with probability p; ∂L/∂a is estimated by s·(L − L̄) with the score
  /// s = (h − p)·p′/(p(1 − p)) and the baseline of least variance, L̄ = E[s²·L]/E[s²] a unit. Unbiased; needs no gradient from above.
  case reinforce
  /// h = √p with probability √p, else 0, so that E[h] = p; the gradient goes through √p while the
  /// draw is held: ∂h/∂a = b·p′/(2√p).
  case stochasticTimesSmooth
  /// h = max(0, a + n), n normal with the deviation given; the gradient goes where h > 0.
  case noisyRectifier(deviation: Float)
  /// h = 1 with probability p; the gradient at h is taken for that at a, times p′ where
  /// `derivative` says so.
  case straightThrough(derivative: Bool)
}
