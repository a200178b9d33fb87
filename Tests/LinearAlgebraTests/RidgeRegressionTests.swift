import LinearAlgebra
import Randomness
import Testing

/// Ridge regression from sums of products.
@Suite struct RidgeRegressionTests {
  private static func rows(_ count: Int) -> (x: Matrix<Float>, y: Matrix<Float>) {
    (
      Matrix(
        rowCount: count, columnCount: 6, elements: Noise.normal(6 * count, StreamKey(seed: 1))),
      Matrix(
        rowCount: count, columnCount: 3, elements: Noise.normal(3 * count, StreamKey(seed: 2)))
    )
  }

  private static func regression(_ x: Matrix<Float>, _ y: Matrix<Float>) -> RidgeRegression {
    var result = RidgeRegression(inputs: x.columnCount, outputs: y.columnCount)
    result.add(x, y)
    return result
  }

  /// The residuals y − x·W − b.
  private static func residuals(
    _ x: Matrix<Float>, _ y: Matrix<Float>, _ w: Matrix<Double>
  ) -> Matrix<Double> {
    var r = Matrix<Double>(rowCount: y.rowCount, columnCount: y.columnCount)
    for s in 0..<y.rowCount {
      for o in 0..<y.columnCount {
        r[s, o] = Double(y[s, o]) - w[x.columnCount, o]
        for i in 0..<x.columnCount { r[s, o] -= Double(x[s, i]) * w[i, o] }
      }
    }
    return r
  }

  @Test("values that are linear in the regressors give back their coefficients")
  func recovery() throws {
    let (x, _) = Self.rows(40)
    var y = Matrix<Float>(rowCount: 40, columnCount: 2)
    for s in 0..<40 {
      y[s, 0] = 3 + 2 * x[s, 0] - x[s, 5]
      y[s, 1] = -1 + 0.5 * x[s, 3]
    }
    let w = try #require(Self.regression(x, y).coefficients(penalty: 0))
    let expected: [(Int, Int, Double)] = [
      (0, 0, 2), (5, 0, -1), (6, 0, 3), (1, 0, 0), (3, 1, 0.5), (6, 1, -1),
    ]
    for (i, o, value) in expected { #expect(abs(w[i, o] - value) < 1e-5, "\(i), \(o)") }
  }

  @Test("the gradient of the penalized squares is 0 at the solution", arguments: [0, 0.3, 50])
  func normalEquations(penalty: Double) throws {
    let (x, y) = Self.rows(30)
    let w = try #require(Self.regression(x, y).coefficients(penalty: penalty))
    let r = Self.residuals(x, y, w)
    for o in 0..<3 {
      for i in 0..<6 {
        let slope = (0..<30).reduce(penalty * w[i, o]) { $0 - Double(x[$1, i]) * r[$1, o] }
        #expect(abs(slope) < 1e-9)
      }
      #expect(abs((0..<30).reduce(0.0) { $0 + r[$1, o] }) < 1e-9, "the constant has no penalty")
    }
  }

  @Test("the squares that coefficients leave are those of the rows, also of other rows")
  func residualSquares() throws {
    let (x, y) = Self.rows(50)
    let first = (x.block(rows: 0..<30, columns: 0..<6), y.block(rows: 0..<30, columns: 0..<3))
    let rest = (x.block(rows: 30..<50, columns: 0..<6), y.block(rows: 30..<50, columns: 0..<3))
    let w = try #require(Self.regression(first.0, first.1).coefficients(penalty: 0.1))
    for (x, y) in [first, rest] {
      let direct = Self.residuals(x, y, w).elements.reduce(0) { $0 + $1 * $1 }
      #expect(abs(Self.regression(x, y).residualSquares(w) - direct) < 1e-9 * direct)
    }
  }

  @Test("the sum of two regressions is the regression on the rows of both")
  func sums() throws {
    let (x, y) = Self.rows(50)
    let parts = [0..<20, 20..<50].map {
      Self.regression(
        x.block(rows: $0, columns: 0..<6), y.block(rows: $0, columns: 0..<3))
    }
    let sum = parts[0] + parts[1]
    let whole = Self.regression(x, y)
    #expect(sum.rows == 50)
    let (a, b) = (
      try #require(sum.coefficients(penalty: 1)), try #require(whole.coefficients(penalty: 1))
    )
    for (a, b) in zip(a.elements, b.elements) { #expect(abs(a - b) < 1e-12) }
  }

  @Test("dependent regressors have a solution only with a penalty")
  func dependent() {
    let (x, y) = Self.rows(4)
    let regression = Self.regression(x, y)
    #expect(regression.coefficients(penalty: 1e-3) != nil)
    #expect(regression.coefficients(penalty: 0) == nil)
  }

  @Test("the spectral radius of turns is their factor, of a triangle its largest diagonal element")
  func spectralRadius() {
    let turn = Matrix(rowCount: 2, columnCount: 2, elements: [0.0, -0.7, 0.7, 0])
    #expect(abs(BLAS.spectralRadius(turn) - 0.7) < 1e-12)
    let triangle = Matrix(rowCount: 3, columnCount: 3, elements: [1.0, 8, 9, 0, -3, 7, 0, 0, 2])
    #expect(abs(BLAS.spectralRadius(triangle) - 3) < 1e-12)
  }
}
