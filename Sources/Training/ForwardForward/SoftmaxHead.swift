import Foundation
import LinearAlgebra
import Randomness

/// A linear softmax on the normalised activities of the upper layers: it proposes hard negative
/// labels and classifies in one pass.
public struct SoftmaxHead: Sendable {
  /// How many inputs.
  public let inputCount: Int
  /// How many classes.
  public let classCount: Int
  var weights: [Float]
  var bias: [Float]
  var weightDelta: [Float]
  var biasDelta: [Float]

  /// All weights zero.
  public init(inputs: Int, classes: Int) {
    inputCount = inputs
    classCount = classes
    weights = Array(repeating: 0, count: inputs * classes)
    bias = Array(repeating: 0, count: classes)
    weightDelta = weights
    biasDelta = bias
  }

  /// The logits of `samples` vectors, samples × classes.
  func logits(_ x: [Float], samples: Int) -> [Float] {
    var z = [Float](repeating: 0, count: samples * classCount)
    DenseProducts.forward(
      x, weights: weights, into: &z, samples: samples, inputs: inputCount, outputs: classCount)
    for s in 0..<samples { for c in 0..<classCount { z[s * classCount + c] += bias[c] } }
    return z
  }

  /// A step of cross-entropy descent.
  mutating func learn(
    _ x: [Float], logits: [Float], labels: ArraySlice<Int32>, rule: ForwardForwardRule, gain: Float
  ) {
    let samples = labels.count
    let z = Matrix(rowCount: samples, columnCount: classCount, elements: logits)
    var gradient = Matrix<Float>(rowCount: samples, columnCount: classCount)
    _ = Loss.crossEntropy.evaluate(z, labels: labels, gradient: &gradient)
    let keep = rule.smoothing
    DenseProducts.outer(
      x, gradient.elements, into: &weightDelta, samples: samples, inputs: inputCount,
      outputs: classCount, alpha: -(1 - keep), beta: keep)
    let rate = rule.headRate * gain
    for c in 0..<classCount {
      var sum: Float = 0
      for s in 0..<samples { sum += gradient[s, c] }
      biasDelta[c] = keep * biasDelta[c] - (1 - keep) * sum
      bias[c] += rate * biasDelta[c]
    }
    for i in weights.indices {
      weights[i] += rate * (weightDelta[i] - rule.headWeightCost * weights[i])
    }
  }

  /// A wrong label for each vector, drawn from the softmax with the true class left out.
  package func hardNegatives(
    _ logits: [Float], labels: ArraySlice<Int32>, key: StreamKey
  ) -> [Int32] {
    var stream = RandomStream(key)
    return labels.enumerated().map { s, label in
      let row = logits[s * classCount..<(s + 1) * classCount]
      let top = row.max()!
      var weights = row.map { Double(expf($0 - top)) }
      weights[Int(label)] = 0
      let total = weights.reduce(0, +)
      // All others may have underflowed: then they are equally likely.
      guard total > 0 else {
        let k = stream.index(below: classCount - 1)
        return Int32(k < Int(label) ? k : k + 1)
      }
      var mark = stream.uniform() * total
      for (c, w) in weights.enumerated() where c != Int(label) {
        mark -= w
        if mark <= 0 { return Int32(c) }
      }
      return Int32(classCount - 1 == Int(label) ? classCount - 2 : classCount - 1)
    }
  }
}
