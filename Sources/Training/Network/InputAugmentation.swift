import LinearAlgebra
import Randomness

/// Changes of input samples while training: shifts along the first axis and noise on every number. Other passes
/// read samples as they are.
public struct InputAugmentation: Sendable, Hashable {
  /// The largest shift in places of the first axis; places left empty are filled with the first or the last row.
  public var shift: Int
  /// Standard deviation of the noise.
  public var noise: Float

  /// An augmentation; see the members.
  public init(shift: Int, noise: Float) {
    precondition(shift >= 0 && noise >= 0, "neither is negative")
    self.shift = shift
    self.noise = noise
  }

  /// The changed samples, samples × the product of `shape`.
  func applied(to x: Matrix<Float>, shape: [Int], key: StreamKey) -> Matrix<Float> {
    var result = x
    let (steps, count) = (shape[0], x.columnCount)
    let row = count / steps
    var draw = RandomStream(key.child("shift"))
    for s in 0..<(shift > 0 ? x.rowCount : 0) {
      let by = draw.index(below: 2 * shift + 1) - shift
      for t in 0..<steps {
        let from = s * count + min(steps - 1, max(0, t + by)) * row
        for j in 0..<row { result.elements[s * count + t * row + j] = x.elements[from + j] }
      }
    }
    if noise > 0 {
      let drawn = Noise.normal(x.elements.count, key.child("noise"))
      for i in drawn.indices { result.elements[i] += noise * drawn[i] }
    }
    return result
  }
}
