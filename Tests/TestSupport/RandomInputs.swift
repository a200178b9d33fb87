import LinearAlgebra
import Randomness

/// `count` standard normal numbers from the stream `name` of a test's seed.
package func normal(_ count: Int, seed: UInt64, _ name: String) -> [Float] {
  Noise.normal(count, StreamKey(seed: seed).child(name))
}

/// A rows × columns matrix of standard normal numbers from the stream `name` of a test's seed.
package func randomMatrix(
  _ rows: Int, _ columns: Int, seed: UInt64, _ name: String
) -> Matrix<Float> {
  Matrix(
    rowCount: rows, columnCount: columns, elements: normal(rows * columns, seed: seed, name))
}
