import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Testing

/// `count` normal numbers of a test's own stream.
func normal(_ count: Int, seed: UInt64, _ name: String) -> [Float] {
  Noise.normal(count, StreamKey(seed: seed).child(name))
}

func randomMatrix(_ rows: Int, _ columns: Int, seed: UInt64, _ name: String) -> Matrix<Float> {
  Matrix(
    rowCount: rows, columnCount: columns, elements: normal(rows * columns, seed: seed, name))
}
