import Foundation
import LinearAlgebra
import Networks
import Randomness

/// How fast fixed layers forget: whether they have the echo state property on these inputs.
///
/// The input of one step is changed by 1 % of its root mean square; d_t is the distance of the layers' results t steps later
/// from those of the unchanged input, with the same noise of reads. The exponent ln(d_τ/d_0)/τ estimates the largest
/// Lyapunov exponent on the series: below 0 states forget, above 0 they do not. τ is the last step before d leaves the
/// range of 1e-5 to ½ of the size of the results, below which single precision ends and above which d saturates.
struct Forgetting {
  /// The changed step: the first one whose result is given, since layers may drop the first ones; its size.
  private let (step, width): (Int, Int)
  /// The shape of the result.
  private let (steps, units): (Int, Int)

  /// Layers from `input` to `output`, shapes of a sample; `nil` where time is not the first axis of both.
  init?(input: [Int], output: [Int]) {
    guard output.count == 2, output[0] > 1, let length = input.first, length >= output[0] else {
      return nil
    }
    (step, width) = (length - output[0], input.dropFirst().reduce(1, *))
    (steps, units) = (output[0], output[1])
  }

  /// The inputs with one step changed.
  func perturbed(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    var result = x
    for sample in 0..<x.rowCount {
      let row = x.elements[sample * x.columnCount..<(sample + 1) * x.columnCount]
      let size = (row.reduce(0) { $0 + $1 * $1 } / Float(row.count)).squareRoot()
      let draws = Noise.normal(width, key.child(sample))
      for k in 0..<width { result[sample, step * width + k] += 0.01 * size * draws[k] }
    }
    return result
  }

  /// The exponent of each sample; none where nothing follows the change.
  ///
  /// - Parameters:
  ///   - plain: samples × (steps·units), the results without the change.
  ///   - other: those with it.
  func figures(_ plain: Matrix<Float>, _ other: Matrix<Float>) -> [SampleFigures] {
    let exponents = (0..<plain.rowCount).map { sample -> Double in
      func norm(_ step: Int, _ number: (Int) -> Float) -> Double {
        let from = sample * plain.columnCount + step * units
        return (from..<from + units).reduce(0.0) { $0 + pow(Double(number($1)), 2) }.squareRoot()
      }
      let distances = (0..<steps).map { norm($0) { other.elements[$0] - plain.elements[$0] } }
      let sizes = (0..<steps).map { norm($0) { plain.elements[$0] } }
      let size = sizes.reduce(0, +) / Double(steps)
      let end =
        distances.firstIndex { !($0 > 1e-5 * size && $0 < 0.5 * size) } ?? steps
      guard end > 1 else { return .nan }
      return log(distances[end - 1] / distances[0]) / Double(end - 1)
    }
    guard exponents.allSatisfy(\.isFinite) else { return [] }
    return [SampleFigures("exponent of small changes per step", exponents)]
  }
}
