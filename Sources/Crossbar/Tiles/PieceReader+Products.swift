internal import CConversionKernels
import LinearAlgebra

/// The products of a plane: currents, and the variances that noise of cells and of currents gives them.
extension PieceReader {
  /// What replaces the voltages in the noise of reads whose charges are added: sums over the reads, each with the square of
  /// its weight.
  struct AddedReads {
    /// Of the squares of the voltages, vectors × rows.
    let squares: UnsafeMutablePointer<Float>
    /// Of their magnitudes; of no meaning where no plane has noise of the current.
    let magnitudes: UnsafeMutablePointer<Float>
    /// Of 1.
    let count: Float
  }

  /// The currents of a plane, and their variances where cells differ in them.
  func multiply(
    _ plane: ReadPlane, _ volts: UnsafeMutablePointer<Float>,
    _ power: AddedReads?, into currents: UnsafeMutablePointer<Float>,
    _ variances: UnsafeMutablePointer<Float>
  ) {
    defer { addCurrentNoise(plane, volts, power, to: variances) }
    let wantsVariances = !plane.variances.isEmpty
    guard let integers = plane.integers else {
      multiply(volts, plane.conductances, into: currents)
      if wantsVariances { readVariances(plane, volts, power, into: variances) }
      return
    }
    let (count, n, unit) = (vectors.count, columns.count, matrix.drive.codeVolts)
    let size = count * integers.codeStride
    withUnsafeTemporaryAllocation(of: Int16.self, capacity: size) { codes in
      let codes = codes.baseAddress!
      integers.codes(of: volts, vectors: count, unit: unit, into: codes)
      integers.multiply(
        codes, vectors: count, columns: columns, unit: unit, into: currents, leading: n)
      guard wantsVariances else { return }
      guard power == nil, let squares = plane.integerVariances else {
        return readVariances(plane, volts, power, into: variances)
      }
      IntegerMatrix.squares(of: codes, count: size, into: codes)
      squares.multiply(
        codes, vectors: count, columns: columns, unit: unit * unit, into: variances, leading: n)
    }
  }

  /// Adds Johnson and shot noise to the variances of a plane's columns.
  func addCurrentNoise(
    _ plane: ReadPlane, _ volts: UnsafeMutablePointer<Float>, _ power: AddedReads?,
    to variances: UnsafeMutablePointer<Float>
  ) {
    guard let current = plane.current else { return }
    let count = vectors.count * rows
    withScratch(count) { shares in
      currentShares(current, volts, power, into: shares)
      multiply(
        shares, current.conductances, into: variances, adds: !plane.variances.isEmpty)
    }
  }

  /// What each line's conductances add to a column's variance, vectors × rows, in A²/S.
  func currentShares(
    _ current: ReadPlane.CurrentVariance, _ volts: UnsafeMutablePointer<Float>,
    _ power: AddedReads?, into shares: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<vectors.count * rows {
      shares[i] =
        current.thermal * (power?.count ?? 1)
        + current.shot * (power.map { $0.magnitudes[i] } ?? abs(volts[i]))
    }
  }

  func powerSum(
    _ volts: UnsafeMutablePointer<Float>, _ power: AddedReads?, vector v: Int
  ) -> Float {
    guard let power else { return ow_squares(volts + v * rows, nil, rows) }
    var sum: Float = 0
    for i in 0..<rows { sum += power.squares[v * rows + i] }
    return sum
  }

  /// vectors × rows times the piece's columns of a rows × columns matrix.
  func multiply(
    _ a: UnsafeMutablePointer<Float>, _ matrix: [Float], into c: UnsafeMutablePointer<Float>,
    adds: Bool = false
  ) {
    let (count, n) = (vectors.count, columns.count)
    matrix.withUnsafeBufferPointer { b in
      let start = b.baseAddress! + columns.lowerBound
      if count == 1, !adds {
        BLAS.gemv(start, .transposed, m: rows, n: n, leading: width, a, into: c)
      } else {
        BLAS.gemm(
          a, leading: rows, start, leading: width, into: c, leading: n, m: count, n: n, k: rows,
          beta: adds ? 1 : 0)
      }
    }
  }

  func limit(
    _ currents: UnsafeMutablePointer<Float>, _ volts: UnsafeMutablePointer<Float>,
    _ plane: ReadPlane
  ) {
    guard let limit = design.columnLimit else { return }
    let count = vectors.count * columns.count
    guard !plane.subtracted.isEmpty else {
      return ow_limit_currents(currents, nil, Float(limit.value), count)
    }
    withScratch(count) { subtracted in
      multiply(volts, plane.subtracted, into: subtracted)
      ow_limit_currents(currents, subtracted, Float(limit.value), count)
    }
  }

  func readVariances(
    _ plane: ReadPlane, _ volts: UnsafeMutablePointer<Float>,
    _ power: AddedReads?, into variances: UnsafeMutablePointer<Float>
  ) {
    if let power { return multiply(power.squares, plane.variances, into: variances) }
    let count = vectors.count * rows
    withScratch(count) { squares in
      _ = ow_squares(volts, squares, count)
      multiply(squares, plane.variances, into: variances)
    }
  }
}
