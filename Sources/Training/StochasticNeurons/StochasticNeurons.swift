import Foundation
import Randomness

/// A layer of neurons that fire at random, and what its estimator remembers.
///
/// The neuron is a device that switches under a voltage; `FiringLaw` says how often.
public struct StochasticNeurons: Sendable {
  /// How many units.
  public let unitCount: Int
  /// How the gradient is had.
  public let estimator: StochasticEstimator
  /// How often it fires.
  public let law: FiringLaw
  /// Running means of s²·L and of s², a unit, with s the score ∂ ln P(h)/∂a.
  var weightedLoss: [Float]
  var weight: [Float]
  private let memory: Float = 0.95

  /// Units with no memory.
  public init(units: Int, estimator: StochasticEstimator, law: FiringLaw = .logistic) {
    precondition(units > 0, "a layer has units")
    unitCount = units
    self.estimator = estimator
    self.law = law
    weightedLoss = Array(repeating: 0, count: units)
    weight = Array(repeating: 0, count: units)
  }

  /// The outputs for the pre-activations `a`, samples × units, drawn from `key`.
  public func fire(_ a: [Float], key: StreamKey) -> [Float] {
    precondition(a.count % unitCount == 0, "samples × units")
    switch estimator {
    case .reinforce, .straightThrough:
      let draws = Noise.uniform(a.count, key)
      return a.indices.map { draws[$0] < law.probability(a[$0]) ? 1 : 0 }
    case .stochasticTimesSmooth:
      let draws = Noise.uniform(a.count, key)
      return a.indices.map {
        let root = law.probability(a[$0]).squareRoot()
        return draws[$0] < root ? root : 0
      }
    case .noisyRectifier(let deviation):
      let noise = Noise.normal(a.count, key)
      return a.indices.map { max(0, a[$0] + deviation * noise[$0]) }
    }
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
        guard h[$0] > 0 else { return 0 }
        // h = √p held: ∂√p/∂a = p′/2√p.
        return dh[$0] * 0.5 * law.slope(a[$0]) / h[$0]
      }
    case .noisyRectifier:
      return a.indices.map { h[$0] > 0 ? dh[$0] : 0 }
    case .straightThrough(let derivative):
      guard derivative else { return dh }
      return a.indices.map { dh[$0] * law.slope(a[$0]) }
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
        let p = law.probability(a[i])
        let variance = p * (1 - p)
        // For the logistic function p′ = p(1 − p), and the score is h − p.
        let d = variance > 1e-12 ? (h[i] - p) * law.slope(a[i]) / variance : 0
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

  /// Adds the gradient of strength·½·Σⱼ (mean of p over the batch − target)².
  func pull(_ a: [Float], samples: Int, strength: Float, target: Float, into error: inout [Float]) {
    guard strength > 0 else { return }
    var means = [Float](repeating: 0, count: unitCount)
    for i in a.indices { means[i % unitCount] += law.probability(a[i]) / Float(samples) }
    for i in a.indices {
      error[i] += strength * (means[i % unitCount] - target) * law.slope(a[i]) / Float(samples)
    }
  }
}
