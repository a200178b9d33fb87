import LinearAlgebra

/// Scales vectors so that the mean of their squares is one: x / √(mean x²).
///
/// It removes the goodness of a layer from what the next layer sees and keeps the orientation
/// (Hinton, arXiv 2212.13345, section 2.1). A vector of zeros stays zero.
package enum LengthNormalisation {
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
