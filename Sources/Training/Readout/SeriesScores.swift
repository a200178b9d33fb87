import Foundation
import LinearAlgebra

/// How series of numbers are reproduced, one value per sample.
enum SeriesScores {
  /// For one output the normalized root mean square error √(mean (y − t)²)/σ(t) and the squared correlation of output and
  /// target; for several outputs the sum of the squared correlations and each of them.
  ///
  /// Where output k is to give the input of k steps before, the sum is the memory capacity (Jaeger, GMD report 152, 2001).
  /// A constant target or output has no correlation, 0, and a constant target no normalized error.
  ///
  /// - Parameters:
  ///   - values: samples × (steps·outputs), the outputs of a step side by side.
  ///   - targets: the same.
  static func figures(
    _ values: Matrix<Float>, _ targets: Matrix<Float>, outputs: Int
  ) -> [SampleFigures] {
    let samples = values.rowCount
    let scores = (0..<samples).map { sample in
      (0..<outputs).map { output in
        let places = stride(from: output, to: values.columnCount, by: outputs)
        return score(
          places.map { Double(values[sample, $0]) }, places.map { Double(targets[sample, $0]) })
      }
    }
    guard outputs > 1 else {
      return [
        SampleFigures("NRMSE", scores.map { $0[0].error }),
        SampleFigures("squared correlation", scores.map { $0[0].correlation }),
      ]
    }
    let sums = scores.map { $0.reduce(0) { $0 + $1.correlation } }
    return [SampleFigures("memory capacity (sum of squared correlations)", sums)]
      + (0..<outputs).map { output in
        SampleFigures(
          "squared correlation of output \(output + 1)", scores.map { $0[output].correlation })
      }
  }

  /// The normalized error and the squared correlation of one series.
  static func score(_ y: [Double], _ t: [Double]) -> (error: Double, correlation: Double) {
    let count = Double(y.count)
    let (meanOutput, mean) = (y.reduce(0, +) / count, t.reduce(0, +) / count)
    var (squares, power, spread, shared) = (0.0, 0.0, 0.0, 0.0)
    for (a, b) in zip(y, t) {
      squares += (a - b) * (a - b)
      power += (a - meanOutput) * (a - meanOutput)
      spread += (b - mean) * (b - mean)
      shared += (a - meanOutput) * (b - mean)
    }
    let product = power * spread
    return (
      spread > 0 ? (squares / spread).squareRoot() : .nan,
      product > 0 ? shared * shared / product : 0
    )
  }
}
