import Foundation
import LinearAlgebra
import Networks
import Randomness

/// One block of a forward-forward network: it learns to be very active on positive data and quiet on negative data,
/// and nothing comes back to it from the blocks above.
///
/// Activity y, the value at the end of the block; goodness G = Σ yⱼ²; probability of being positive p = σ(G − θ) with θ
/// a multiple of the number of units. Source: G. Hinton, arXiv 2212.13345.
struct ForwardForwardBlock: Sendable {
  /// The block up to the activation at its end.
  var graph: TrainableGraph
  /// The function at its end; `nil` where the block ends in something else.
  let activation: Activation?
  /// The running mean activity of every unit on positive data.
  var meanActivity: [Float]
  /// The inputs of the activation of the last read, where its slope is found from them.
  private var drives: [Float] = []

  /// How many units: numbers of a sample at the end.
  var unitCount: Int { graph.outputCount }

  /// - Parameters:
  ///   - description: the layers of the block.
  ///   - firstSite: how many weight matrices come before.
  ///   - site: what holds the weights.
  /// - Throws: `InputError` where layers do not fit, or what `site` throws.
  init(
    _ description: NetworkDescription, firstSite: Int,
    _ site: (ProductSite) throws -> any TrainableSite
  ) throws {
    var inner = description
    activation = inner.layers.last?.activation
    if activation != nil { inner.layers.removeLast() }
    graph = try TrainableGraph(inner, firstSite: firstSite, site)
    meanActivity = Array(repeating: 0.5, count: graph.outputCount)
  }

  /// The layers with their weights.
  func exported() -> NetworkDescription {
    var result = graph.exported()
    if let activation { result.append([.activation(activation)]) }
    return result
  }

  /// The activities for `samples` samples, samples × units.
  mutating func read(
    _ x: UnsafePointer<Float>, samples: Int, _ pass: TrainingPass, key: StreamKey
  ) -> Matrix<Float> {
    graph.newRead(key)
    let end = graph.forward(x, samples: samples, pass)
    let count = samples * unitCount
    var y = Matrix<Float>(
      rowCount: samples, columnCount: unitCount,
      elements: Array(UnsafeBufferPointer(start: end, count: count)))
    guard let activation else { return y }
    if activation.adjointReads == .inputs { drives = y.elements }
    y.elements.withUnsafeMutableBufferPointer { activation.apply($0) }
    return y
  }

  /// G = Σ yⱼ² of each sample.
  func goodness(_ y: Matrix<Float>) -> [Float] {
    y.elements.withUnsafeBufferPointer { y in
      (0..<y.count / unitCount).map {
        LengthNormalization.sumOfSquares(y.baseAddress! + $0 * unitCount, unitCount)
      }
    }
  }

  /// Moves the block a step towards high goodness for the first `positives` samples and low goodness for the others.
  ///
  /// The gradient of ln p with respect to yⱼ is (1 − p)·yⱼ on positive and −p·yⱼ on negative data (a factor 2
  /// belongs to the rate). Peer normalization adds λ·(mean activity of all units − that of unit j) on positive
  /// data, at the input of the activation, so that it reaches silent units too.
  /// - Parameter y: the activities of the last read.
  /// - Returns: the mean over the samples of −ln p on positive and −ln(1 − p) on negative data.
  mutating func learn(
    y: Matrix<Float>, positives: Int, rule: ForwardForwardRule, rate: Float
  ) -> Double {
    let samples = y.rowCount
    precondition(positives > 0 && positives <= samples, "some samples are positive")
    var delta = [Float](repeating: 0, count: samples * unitCount)
    let goodness = goodness(y)
    let peers = peerTerms(y, positives: positives, strength: rule.peerNormalization)
    let theta = Float(unitCount) * rule.threshold
    var loss = 0.0
    y.elements.withUnsafeBufferPointer { y in
      delta.withUnsafeMutableBufferPointer { delta in
        for s in 0..<samples {
          let margin = s < positives ? goodness[s] - theta : theta - goodness[s]
          loss += Double(max(0, -margin) + log1pf(expf(-abs(margin))))
          let p = 1 / (1 + expf(-(goodness[s] - theta)))
          let gain = s < positives ? 1 - p : -p
          for i in s * unitCount..<(s + 1) * unitCount { delta[i] = gain * y[i] }
        }
        if let activation {
          drives.withUnsafeBufferPointer { drives in
            let known = activation.adjointReads == .inputs ? drives : y
            activation.multiplyBySlope(delta, known.baseAddress!)
          }
        }
        for s in 0..<positives {
          for j in 0..<unitCount { delta[s * unitCount + j] += peers[j] }
        }
        for i in delta.indices { delta[i] *= -1 / Float(positives) }
        let descent = Optimizer.averaged(keep: rule.smoothing, weightDecay: rule.weightCost)
        graph.backward(
          delta.baseAddress!,
          .local(optimizer: descent, rate: rate, pulseRate: rate, step: 0))
        graph.updateOperations(descent, rate: rate, step: 0)
      }
    }
    return loss / Double(samples)
  }

  private mutating func peerTerms(_ y: Matrix<Float>, positives: Int, strength: Float) -> [Float] {
    var sums = [Float](repeating: 0, count: unitCount)
    for s in 0..<positives {
      for j in 0..<unitCount { sums[j] += y.elements[s * unitCount + j] }
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
