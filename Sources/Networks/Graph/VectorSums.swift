/// Sums over vectors in single precision, in eight partial sums that the compiler keeps in one register:
/// the same bits on every machine.
enum VectorSums {
  /// Σ xᵢ.
  static func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    reduce(count, eight: { vector(x, $0) }, one: { x[$0] })
  }

  /// Σ xᵢ².
  static func squares(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    reduce(
      count,
      eight: {
        let v = vector(x, $0)
        return v * v
      }, one: { x[$0] * x[$0] })
  }

  /// Σ xᵢ·yᵢ.
  static func products(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    reduce(count, eight: { vector(x, $0) * vector(y, $0) }, one: { x[$0] * y[$0] })
  }

  /// Σ (xᵢ − m)².
  static func squares(_ x: UnsafePointer<Float>, about m: Float, _ count: Int) -> Float {
    reduce(
      count,
      eight: {
        let v = vector(x, $0) - m
        return v * v
      }, one: { (x[$0] - m) * (x[$0] - m) })
  }

  /// Σ xᵢ·(yᵢ − m).
  static func products(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, about m: Float, _ count: Int
  ) -> Float {
    reduce(count, eight: { vector(x, $0) * (vector(y, $0) - m) }, one: { x[$0] * (y[$0] - m) })
  }

  @inline(__always)
  private static func vector(_ x: UnsafePointer<Float>, _ i: Int) -> SIMD8<Float> {
    UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Float>.self)
  }

  @inline(__always)
  private static func reduce(
    _ count: Int, eight: (Int) -> SIMD8<Float>, one: (Int) -> Float
  ) -> Float {
    var sums = SIMD8<Float>(repeating: 0)
    let whole = count & ~7
    var i = 0
    while i < whole {
      sums += eight(i)
      i += 8
    }
    var sum = sums.sum()
    while i < count {
      sum += one(i)
      i += 1
    }
    return sum
  }
}
