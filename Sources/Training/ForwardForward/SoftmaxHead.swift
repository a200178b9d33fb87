import Foundation
import LinearAlgebra
import Randomness

/// A linear softmax on the normalised activities of the upper layers: it proposes hard negative
/// labels and classifies in one pass.
public struct SoftmaxHead: Sendable {
  /// How many inputs.
  public var inputCount: Int { site.inputs }
  /// How many classes.
  public var classCount: Int { site.outputs }
  var site: DigitalSite

  /// All weights zero.
  public init(inputs: Int, classes: Int) {
    site = DigitalSite(
      weights: Matrix(rowCount: inputs, columnCount: classes),
      bias: Array(repeating: 0, count: classes))
  }

  /// The logits of `samples` vectors, samples × classes.
  mutating func logits(_ x: [Float], samples: Int) -> [Float] { site.read(x, samples: samples) }

  /// A step of cross-entropy descent.
  mutating func learn(
    _ x: [Float], logits: [Float], labels: ArraySlice<Int32>, rule: ForwardForwardRule, gain: Float
  ) {
    let samples = labels.count
    let z = Matrix(rowCount: samples, columnCount: classCount, elements: logits)
    var gradient = Matrix<Float>(rowCount: samples, columnCount: classCount)
    _ = Loss.crossEntropy.evaluate(z, labels: labels, gradient: &gradient)
    site.learn(
      x, gradient.elements, vectors: samples,
      .averaged(keep: rule.smoothing, weightDecay: rule.headWeightCost), rate: rule.headRate * gain,
      step: 0)
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
