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
  public let inputCount: Int
  /// How many units.
  public let unitCount: Int
  /// W, inputs × units.
  public internal(set) var weights: [Float]
  /// b, one a unit.
  public internal(set) var bias: [Float]
  /// The array that the layer's reads go through; `nil` is the digital product.
  var hardware: HardwareProduct?
  /// The array of pulsed devices that is the layer's weights; `nil` where updates are digital.
  var cells: (any InSituRule)?
  /// The smoothed gradient of `weights`.
  var weightDelta: [Float]
  var biasDelta: [Float]
  /// The running mean activity of every unit on positive data.
  var meanActivity: [Float]

  /// Weights normal with variance 1/inputs, biases zero.
  public init(inputs: Int, units: Int, key: StreamKey) {
    precondition(inputs > 0 && units > 0, "a layer has inputs and units")
    inputCount = inputs
    unitCount = units
    let scale = 1 / Float(inputs).squareRoot()
    weights = Noise.normal(inputs * units, key).map { $0 * scale }
    bias = Array(repeating: 0, count: units)
    weightDelta = Array(repeating: 0, count: inputs * units)
    biasDelta = Array(repeating: 0, count: units)
    meanActivity = Array(repeating: 0.5, count: units)
  }

  /// y = max(0, x·W + b) for `samples` vectors, digitally.
  package func activity(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>
  ) {
    DenseProducts.forward(
      x, weights: weights, into: y, samples: samples, inputs: inputCount, outputs: unitCount)
    rectify(y, samples: samples)
  }

  /// The same as the layer's array gives it, with noise from `key`; digitally where there is none.
  mutating func read(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, key: StreamKey
  ) {
    if cells != nil {
      cells!.forward(x, samples: samples, into: y, key: key)
    } else if hardware != nil {
      hardware!.newRead(key)
      hardware!.forward(x, samples: samples, weights: weights, into: y, call: 0)
    } else {
      activity(x, samples: samples, into: y)
      return
    }
    rectify(y, samples: samples)
  }

  private func rectify(_ y: UnsafeMutablePointer<Float>, samples: Int) {
    bias.withUnsafeBufferPointer { b in
      for s in 0..<samples {
        let row = y + s * unitCount
        for j in 0..<unitCount {
          let v = row[j] + b[j]
          row[j] = v > 0 ? v : 0
        }
      }
    }
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
    let share = (1 - rule.smoothing) / Float(positives)
    if cells != nil {
      let gradient = delta.map { -$0 / Float(positives) }
      cells!.update(x: x, g: gradient, samples: samples, rate: rate)
    } else {
      DenseProducts.outer(
        x, delta, into: &weightDelta, samples: samples, inputs: inputCount, outputs: unitCount,
        alpha: share, beta: rule.smoothing)
    }
    for j in 0..<unitCount { biasDelta[j] *= rule.smoothing }
    for s in 0..<samples {
      for j in 0..<unitCount { biasDelta[j] += share * delta[s * unitCount + j] }
    }
    apply(rate: rate, decay: rule.weightCost)
    return loss / Double(samples)
  }

  private mutating func apply(rate: Float, decay: Float) {
    if cells == nil {
      weights.withUnsafeMutableBufferPointer { w in
        weightDelta.withUnsafeBufferPointer { d in
          for i in w.indices { w[i] += rate * (d[i] - decay * w[i]) }
        }
      }
      hardware?.settings.clipping.limit(&weights)
    }
    for j in 0..<unitCount { bias[j] += rate * biasDelta[j] }
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
