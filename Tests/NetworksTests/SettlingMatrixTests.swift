import Foundation
import LinearAlgebra
import Networks
import Randomness
import Testing

/// Weights between two layers that settle: changes and sums are those of the plain formula, for every shape.
@Suite struct SettlingMatrixTests {
  /// Rows × columns and vectors: less than a lane, remainders of blocks, stripes of long lines on either side, more vectors than
  /// are added at a time.
  static let shapes = [
    (1, 1, 1), (3, 5, 2), (70, 100, 3), (700, 130, 130), (20, 9_000, 4), (9_000, 70, 5),
    (5_000, 3, 2),
  ]

  static func drawn(_ count: Int, _ seed: Int, _ place: Int) -> [Float] {
    Noise.uniform(count, StreamKey(seed: UInt64(seed)).child(place)).map { 2 * $0 - 1 }
  }

  @Test("an update clamps every weight and finds the sums anew", arguments: shapes)
  func update(rows: Int, columns: Int, ranks: Int) {
    let weights = Self.drawn(rows * columns, 1, rows)
    // Half of the vectors are 0 at a row, as inputs are.
    let u = zip(Self.drawn(ranks * rows, 2, rows), Self.drawn(ranks * rows, 3, rows))
      .map { $1 > 0 ? $0 : 0 }
    let v = Self.drawn(ranks * columns, 4, columns)
    var change = UpdateRanks(rows: u, columns: v, ranks: ranks)
    change.rowShift = Self.drawn(rows, 5, rows)
    change.columnShift = Self.drawn(columns, 6, columns)
    func updated(_ threads: Int) -> SettlingMatrix {
      let before = Parallel.threadCount
      Parallel.threadCount = threads
      defer { Parallel.threadCount = before }
      var matrix = SettlingMatrix(rowCount: rows, columnCount: columns, weights: weights)
      matrix.update(change, low: -0.5, high: 1.25)
      return matrix
    }
    let found = updated(1)
    let other = updated(3)
    #expect(found.weights == other.weights)
    #expect(found.rowSums == other.rowSums && found.columnSums == other.columnSums)
    var (worst, low, high) = (0.0, 0, 0)
    var rowSums = [Double](repeating: 0, count: rows)
    var columnSums = [Double](repeating: 0, count: columns)
    for i in 0..<rows {
      for j in 0..<columns {
        var sum = Double(weights[i * columns + j] - (change.rowShift[i] + change.columnShift[j]))
        for r in 0..<ranks { sum += Double(u[r * rows + i]) * Double(v[r * columns + j]) }
        low += sum < -0.5 ? 1 : 0
        high += sum > 1.25 ? 1 : 0
        sum = min(max(sum, -0.5), 1.25)
        worst = max(worst, abs(sum - Double(found.weights[i * columns + j])))
        rowSums[i] += sum
        columnSums[j] += sum
      }
    }
    #expect(worst < 1e-5)
    #expect(rows * columns < 100 || (low > 0 && high > 0))
    func error(_ sums: [Float], _ exact: [Double]) -> Double {
      zip(sums, exact).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    }
    #expect(error(found.rowSums, rowSums) < 1e-6 * Double(columns) + 1e-5)
    #expect(error(found.columnSums, columnSums) < 1e-6 * Double(rows) + 1e-5)
  }
}
