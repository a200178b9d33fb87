import ArrayFiles
import LinearAlgebra
import Networks

/// Features scaled as the first batch asks for: each to mean 0 and deviation 1, then all shifted so that
/// the smallest is 0, because a drive has one sign.
struct FeatureScaling: Sendable {
  private var mean: [Float]
  private var inverse: [Float]
  private var lowest: Float = 0
  private var isFitted = 0

  init(_ count: Int) {
    mean = Array(repeating: 0, count: count)
    inverse = Array(repeating: 1, count: count)
  }

  /// Takes the scales from `x` the first time.
  mutating func fit(_ x: Matrix<Float>) {
    guard isFitted == 0, x.rowCount > 0 else { return }
    isFitted = 1
    let n = Float(x.rowCount)
    for i in mean.indices {
      let column = (0..<x.rowCount).map { x[$0, i] }
      let m = column.reduce(0, +) / n
      let variance = column.reduce(0) { $0 + ($1 - m) * ($1 - m) } / n
      mean[i] = m
      inverse[i] = variance > 1e-12 ? 1 / variance.squareRoot() : 0
    }
    for s in 0..<x.rowCount {
      for i in mean.indices { lowest = min(lowest, (x[s, i] - mean[i]) * inverse[i]) }
    }
  }

  /// The scaled features, none below 0.
  func scaled(_ x: Matrix<Float>) -> Matrix<Float> {
    var out = x
    for s in 0..<x.rowCount {
      for i in mean.indices { out[s, i] = max(0, (x[s, i] - mean[i]) * inverse[i] - lowest) }
    }
    return out
  }

  /// The same as layers of a file: a batch normalization and a rectifier.
  func exported() -> NetworkDescription {
    let name = "features"
    let (count, epsilon) = (mean.count, Float(1e-5))
    func array(_ part: String, _ values: [Float]) -> (name: String, array: NumericArray) {
      ("\(name).\(part)", NumericArray(shape: [count], floats: values))
    }
    return NetworkDescription(
      title: name, inputShape: [count],
      layers: [.batchNormalization(name: name, epsilon: epsilon), .activation(.relu)],
      arrays: NamedArrays(
        source: name,
        [
          array("weight", inverse), array("bias", Array(repeating: -lowest, count: count)),
          array("running_mean", mean),
          array("running_var", Array(repeating: 1 - epsilon, count: count)),
        ]))
  }

  mutating func visit(_ visitor: inout SavedState) {
    visitor.scope = "features."
    visitor.floats("mean", &mean)
    visitor.floats("inverse", &inverse)
    visitor.float("lowest", &lowest)
    visitor.integer("fitted", &isFitted)
    visitor.scope = ""
  }
}
