import LinearAlgebra
import Randomness
import Testing

@Suite struct IntegerMatrixTests {
  /// Whole numbers from −largest to largest.
  private func codes(_ count: Int, _ largest: Int, _ name: String) -> [Int16] {
    Noise.uniform(count, StreamKey(seed: 1).child(name)).map {
      Int16((($0 * 2 - 1) * Float(largest)).rounded())
    }
  }

  @Test(
    "a product of whole numbers is the exact one of the rounded matrix",
    arguments: [
      (1, 1, 1), (5, 2, 3), (64, 64, 7), (127, 65, 13), (300, 10, 1), (513, 130, 6), (1030, 70, 2),
    ], [1, 63, 127, 16_129])
  func product(shape: (rows: Int, columns: Int, vectors: Int), largest: Int) {
    let (rows, columns, vectors) = shape
    let w = Noise.normal(rows * columns, StreamKey(seed: 2).child(rows))
    let matrix = IntegerMatrix(w, rowCount: rows, columnCount: columns, largestFactor: largest)
    let plain = codes(vectors * rows, largest, "a")
    var padded = [Int16](repeating: 0, count: vectors * matrix.codeStride)
    let unit: Float = 0.25
    let values = plain.map { Float($0) * unit }
    values.withUnsafeBufferPointer {
      matrix.codes(of: $0.baseAddress!, vectors: vectors, unit: unit, into: &padded)
    }
    for v in 0..<vectors {
      for i in 0..<rows { #expect(padded[v * matrix.codeStride + i] == plain[v * rows + i]) }
    }
    var out = [Float](repeating: .nan, count: vectors * columns)
    matrix.multiply(
      padded, vectors: vectors, columns: 0..<columns, unit: unit, into: &out, leading: columns)
    for j in 0..<columns {
      let size = (0..<rows).reduce(0.0) { max($0, abs(Double(w[$1 * columns + j]))) }
      // The coarsest chunk has 32 pairs of rows.
      let top = min(32_767, Double(Int32.max) / Double(largest) / 64)
      for v in 0..<vectors {
        var (exact, most) = (0.0, 0.0)
        for i in 0..<rows {
          let a = Double(plain[v * rows + i]) * Double(unit)
          exact += a * Double(w[i * columns + j])
          most += abs(a) * size * (0.5 / top.rounded(.down) + 1e-6)
        }
        #expect(abs(Double(out[v * columns + j]) - exact) <= most)
      }
    }
  }

  @Test("columns computed in parts are those computed at once")
  func parts() {
    let (rows, columns, vectors) = (90, 200, 9)
    let w = Noise.normal(rows * columns, StreamKey(seed: 3))
    let matrix = IntegerMatrix(w, rowCount: rows, columnCount: columns, largestFactor: 127)
    let a = codes(vectors * rows, 127, "b")
    var whole = [Float](repeating: 0, count: vectors * columns)
    matrix.multiply(
      a, vectors: vectors, columns: 0..<columns, unit: 1, into: &whole, leading: columns)
    var parts = whole.map { _ in Float(0) }
    parts.withUnsafeMutableBufferPointer { parts in
      for first in stride(from: 0, to: columns, by: IntegerMatrix.columnStep) {
        matrix.multiply(
          a, vectors: vectors, columns: first..<min(columns, first + IntegerMatrix.columnStep),
          unit: 1,
          into: parts.baseAddress! + first, leading: columns)
      }
    }
    let isSame = parts == whole
    #expect(isSame)
  }
}
