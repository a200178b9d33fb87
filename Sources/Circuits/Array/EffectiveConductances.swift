internal import CArrayKernels
import LinearAlgebra
import NumericalMethods
import Randomness

extension WiredArray {
  /// The matrix of effective conductances T: the output currents of any source voltages V are Tᵀ·V.
  ///
  /// Cells are joined to blocks and blocks to larger ones, each described by its ports alone, so that
  /// nearly all of the work is products of matrices. Once made, every further read is one product.
  /// - Returns: siemens, M × N; the conductances themselves where all wires are ideal.
  /// - Throws: `NumericalFailure` where one read by the matrix and by conjugate gradients differ by
  ///   more than 1e-7 of the largest current, the parts of either sign of an output added up.
  /// - Complexity: about 62·N³ operations for an N × N array.
  public func effectiveConductances() throws(NumericalFailure) -> Matrix<Double> {
    try checkedEffectiveConductances().matrix
  }

  /// The same, and how far one read by them is from conjugate gradients, over the largest current.
  ///
  /// The current of a bit line is compared with the sum of the absolute values of its parts: the few
  /// inputs of a small tile may cancel to any small output.
  func checkedEffectiveConductances() throws(NumericalFailure) -> (
    matrix: Matrix<Double>, deviation: Double
  ) {
    let all = Region(rows: 0..<rowCount, columns: 0..<columnCount)
    let whole = withEachSegment.joined(all)
    let transfer = Matrix(rowCount: columnCount, columnCount: rowCount, elements: whole.matrix)
      .transposed()
    return (transfer, try deviation(of: transfer))
  }

  /// Regions up to this many cells are made in one piece, on one thread.
  private static let pieceSize = 4096

  private struct Region {
    var rows: Range<Int>
    var columns: Range<Int>
    var count: Int { rows.count * columns.count }

    /// Two halves: the left and the right one, or the upper and the lower one.
    var halves: (Region, Region, across: Bool) {
      if columns.count >= rows.count {
        let c = columns.lowerBound + columns.count / 2
        return (
          Region(rows: rows, columns: columns.lowerBound..<c),
          Region(rows: rows, columns: c..<columns.upperBound), true
        )
      }
      let r = rows.lowerBound + rows.count / 2
      return (
        Region(rows: rows.lowerBound..<r, columns: columns),
        Region(rows: r..<rows.upperBound, columns: columns), false
      )
    }
  }

  private func join(_ a: PortBlock, _ b: PortBlock, across: Bool) -> PortBlock {
    across ? .joined(a, .right, b, .left) : .joined(a, .bottom, b, .top)
  }

  /// Halves on several threads, down to pieces; the same regions whatever the number of threads.
  private func joined(_ region: Region) -> PortBlock {
    if region.count <= Self.pieceSize { return block(region) }
    let (a, b, across) = region.halves
    nonisolated(unsafe) var halves: [PortBlock?] = [nil, nil]
    halves.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let buffer = buffer  // safe: either half has its own place
      Parallel.forEach(2) { k in buffer[k] = joined(k == 0 ? a : b) }
    }
    return join(halves[0]!, halves[1]!, across: across)
  }

  private func block(_ region: Region) -> PortBlock {
    let side = Int(OW_PORTS_SIDE)
    if region.rows.count > side || region.columns.count > side {
      let (a, b, across) = region.halves
      return join(block(a), block(b), across: across)
    }
    let (isTop, isBottom) = (region.rows.lowerBound == 0, region.rows.upperBound == rowCount)
    let (isLeft, isRight) = (
      region.columns.lowerBound == 0, region.columns.upperBound == columnCount
    )
    let (m, n) = (region.rows.count, region.columns.count)
    let given = [m, isRight ? 0 : m, isBottom ? 0 : n, isTop ? 0 : n]
    let followed = [isLeft ? 0 : m, isRight ? 0 : m, n, isTop ? 0 : n]
    let count = given.reduce(0, +) * followed.reduce(0, +)
    let place = ow_ports_region(
      top: Int32(region.rows.lowerBound), bottom: Int32(region.rows.upperBound),
      left: Int32(region.columns.lowerBound), right: Int32(region.columns.upperBound))
    let matrix = [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: Int(OW_PORTS_SCRATCH)) { scratch in
        conductances.elements.withUnsafeBufferPointer { cells in
          wordLineResistances.elements.withUnsafeBufferPointer { words in
            bitLineResistances.elements.withUnsafeBufferPointer { bits in
              var array = ow_ports_array(
                cells: cells.baseAddress, words: words.baseAddress, bits: bits.baseAddress,
                rows: Int32(rowCount), columns: Int32(columnCount))
              ow_ports_build(&array, place, buffer.baseAddress, scratch.baseAddress)
            }
          }
        }
      }
      filled = count
    }
    return PortBlock(given: given, followed: followed, matrix: matrix)
  }

  private func deviation(of transfer: Matrix<Double>) throws(NumericalFailure) -> Double {
    var stream = RandomStream(StreamKey(seed: 1).child("effective conductances"))
    let inputs = (0..<rowCount).map { _ in 2 * stream.uniform() - 1 }
    let exact = try WiredArraySolver(self).solve(inputs).outputCurrents
    var (worst, largest) = (0.0, 0.0)
    for j in 0..<columnCount {
      var (sum, parts) = (0.0, 0.0)
      for i in 0..<rowCount {
        sum += inputs[i] * transfer[i, j]
        parts += abs(inputs[i] * transfer[i, j])
      }
      worst = max(worst, abs(sum - exact[j]))
      largest = max(largest, parts)
    }
    guard worst <= 1e-7 * largest || largest == 0 else {
      throw NumericalFailure(
        "the effective conductances of \(rowCount)×\(columnCount) cells are off by \(worst / largest) of the largest current, 1e-7 is allowed"
      )
    }
    return largest > 0 ? worst / largest : 0
  }
}
