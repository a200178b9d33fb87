import LinearAlgebra
import Randomness
import Testing

@Suite struct BLASTests {
  @Test("a product equals the sum of products", arguments: [(1, 1, 1), (3, 5, 7), (17, 33, 9)])
  func product(m: Int, k: Int, n: Int) {
    let a = Matrix(rowCount: m, columnCount: k, elements: Noise.normal(m * k, StreamKey(seed: 1)))
    let b = Matrix(rowCount: k, columnCount: n, elements: Noise.normal(k * n, StreamKey(seed: 2)))
    let c = LinearAlgebra.product(a, b)
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        var size = 0.0
        for p in 0..<k {
          sum += Double(a[i, p]) * Double(b[p, j])
          size += abs(Double(a[i, p]) * Double(b[p, j]))
        }
        #expect(abs(Double(c[i, j]) - sum) <= Double(k) * 0x1p-23 * size)
      }
    }
  }
}
