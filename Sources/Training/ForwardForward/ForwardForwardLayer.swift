import Foundation
import LinearAlgebra
import Networks
import Randomness

/// One layer of a forward-forward network: it learns to be very active on positive data and quiet
/// on negative data, and nothing comes back to it from the layers above.
///
/// Activity y = max(0, x·W + b), goodness G = Σ yⱼ², probability of being positive
/// p = σ(G − θ) with θ the number of units. Source: G. Hinton, arXiv 2212.13345.
public struct ForwardForwardLayer: Sendable {
  /// How many inputs.
  public var inputCount: Int { site.inputs }
  /// How many units.
  public var unitCount: Int { site.outputs }
  /// W and b: digital, read exactly or through a chip, or on an array of pulsed devices.
  public internal(set) var site: any TrainableSite
  /// The running mean activity of every unit on positive data.
  var meanActivity: [Float]

  /// A layer whose weights and biases are `site`.
  init(_ site: any TrainableSite) {
    self.site = site
    meanActivity = Array(repeating: 0.5, count: site.outputs)
  }

  /// Digital weights, normal with variance 1/inputs; biases zero.
  public init(inputs: Int, units: Int, key: StreamKey) {
    precondition(inputs > 0 && units > 0, "a layer has inputs and units")
    self.init(
      DigitalSite(
        weights: InitialWeights.normal.draw(inputs, units, key),
        bias: Array(repeating: 0, count: units)))
  }

  /// y = max(0, x·W + b) for `samples` vectors, with noise of the layer's array from `key`.
  package mutating func read(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, key: StreamKey
  ) {
    site.newRead(key)
    site.forward(x, vectors: samples, into: y, call: 0)
    Activation.relu.apply(UnsafeMutableBufferPointer(start: y, count: samples * unitCount))
  }

  /// G = Σ yⱼ² of each vector.
  func goodness(_ y: UnsafePointer<Float>, samples: Int) -> [Float] {
    (0..<samples).map { LengthNormalisation.sumOfSquares(y + $0 * unitCount, unitCount) }
  }

  /// Moves the layer a step towards high goodness for the first `positives` vectors and low goodness
  /// for the others.
  ///
  /// The gradient of ln p with respect to the input of unit j is (1 − p)·yⱼ on positive and −p·yⱼ on
  /// negative data (a factor 2 belongs to the rate); peer normalisation adds
  /// λ·(mean activity of all units − that of unit j) on positive data.
  /// - Parameters:
  ///   - x: the normalised inputs, samples × inputs.
  ///   - y: the activities of `x`, samples × units.
  /// - Returns: the mean over the samples of −ln p on positive and −ln(1 − p) on negative data.
  @discardableResult
  package mutating func learn(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, positives: Int, samples: Int,
    rule: ForwardForwardRule, rate: Float
  ) -> Double {
    precondition(positives > 0 && positives <= samples, "some vectors are positive")
    var delta = [Float](repeating: 0, count: samples * unitCount)
    let goodness = goodness(y, samples: samples)
    let peers = peerTerms(y, positives: positives, strength: rule.peerNormalisation)
    let theta = Float(unitCount) * rule.threshold
    var loss = 0.0
    delta.withUnsafeMutableBufferPointer { delta in
      for s in 0..<samples {
        let margin = s < positives ? goodness[s] - theta : theta - goodness[s]
        loss += Double(max(0, -margin) + log1pf(expf(-abs(margin))))
        let p = 1 / (1 + expf(-(goodness[s] - theta)))
        let gain = s < positives ? 1 - p : -p
        let (row, out) = (y + s * unitCount, delta.baseAddress! + s * unitCount)
        for j in 0..<unitCount { out[j] = gain * row[j] }
        if s < positives { for j in 0..<unitCount { out[j] += peers[j] } }
      }
    }
    for i in delta.indices { delta[i] *= -1 / Float(positives) }
    site.learn(
      x, delta, vectors: samples,
      .averaged(keep: rule.smoothing, weightDecay: rule.weightCost), rate: rate, step: 0)
    return loss / Double(samples)
  }

  private mutating func peerTerms(
    _ y: UnsafePointer<Float>, positives: Int, strength: Float
  ) -> [Float] {
    var sums = [Float](repeating: 0, count: unitCount)
    for s in 0..<positives {
      let row = y + s * unitCount
      for j in 0..<unitCount { sums[j] += row[j] }
    }
    var mean: Float = 0
    for j in 0..<unitCount {
      meanActivity[j] = 0.9 * meanActivity[j] + 0.1 * sums[j] / Float(positives)
      mean += meanActivity[j]
    }
    mean /= Float(unitCount)
    return meanActivity.map { strength * (mean - $0) }
  }
}
