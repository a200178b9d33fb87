import Foundation
import Randomness

/// A layer of neurons that fire at random, and what its estimator remembers.
///
/// The neuron is a device that switches under a voltage: with the logistic switching law
/// p = 1/(1 + exp(−(V − V₅₀)/s)) and the pre-activation laid on as V = V₅₀ + s·a, the device fires
/// with p = σ(a).
public struct StochasticNeurons: Sendable {
  /// How many units.
  public let unitCount: Int
  /// How the gradient is had.
  public let estimator: StochasticEstimator
  /// Running means of (h−p)²·L and of (h−p)², a unit.
  var weightedLoss: [Float]
  var weight: [Float]
  private let memory: Float = 0.95

  /// Units with no memory.
  public init(units: Int, estimator: StochasticEstimator) {
    precondition(units > 0, "a layer has units")
    unitCount = units
    self.estimator = estimator
    weightedLoss = Array(repeating: 0, count: units)
    weight = Array(repeating: 0, count: units)
  }

  /// The outputs for the pre-activations `a`, samples × units, drawn from `key`.
  public func fire(_ a: [Float], key: StreamKey) -> [Float] {
    precondition(a.count % unitCount == 0, "samples × units")
    switch estimator {
    case .reinforce, .straightThrough:
      let draws = Noise.uniform(a.count, key)
      return a.indices.map { draws[$0] < sigmoid(a[$0]) ? 1 : 0 }
    case .stochasticTimesSmooth:
      let draws = Noise.uniform(a.count, key)
      return a.indices.map {
        let root = sigmoid(a[$0]).squareRoot()
        return draws[$0] < root ? root : 0
      }
    case .noisyRectifier(let deviation):
      let noise = Noise.normal(a.count, key)
      return a.indices.map { max(0, a[$0] + deviation * noise[$0]) }
    }
  }

  /// What the layer gives without chance: the mean output (σ(a), or max(0, a) for the rectifier).
  public func mean(_ a: [Float]) -> [Float] {
    if case .noisyRectifier = estimator { return a.map { max(0, $0) } }
    return a.map(sigmoid)
  }

  /// The estimate of ∂(mean loss)/∂a.
  ///
  /// - Parameters:
  ///   - a: the pre-activations, samples × units.
  ///   - h: the outputs drawn.
  ///   - dh: the gradient of the mean loss at the outputs; not read by `reinforce`.
  ///   - losses: the loss of every sample; read by `reinforce` alone.
  public mutating func gradient(
    _ a: [Float], outputs h: [Float], dh: [Float], losses: [Float]
  ) -> [Float] {
    switch estimator {
    case .reinforce:
      return reinforce(a, outputs: h, losses: losses)
    case .stochasticTimesSmooth:
      return a.indices.map {
        let p = sigmoid(a[$0])
        return h[$0] > 0 ? dh[$0] * 0.5 * p.squareRoot() * (1 - p) : 0
      }
    case .noisyRectifier:
      return a.indices.map { h[$0] > 0 ? dh[$0] : 0 }
    case .straightThrough(let derivative):
      guard derivative else { return dh }
      return a.indices.map {
        let p = sigmoid(a[$0])
        return dh[$0] * p * (1 - p)
      }
    }
  }

  private mutating func reinforce(_ a: [Float], outputs h: [Float], losses: [Float]) -> [Float] {
    let samples = a.count / unitCount
    precondition(losses.count == samples, "a loss a sample")
    // The baseline is what was known before this batch, so that it does not depend on the draws.
    var gradient = [Float](repeating: 0, count: a.count)
    var numerator = [Float](repeating: 0, count: unitCount)
    var denominator = numerator
    for s in 0..<samples {
      for j in 0..<unitCount {
        let i = s * unitCount + j
        let d = h[i] - sigmoid(a[i])
        let baseline = weight[j] > 1e-12 ? weightedLoss[j] / weight[j] : losses[s]
        gradient[i] = d * (losses[s] - baseline) / Float(samples)
        numerator[j] += d * d * losses[s]
        denominator[j] += d * d
      }
    }
    let scale = (1 - memory) / Float(samples)
    for j in 0..<unitCount {
      weightedLoss[j] = memory * weightedLoss[j] + scale * numerator[j]
      weight[j] = memory * weight[j] + scale * denominator[j]
    }
    return gradient
  }
}

/// 1/(1 + e^(−a)).
func sigmoid(_ a: Float) -> Float { 1 / (1 + expf(-a)) }
