import LinearAlgebra
import Testing

@Suite struct DenseCholeskyTests {
  /// (B·Bᵀ + 1)·x = b has the residual of rounding.
  @Test("solves positive definite systems", arguments: [1, 2, 7, 40])
  func solves(n: Int) throws {
    func number(_ i: Int, _ j: Int) -> Double { Double((i * 31 + j * 17) % 23) / 23 - 0.4 }
    var a = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        a[i * n + j] = (0..<n).reduce(i == j ? 1 : 0) { $0 + number(i, $1) * number(j, $1) }
      }
    }
    let b = (0..<n).map { Double($0 % 5) - 1 }
    let x = try #require(DenseCholesky(a, order: n)).solve(b)
    for i in 0..<n {
      let product = (0..<n).reduce(0) { $0 + a[i * n + $1] * x[$1] }
      #expect(abs(product - b[i]) < 1e-11)
    }
  }

  @Test("a matrix with a negative direction has none")
  func indefinite() {
    #expect(DenseCholesky([1, 2, 2, 1], order: 2) == nil)
  }
}
