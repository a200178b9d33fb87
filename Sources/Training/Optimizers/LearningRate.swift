import Foundation

/// The learning rate over a training run.
public enum LearningRate: Sendable, Hashable {
  /// One rate.
  case constant
  /// Multiplied by `factor` after every `epochs` epochs.
  case stepwise(every: Int, factor: Double)
  /// Half a cosine from the rate down to `floor` times the rate.
  case cosine(floor: Double)
  /// Constant for the first half, then linear to 0: (1 + 2(E − e))/E of the rate in epoch e of E.
  case halfLinear
  /// A linear rise over the first `rise` of the run from a tenth of the rate, then a cosine to 0.
  case oneCycle(rise: Double)

  /// The factor on the rate at `progress` of the run.
  ///
  /// - Parameters:
  ///   - step: how many steps came before.
  ///   - stepsPerEpoch: steps in an epoch, at least 1.
  ///   - epochs: epochs in the run.
  public func factor(step: Int, stepsPerEpoch: Int, epochs: Int) -> Double {
    let progress = Double(step) / Double(max(1, stepsPerEpoch * epochs))
    switch self {
    case .constant: return 1
    case .stepwise(let every, let factor): return pow(factor, Double(step / stepsPerEpoch / every))
    case .cosine(let floor): return floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress))
    case .halfLinear:
      let e = Double(step / stepsPerEpoch + 1)
      return min(1, (1 + 2 * (Double(epochs) - e)) / Double(epochs))
    case .oneCycle(let rise):
      if progress < rise { return 0.1 + 0.9 * progress / rise }
      return 0.5 * (1 + cos(.pi * (progress - rise) / (1 - rise)))
    }
  }
}
