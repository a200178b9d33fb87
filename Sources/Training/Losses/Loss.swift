internal import CLearningKernels
import Foundation
import LinearAlgebra

/// What a network is trained to make small: a mean over the samples of a batch.
public enum Loss: String, Sendable, CaseIterable {
  /// −ln softmax(outputs) at the true class.
  case crossEntropy = "cross-entropy"
  /// ½·Σ(output − target)² where the target is 1 at the true class and 0 elsewhere.
  case meanSquaredError = "mean-squared-error"

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
    }
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
      }
    }
  }
}
