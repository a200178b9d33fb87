import Circuits
import DeviceModels
import LinearAlgebra
import Randomness

/// The ramp converters of one block of rows on one chip: codes change where the cells of a linear ramp
/// say, one ramp a tile or one a column, as `Crossbar` converts with them.
///
/// Gradients go straight through the codes and stop outside of the range.
package struct TileRamps: Sendable {
  private let search: RampSearch
  /// The ramp of each column; empty where one serves all.
  private let rampOfColumn: [Int32]
  private let columns: Int
  private let ones: [Float]

  /// Writes the ramps of a chip.
  ///
  /// - Parameters:
  ///   - tiles: the columns of each tile.
  ///   - strength: how much of the ramps' errors counts, 0 … 1.
  package init(
    _ ramp: RampConversion, bits: Int, device: DeviceModel?, tiles: [Range<Int>], strength: Float,
    key: StreamKey
  ) {
    let codes = OutputConverter(bits: bits, ramp: ramp).unitCodes(signed: true)
    let ideal = (codes.lowest + 1...codes.highest).map {
      (Float($0) + codes.shift - 0.5) * codes.step
    }
    columns = tiles.last!.upperBound
    ones = Array(repeating: 1, count: columns)
    var thresholds = [ideal]
    if let device {
      thresholds = ramp.thresholds(
        bits: bits, lowest: -1, device: device, exact: false,
        count: ramp.sharing == .tile ? tiles.count : columns, key: key)
      if strength < 1 {
        thresholds = thresholds.map { zip(ideal, $0).map { $0 + strength * ($1 - $0) } }
      }
    }
    let width = columns
    rampOfColumn =
      thresholds.count == 1
      ? []
      : ramp.sharing == .column
        ? (0..<width).map(Int32.init)
        : tiles.enumerated().flatMap { k, tile in tile.map { _ in Int32(k) } }
    search = RampSearch(
      thresholds,
      outputs: (codes.lowest...codes.highest).map { (Float($0) + codes.shift) * codes.step },
      lowest: -1)
  }

  /// Adds `factor` times what the converters make of `raw` to `z`, both vectors × columns.
  ///
  /// - Parameter range: the upper end of the range; the lower one is its opposite.
  package func convert(
    _ raw: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>, vectors: Int, range: Float,
    factor: Float
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

  /// Stops the gradients `d` outside of the range, and gives that of the range: rounding errors, counted
  /// in parts of the range, are held.
  func passBack(
    _ raw: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, vectors: Int, range: Float
  ) -> Double {
    let count = vectors * columns
    return withScratch(count) { q in
      q.update(repeating: 0, count: count)
      convert(raw, q, vectors: vectors, range: range, factor: 1)
      var slope = 0.0
      for i in 0..<count {
        let inside = abs(raw[i]) <= range
        slope += Double(d[i] * (inside ? q[i] - raw[i] : q[i]))
        if !inside { d[i] = 0 }
      }
      return slope / Double(range)
    }
  }
}
