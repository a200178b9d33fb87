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
    let zeros = [Float](repeating: 0, count: max(rowCount, columnCount))
    let p = change.rowShift.isEmpty ? zeros : change.rowShift
    let q = change.columnShift.isEmpty ? zeros : change.columnShift
    let (lineShift, lengthShift) = isTransposed ? (q, p) : (p, q)
    let (u, v) = isTransposed ? (change.columns, change.rows) : (change.rows, change.columns)
    var lineSums = [Float](repeating: 0, count: lines)
    var lengthSums = [Float](repeating: 0, count: length)
    // Long lines are cut into stripes and few blocks of lines summed at a time, so that the sums stay in the caches. Those over
    // blocks and stripes are made in their order, on any number of threads.
    let width = min(length, 4096)
    let blockLines = max(1, min(lines, 65_536 / width))
    let blocks = (lines + blockLines - 1) / blockLines
    let round = min(32, blocks)
    var partial = [Float](repeating: 0, count: round * width)
    var parts = [Float](repeating: 0, count: lines)
    for start in stride(from: 0, to: length, by: width) {
      let count = min(width, length - start)
      for firstBlock in stride(from: 0, to: blocks, by: round) {
        let present = min(round, blocks - firstBlock)
        values.withUnsafeMutableBufferPointer { values in
          parts.withUnsafeMutableBufferPointer { parts in
            partial.withUnsafeMutableBufferPointer { partial in
              // Safe: blocks of lines are disjoint.
              nonisolated(unsafe) let (values, parts, partial) = (
                values.baseAddress! + start, parts.baseAddress!, partial.baseAddress!
              )
              let body: @Sendable (Int) -> Void = { k in
                let first = (firstBlock + k) * blockLines
                let sums = partial + k * width
                sums.update(repeating: 0, count: count)
                withVectors(lineShift, lengthShift, u, v) { lineShift, lengthShift, u, v in
                  ow_settling_update(
                    values + first * length, min(blockLines, lines - first), count, length,
                    lineShift + first, lengthShift + start, u.map { $0 + first }, lines,
                    v.map { $0 + start }, length, change.ranks, low, high, parts + first, sums)
                }
              }
              if lines * length < 100_000 {
                for k in 0..<present { body(k) }
              } else {
                Parallel.forEach(present, body)
              }
            }
          }
        }
        for k in 0..<present {
          add(count, of: partial, from: k * width, to: &lengthSums, at: start)
        }
      }
      add(lines, of: parts, from: 0, to: &lineSums, at: 0)
    }
    (rowSums, columnSums) = isTransposed ? (lengthSums, lineSums) : (lineSums, lengthSums)
  }
}

/// Adds `count` numbers from place `first` of `values` to those from place `start` of `sums`.
private func add(
  _ count: Int, of values: [Float], from first: Int, to sums: inout [Float], at start: Int
) {
  values.withUnsafeBufferPointer { values in
    sums.withUnsafeMutableBufferPointer { sums in
      let (values, sums) = (values.baseAddress! + first, sums.baseAddress! + start)
      for j in 0..<count { sums[j] += values[j] }
    }
  }
}

/// Calls `body` with the addresses of shifts and vectors; no vectors are a null.
private func withVectors(
  _ p: [Float], _ q: [Float], _ u: [Float], _ v: [Float],
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>?, UnsafePointer<Float>?
  ) -> Void
) {
  p.withUnsafeBufferPointer { p in
    q.withUnsafeBufferPointer { q in
      u.withUnsafeBufferPointer { u in
        v.withUnsafeBufferPointer { v in
          body(p.baseAddress!, q.baseAddress!, u.baseAddress, v.baseAddress)
        }
      }
    }
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
