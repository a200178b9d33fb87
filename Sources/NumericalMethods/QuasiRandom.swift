internal import CGSL
import Randomness

/// Points that fill the unit cube more evenly than independent ones.
public enum SpaceFilling {
  /// The largest number of dimensions of `sobol`, which is GSL's.
  public static let largestSobolDimension = 40

  /// The first `count` points of Sobol's sequence after its origin, point after point, each in
  /// (0, 1)^`dimensions` (Antonov and Saleev, USSR Comput. Maths. Math. Phys. 19, 1980, by `gsl_qrng`).
  ///
  /// - Precondition: `dimensions` is in 1…`largestSobolDimension`.
  public static func sobol(count: Int, dimensions: Int) -> [Double] {
    precondition(
      (1...largestSobolDimension).contains(dimensions), "GSL knows Sobol's sequence up to 40")
    gsl_set_error_handler_off()
    let generator = gsl_qrng_alloc(ow_qrng_sobol(), UInt32(dimensions))
    defer { gsl_qrng_free(generator) }
    var points = [Double](repeating: 0, count: count * dimensions)
    points.withUnsafeMutableBufferPointer { buffer in
      for i in 0..<count {
        gsl_qrng_get(generator, buffer.baseAddress! + i * dimensions)
      }
    }
    return points
  }

  /// `count` points of a Latin hypercube, point after point: along every dimension each of `count`
  /// equal slices holds one point, at a random place in it (McKay, Beckman and Conover,
  /// Technometrics 21, 1979).
  ///
  /// - Precondition: `dimensions` is positive.
  public static func latinHypercube(count: Int, dimensions: Int, key: StreamKey) -> [Double] {
    precondition(dimensions > 0, "a cube has a dimension")
    var points = [Double](repeating: 0, count: count * dimensions)
    for j in 0..<dimensions {
      var stream = RandomStream(key.child(j))
      let order = stream.permutation(count)
      for i in 0..<count {
        points[i * dimensions + j] = (Double(order[i]) + stream.uniform()) / Double(count)
      }
    }
    return points
  }
}
