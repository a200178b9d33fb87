import LinearAlgebra
import Randomness

/// Negative data without labels: every sample is blended with another one of its batch under a random
/// mask of large patches, so that short-range statistics are those of true samples and the shape is not.
///
/// Mask: random bits, blurred several times by [1/4, 1/2, 1/4] along both axes, one where the result is
/// above 1/2. Source: G. Hinton, arXiv 2212.13345, section 3.2.
package struct HybridSamples: Sendable {
  /// Planes (each gets the same mask), rows and columns of one sample; a vector is one row.
  package let planes: Int
  package let height: Int
  package let width: Int
  /// How often the mask is blurred.
  package let blurs: Int

  /// - Parameter shape: of one sample: length, rows × columns, or planes × rows × columns.
  package init(shape: [Int], blurs: Int) {
    width = shape.last ?? 1
    height = shape.count > 1 ? shape[shape.count - 2] : 1
    planes = shape.dropLast(2).reduce(1, *)
    self.blurs = blurs
  }

  /// Mask·x + (1 − mask)·x of another sample, samples × numbers; sample s depends on `key` and s.
  package func blended(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    var result = x
    guard x.rowCount > 1 else { return result }
    let size = height * width
    for s in 0..<x.rowCount {
      var stream = RandomStream(key.child("partner").child(s))
      let other = (s + 1 + stream.index(below: x.rowCount - 1)) % x.rowCount
      let mask = mask(key.child("mask").child(s))
      for plane in 0..<planes {
        for i in 0..<size where !mask[i] {
          result[s, plane * size + i] = x[other, plane * size + i]
        }
      }
    }
    return result
  }

  /// Whether each place of a plane keeps the sample's own number.
  func mask(_ key: StreamKey) -> [Bool] {
    var v = Noise.uniform(height * width, key).map { $0 < 0.5 ? Float(0) : 1 }
    for _ in 0..<blurs {
      blur(&v, lines: height, length: width, step: 1, next: width)
      blur(&v, lines: width, length: height, step: width, next: 1)
    }
    return v.map { $0 > 0.5 }
  }

  /// One pass of [1/4, 1/2, 1/4] along lines; at the ends the last number stands in for those beyond.
  private func blur(_ v: inout [Float], lines: Int, length: Int, step: Int, next: Int) {
    for line in 0..<lines {
      var before = v[line * next]
      for k in 0..<length {
        let i = line * next + k * step
        let here = v[i]
        let after = k + 1 < length ? v[i + step] : here
        v[i] = 0.25 * before + 0.5 * here + 0.25 * after
        before = here
      }
    }
  }
}
