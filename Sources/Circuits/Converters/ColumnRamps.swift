import LinearAlgebra

/// The ramp converters of a matrix's columns on one chip: one ramp for all, one a tile, or one a column.
public struct ColumnRamps: Sendable {
  private let search: RampSearch
  /// The ramp of each column; empty where one serves all.
  private let rampOfColumn: [Int32]
  private let columns: Int
  private let ones: [Float]

  /// - Parameters:
  ///   - thresholds: those of each ramp, relative to the upper end of the range: one ramp, one a tile,
  ///     or one a column.
  ///   - outputs: what code c stands for, relative to the upper end.
  ///   - lowest: the lower end of the range, relative to the upper.
  ///   - tiles: the columns of each tile, the first from 0.
  public init(_ thresholds: [[Float]], outputs: [Float], lowest: Float, tiles: [Range<Int>]) {
    columns = tiles.last!.upperBound
    ones = Array(repeating: 1, count: columns)
    search = RampSearch(thresholds, outputs: outputs, lowest: lowest)
    if thresholds.count == 1 {
      rampOfColumn = []
    } else if thresholds.count == tiles.count {
      rampOfColumn = tiles.enumerated().flatMap { k, tile in tile.map { _ in Int32(k) } }
    } else {
      precondition(thresholds.count == columns, "a ramp a tile or a column")
      rampOfColumn = (0..<columns).map(Int32.init)
    }
  }

  /// Adds `factor` times what the converters make of `raw` to `z`, both vectors × columns.
  ///
  /// - Parameter range: the upper end of the range.
  public func convert(
    _ raw: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>, vectors: Int, range: Float,
    factor: Float = 1
  ) {
    let ranges = [Float](repeating: range, count: columns)
    nonisolated(unsafe) let (raw, z) = (raw, z)  // safe: pieces are disjoint
    let piece = max(1, 16_384 / columns)
    Parallel.forEach((vectors + piece - 1) / piece) { k in
      rampOfColumn.withUnsafeBufferPointer { ramp in
        for v in k * piece..<min(vectors, (k + 1) * piece) {
          _ = search.convert(
            raw + v * columns, ramp: ramp.isEmpty ? nil : ramp.baseAddress, range: ranges,
            noise: nil, variance: nil, base: 0, gain: nil, offset: nil, scale: ones, factor: factor,
            pedestal: 0, into: z + v * columns, count: columns)
        }
      }
    }
  }
}
