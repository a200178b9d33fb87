import Foundation
import LinearAlgebra
import Networks
import Randomness

/// The softmax on the normalized activities of the upper blocks: it proposes hard negative labels and classifies in one
/// pass.
extension ForwardForward {
  /// A dense layer with weights of 0.
  static func head(inputs: Int, classes: Int) throws -> TrainableGraph {
    var network = TrainingNetwork(inputShape: [inputs], key: StreamKey(seed: 0))
    try network.dense(classes, name: headName)
    return try TrainableGraph(network.description(title: headName)) {
      DigitalSite(
        $0.replacing(
          weights: Matrix(rowCount: inputs, columnCount: classes),
          bias: Array(repeating: 0, count: classes)))
    }
  }

  /// The activities that the head reads side by side.
  func headFeatures(_ activities: [Matrix<Float>]) -> Matrix<Float> {
    let read = featureBlocks.map { activities[$0] }
    var features: [Float] = []
    features.reserveCapacity(read.reduce(0) { $0 + $1.elements.count })
    for s in 0..<read[0].rowCount {
      for y in read { features += y.elements[s * y.columnCount..<(s + 1) * y.columnCount] }
    }
    return Matrix(rowCount: read[0].rowCount, columnCount: head.inputCount, elements: features)
  }

  /// The logits of the head, samples × classes.
  mutating func headLogits(_ features: Matrix<Float>) -> Matrix<Float> {
    let samples = features.rowCount
    let pass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
    head.begin(pass, samples: samples)
    let elements = features.elements.withUnsafeBufferPointer {
      Array(
        UnsafeBufferPointer(
          start: head.forward($0.baseAddress!, samples: samples, pass),
          count: samples * classCount))
    }
    return Matrix(rowCount: samples, columnCount: classCount, elements: elements)
  }

  /// A step of cross-entropy descent of the head.
  mutating func learnHead(_ features: Matrix<Float>, labels: ArraySlice<Int32>, gain: Float) {
    let samples = features.rowCount
    let pass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
    head.begin(pass, samples: samples)
    features.elements.withUnsafeBufferPointer { x in
      let z = Matrix(
        rowCount: samples, columnCount: classCount,
        elements: Array(
          UnsafeBufferPointer(
            start: head.forward(x.baseAddress!, samples: samples, pass),
            count: samples * classCount)))
      var gradient = Matrix<Float>(rowCount: samples, columnCount: classCount)
      _ = Loss.crossEntropy.evaluate(z, labels: labels, gradient: &gradient)
      let rate = rule.headRate * gain
      gradient.elements.withUnsafeMutableBufferPointer {
        head.backward(
          $0.baseAddress!,
          .local(
            optimizer: .averaged(keep: rule.smoothing, weightDecay: rule.headWeightCost),
            rate: rate, pulseRate: rate, step: 0))
      }
    }
  }

  /// A wrong label for each sample, drawn from the softmax with the true class left out.
  package static func hardNegatives(
    _ logits: Matrix<Float>, labels: ArraySlice<Int32>, key: StreamKey
  ) -> [Int32] {
    var stream = RandomStream(key)
    let classCount = logits.columnCount
    return labels.enumerated().map { s, label in
      let row = logits.elements[s * classCount..<(s + 1) * classCount]
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
