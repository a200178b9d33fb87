internal import CSettlingKernels
import LinearAlgebra

/// The weights between two layers of a network that settles: units of the layer before × units of the layer
/// behind.
///
/// Numbers lie with the longer side contiguous, so that products with a layer of few units run along the other.
package struct SettlingMatrix: Sendable {
  /// Units of the layer before, and of the layer behind.
  package let rowCount: Int
  package let columnCount: Int
  /// Whether `values` are columns × rows.
  package let isTransposed: Bool
  /// The weights: rows × columns, or columns × rows where transposed.
  package private(set) var values: [Float]
  /// Σ of the weights of each unit of the layer before, and of each of the layer behind.
  package private(set) var rowSums: [Float] = []
  package private(set) var columnSums: [Float] = []

  /// - Parameter weights: rows × columns.
  package init(rowCount: Int, columnCount: Int, weights: [Float]) {
    precondition(rowCount > 0 && columnCount > 0, "a matrix has rows and columns")
    precondition(weights.count == rowCount * columnCount, "a number a weight")
    self.rowCount = rowCount
    self.columnCount = columnCount
    isTransposed = columnCount < rowCount && columnCount < 64
    values = []
    set(weights)
  }

  /// The weights, rows × columns.
  package var weights: [Float] {
    isTransposed ? Self.transposed(values, rows: columnCount, columns: rowCount) : values
  }

  /// Replaces all weights.
  /// - Parameter weights: rows × columns.
  package mutating func set(_ weights: [Float]) {
    precondition(weights.count == rowCount * columnCount, "a number a weight")
    values =
      isTransposed
      ? Self.transposed(weights, rows: rowCount, columns: columnCount) : weights
    // An update by nothing finds the sums as every update does.
    let u = UpdateRanks(rows: [Float](repeating: 0, count: rowCount), columns: [], ranks: 0)
    update(u, low: -.infinity, high: .infinity)
  }

  /// The numbers of a change, rows × columns.
  package func dense(_ change: UpdateRanks) -> [Float] {
    var sum = SettlingMatrix(
      rowCount: rowCount, columnCount: columnCount,
      weights: [Float](repeating: 0, count: values.count))
    sum.update(change, low: -.infinity, high: .infinity)
    return sum.weights
  }

  private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    for i in 0..<rows {
      for j in 0..<columns { result[j * rows + i] = values[i * columns + j] }
    }
    return result
  }

  private var lines: Int { isTransposed ? columnCount : rowCount }
  private var lineLength: Int { isTransposed ? rowCount : columnCount }

  /// y ← y + x·W: x samples × rows, y samples × columns. Zeros in x cost nothing where W is not transposed.
  func forward(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, samples: Int
  ) {
    let product = isTransposed ? ow_settling_backward : ow_settling_forward
    product(values, lines, lineLength, x, rowCount, y, columnCount, samples)
  }

  /// y ← y + x·Wᵀ: x samples × columns, y samples × rows.
  func backward(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, samples: Int
  ) {
    let product = isTransposed ? ow_settling_forward : ow_settling_backward
    product(values, lines, lineLength, x, columnCount, y, rowCount, samples)
  }

  /// W ← clamp(W + Σᵣ uᵣ⊗vᵣ − p⊗1 − 1⊗q, low, high), and the sums anew.
  package mutating func update(_ change: UpdateRanks, low: Float, high: Float) {
    let (lines, length) = (lines, lineLength)
    let blockLines = max(1, min(lines, 65_536 / length))
    let blocks = (lines + blockLines - 1) / blockLines
    let isTransposed = isTransposed
    let zeros = [Float](repeating: 0, count: max(rowCount, columnCount))
    let p = change.rowShift.isEmpty ? zeros : change.rowShift
    let q = change.columnShift.isEmpty ? zeros : change.columnShift
    let (lineShift, lengthShift) = isTransposed ? (q, p) : (p, q)
    let (u, v) = isTransposed ? (change.columns, change.rows) : (change.rows, change.columns)
    var lineSums = [Float](repeating: 0, count: lines)
    // Few blocks at a time, so that their sums stay in the cache. Sums over blocks are made in the order of the blocks, on
    // any number of threads.
    var lengthSums = [Float](repeating: 0, count: length)
    for firstBlock in stride(from: 0, to: blocks, by: 32) {
      let round = min(32, blocks - firstBlock)
      var partial = [Float](repeating: 0, count: round * length)
      values.withUnsafeMutableBufferPointer { values in
        lineSums.withUnsafeMutableBufferPointer { lineSums in
          partial.withUnsafeMutableBufferPointer { partial in
            // Safe: blocks of lines are disjoint.
            nonisolated(unsafe) let (values, sums, partial) = (
              values.baseAddress!, lineSums.baseAddress!, partial.baseAddress!
            )
            let body: @Sendable (Int) -> Void = { k in
              let first = (firstBlock + k) * blockLines
              lineShift.withUnsafeBufferPointer { lineShift in
                u.withUnsafeBufferPointer { u in
                  ow_settling_update(
                    values + first * length, min(blockLines, lines - first), length,
                    lineShift.baseAddress! + first, lengthShift, u.baseAddress.map { $0 + first },
                    lines, v, length, change.ranks, low, high, sums + first, partial + k * length)
                }
              }
            }
            if lines * length < 100_000 {
              for k in 0..<round { body(k) }
            } else {
              Parallel.forEach(round, body)
            }
          }
        }
      }
      for k in 0..<round {
        for j in 0..<length { lengthSums[j] += partial[k * length + j] }
      }
    }
    (rowSums, columnSums) = isTransposed ? (lengthSums, lineSums) : (lineSums, lengthSums)
  }
}

/// A change of a matrix: outer products of `ranks` pairs of vectors, less what all weights of a row and all
/// weights of a column have in common.
package struct UpdateRanks: Sendable {
  /// The vectors of the layer before, `ranks` × rows, and of the layer behind, `ranks` × columns.
  package var rows: [Float]
  package var columns: [Float]
  /// How many pairs there are.
  package var ranks: Int
  /// What is subtracted from all weights of a row, and of a column; empty for nothing.
  package var rowShift: [Float] = []
  package var columnShift: [Float] = []

  /// A change; see the members.
  package init(rows: [Float], columns: [Float], ranks: Int) {
    self.rows = rows
    self.columns = columns
    self.ranks = ranks
  }
}
