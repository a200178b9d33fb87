import Foundation
import LinearAlgebra

/// The contrastive loss of two sets of embeddings, and its gradients.
///
/// Row i of `a` and row i of `b` belong to the pair `pairs[i]`. With the cosines c, the logits are s = scale·c, and the loss is
///
///     L = ½·[mean over i of −Σⱼ tᵢⱼ·ln softmaxⱼ(sᵢⱼ) + mean over j of −Σᵢ tᵢⱼ·ln softmaxᵢ(sᵢⱼ)]
///
/// with tᵢⱼ = 1/n where rows i and j belong to one pair, which has n rows, else 0. With one row per pair this is the loss of CLIP
/// (Radford et al., arXiv 2103.00020); with several, the other rows of the pair are matches as well (Khosla et al., arXiv
/// 2004.11362, equation 2). L is at least the mean of ln n, and ln of the number of rows where all embeddings are equal.
package struct ContrastiveLoss: Sendable {
  /// The loss.
  package let value: Double
  /// ∂L/∂a, rows × dimensions.
  package let gradientA: Matrix<Float>
  /// ∂L/∂b, rows × dimensions.
  package let gradientB: Matrix<Float>
  /// ∂L/∂ln scale.
  package let scaleGradient: Double
  /// How many rows of `a` are most similar to a row of `b` of the same pair, and to no other pair as much.
  package let right: Int

  /// - Parameters:
  ///   - a: embeddings of one set, rows × dimensions; their lengths do not matter.
  ///   - b: those of the other set, as many rows of as many dimensions.
  ///   - pairs: the pair of each row of both.
  ///   - scale: the factor on the cosines, 1/temperature.
  package init(_ a: Matrix<Float>, _ b: Matrix<Float>, pairs: [Int32], scale: Double) {
    let n = pairs.count
    precondition(
      a.rowCount == n && b.rowCount == n && a.columnCount == b.columnCount, "a pair per row")
    let (u, v) = (UnitVectors(a), UnitVectors(b))
    let cosines = u.cosines(with: v)
    var counts: [Int32: Int] = [:]
    for pair in pairs { counts[pair, default: 0] += 1 }
    /// Adds the cross-entropies of the lines of `cosines`, and adds their gradients to `gradient`.
    func crossEntropy(
      _ place: (_ line: Int, _ column: Int) -> Int, _ gradient: inout [Double]
    ) -> Double {
      var sum = 0.0
      for i in 0..<n {
        let line = (0..<n).map { scale * cosines.elements[place(i, $0)] }
        let top = line.max() ?? 0
        let total = line.reduce(0) { $0 + exp($1 - top) }
        let share = 1 / Double(counts[pairs[i]]!)
        for j in 0..<n {
          let logarithm = line[j] - top - log(total)
          let target = pairs[i] == pairs[j] ? share : 0
          sum -= target * logarithm
          gradient[place(i, j)] += (exp(logarithm) - target) / Double(2 * n)
        }
      }
      return sum / Double(2 * n)
    }
    var slopes = [Double](repeating: 0, count: n * n)
    value = crossEntropy({ $0 * n + $1 }, &slopes) + crossEntropy({ $1 * n + $0 }, &slopes)
    scaleGradient = zip(slopes, cosines.elements).reduce(0) { $0 + $1.0 * scale * $1.1 }
    let atCosines = Matrix(rowCount: n, columnCount: n, elements: slopes.map { $0 * scale })
    gradientA = u.gradient(product(atCosines, v.rows))
    gradientB = v.gradient(product(atCosines.transposed(), u.rows))
    right = Self.rightCount(cosines, pairs)
  }

  private static func rightCount(_ cosines: Matrix<Double>, _ pairs: [Int32]) -> Int {
    pairs.indices.count { row in
      var (own, other) = (-Double.infinity, -Double.infinity)
      for (column, pair) in pairs.enumerated() {
        if pair == pairs[row] {
          own = max(own, cosines[row, column])
        } else {
          other = max(other, cosines[row, column])
        }
      }
      return own > other
    }
  }
}
