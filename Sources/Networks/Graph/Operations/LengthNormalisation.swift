/// Scales vectors, the last axis of a value, so that the mean of their squares is one: x / √(mean x²).
///
/// It removes the goodness of a forward-forward layer from what the next layer sees and keeps the
/// orientation (Hinton, arXiv 2212.13345, section 2.1). A vector of zeros stays zero.
package struct LengthNormalisation: LayerOperation {
  package let outputShape: [Int]
  package let name = "length-normalization"
  package let storage = LayerStorage.overInput

  init(shape: [Int]) { outputShape = shape }

  package func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let size = outputShape.reduce(1, *)
    let length = outputShape.last ?? 1
    guard size > 0 else { return }
    if inputs[0] != UnsafePointer(output) {
      output.update(from: inputs[0], count: context.samples * size)
    }
    Self.apply(output, rows: context.samples * size / length, count: length)
  }

  /// Normalises `rows` vectors of `count` numbers in place.
  package static func apply(_ x: UnsafeMutablePointer<Float>, rows: Int, count: Int) {
    for r in 0..<rows {
      let row = x + r * count
      let square = sumOfSquares(row, count)
      guard square > 0 else { continue }
      let scale = 1 / (square / Float(count) + 1e-20).squareRoot()
      for i in 0..<count { row[i] *= scale }
    }
  }

  /// Σ x², in eight sums that the compiler keeps in one register.
  package static func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>(repeating: 0)
    let whole = count & ~7
    var i = 0
    while i < whole {
      let v = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Float>.self)
      sums += v * v
      i += 8
    }
    var sum = sums.sum()
    while i < count {
      sum += x[i] * x[i]
      i += 1
    }
    return sum
  }
}
