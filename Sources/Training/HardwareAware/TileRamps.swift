import Circuits
import DeviceModels
import Randomness

/// The ramp converters of one block of rows on one chip: codes change where the cells of a linear ramp
/// say, one ramp a tile or one a column, as `Crossbar` converts with them.
///
/// Gradients go straight through the codes and stop outside of the range.
package struct TileRamps: Sendable {
  private let ramps: ColumnRamps
  private let columns: Int

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
    var thresholds = [ideal]
    if let device {
      thresholds = ramp.thresholds(
        bits: bits, lowest: -1, device: device, exact: false,
        count: ramp.sharing == .tile ? tiles.count : columns, key: key)
      if strength < 1 {
        thresholds = thresholds.map { zip(ideal, $0).map { $0 + strength * ($1 - $0) } }
      }
    }
    ramps = ColumnRamps(
      thresholds,
      outputs: (codes.lowest...codes.highest).map { (Float($0) + codes.shift) * codes.step },
      lowest: -1, tiles: tiles)
  }

  /// Adds `factor` times what the converters make of `raw` to `z`, both vectors × columns.
  ///
  /// - Parameter range: the upper end of the range; the lower one is its opposite.
  package func convert(
    _ raw: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>, vectors: Int, range: Float,
    factor: Float
  ) {
    ramps.convert(raw, z, vectors: vectors, range: range, factor: factor)
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
