internal import CLearningKernels
import Foundation
import LinearAlgebra

/// What a network is trained to make small: a mean over the samples of a batch.
public enum Loss: String, Sendable, CaseIterable {
  /// −ln softmax(outputs) at the true class.
  case crossEntropy = "cross-entropy"
  /// ½·Σ(output − target)² where the target is 1 at the true class and 0 elsewhere.
  case meanSquaredError = "mean-squared-error"
  /// −Σ(t·ln p + (1 − t)·ln(1 − p)) where each output is the probability p of its target t in 0…1: for one
  /// output of two classes, or several labels at a time. An output that no sigmoid bounds is ln(p/(1 − p)).
  case binaryCrossEntropy = "binary-cross-entropy"

  /// The mean loss of a batch, and its gradient with respect to the outputs.
  ///
  /// - Parameters:
  ///   - outputs: samples × classes.
  ///   - labels: a class a sample, each below the number of classes.
  ///   - gradient: becomes ∂(mean loss)/∂outputs, samples × classes.
  public func evaluate(
    _ outputs: Matrix<Float>, labels: ArraySlice<Int32>, gradient: inout Matrix<Float>
  ) -> Double {
    let (n, classes) = (outputs.rowCount, outputs.columnCount)
    precondition(labels.count == n && gradient.elements.count == n * classes, "a label a sample")
    precondition(labels.allSatisfy { $0 >= 0 && Int($0) < classes }, "a label is a class")
    switch self {
    case .crossEntropy:
      let sum = outputs.elements.withUnsafeBufferPointer { z in
        labels.withUnsafeBufferPointer { y in
          gradient.elements.withUnsafeMutableBufferPointer { d in
            ow_softmax_cross_entropy(
              z.baseAddress, y.baseAddress, d.baseAddress, n, classes, 1 / Float(n))
          }
        }
      }
      return sum / Double(n)
    case .meanSquaredError:
      var sum = 0.0
      for (r, label) in labels.enumerated() {
        for c in 0..<classes {
          let e = outputs[r, c] - (c == Int(label) ? 1 : 0)
          sum += 0.5 * Double(e) * Double(e)
          gradient[r, c] = e / Float(n)
        }
      }
      return sum / Double(n)
    case .binaryCrossEntropy: preconditionFailure("binary cross-entropy compares with numbers")
    }
  }

  /// The mean loss of a batch against numbers, and its gradient with respect to the outputs:
  /// ½·Σ(output − target)², or the binary cross-entropy.
  ///
  /// - Parameters:
  ///   - targets: samples × outputs; within 0…1 for the binary cross-entropy.
  ///   - isProbability: whether outputs are probabilities, not their logits; see `binaryCrossEntropy`.
  /// - Precondition: the loss is not the cross-entropy of classes.
  public func evaluate(
    _ outputs: Matrix<Float>, targets: Matrix<Float>, isProbability: Bool,
    gradient: inout Matrix<Float>
  ) -> Double {
    precondition(
      outputs.elements.count == targets.elements.count
        && gradient.elements.count == targets.elements.count, "a target per output")
    let scale = 1 / Float(outputs.rowCount)
    var sum = 0.0
    for k in targets.elements.indices {
      let (value, slope) = single(outputs.elements[k], targets.elements[k], isProbability)
      sum += value
      gradient.elements[k] = slope * scale
    }
    return sum / Double(outputs.rowCount)
  }

  /// The loss of each sample against numbers; see `evaluate(_:targets:isProbability:gradient:)`.
  func losses(_ outputs: Matrix<Float>, targets: Matrix<Float>, isProbability: Bool) -> [Float] {
    let columns = outputs.columnCount
    return (0..<outputs.rowCount).map { row in
      (row * columns..<(row + 1) * columns).reduce(Float(0)) {
        $0 + Float(single(outputs.elements[$1], targets.elements[$1], isProbability).value)
      }
    }
  }

  /// The loss of one output and its slope.
  private func single(
    _ y: Float, _ t: Float, _ isProbability: Bool
  ) -> (value: Double, slope: Float) {
    guard self == .binaryCrossEntropy else {
      let e = y - t
      return (0.5 * Double(e) * Double(e), e)
    }
    guard isProbability else {
      // max(z, 0) − z·t + ln(1 + e^−|z|), whose slope is σ(z) − t.
      let z = Double(y)
      let value = max(z, 0) - z * Double(t) + log1p(exp(-abs(z)))
      return (value, Float(1 / (1 + exp(-z))) - t)
    }
    // A sigmoid in single precision reaches 0 and 1, where the slope would be infinite.
    let p = min(max(y, 1e-7), 1 - 1e-7)
    let value = -(Double(t) * log(Double(p)) + Double(1 - t) * log1p(-Double(p)))
    return (value, (p - t) / (p * (1 - p)))
  }

  /// The loss of each sample; `evaluate` gives their mean.
  func losses(_ outputs: Matrix<Float>, labels: ArraySlice<Int32>) -> [Float] {
    let columns = outputs.columnCount
    return labels.enumerated().map { row, label in
      let z = outputs.elements[row * columns..<(row + 1) * columns]
      switch self {
      case .crossEntropy:
        let top = z.max()!
        let sum = z.reduce(Float(0)) { $0 + expf($1 - top) }
        return logf(sum) + top - outputs[row, Int(label)]
      case .meanSquaredError:
        return z.enumerated().reduce(0) { sum, output in
          let e = output.element - (output.offset == Int(label) ? 1 : 0)
          return sum + 0.5 * e * e
        }
      case .binaryCrossEntropy: preconditionFailure("binary cross-entropy compares with numbers")
      }
    }
  }
}
