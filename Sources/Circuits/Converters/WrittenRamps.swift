import LinearAlgebra
public import Randomness

/// The written ramps of the columns of a matrix that compute one function: a ramp per tile, or per column.
public struct WrittenRamps: Sendable {
  /// The codes of all columns, without the noise of conversions.
  public let converters: ColumnConverters
  /// The cells, one ramp per row; `nil` where ramps are exact.
  public let cells: RampColumns?
  private let search: RampSearch
  private let outputs: [Float]
  /// The columns of each ramp; one ramp serves all columns where ramps are exact.
  private let tiles: [Range<Int>]
  private let noise: RampNoise?

  /// - Parameters:
  ///   - thresholds: of each ramp; one that serves all columns, or one per range of `tiles`.
  ///   - outputs: what the codes stand for.
  ///   - tiles: the columns of each ramp, the first from 0.
  init(
    _ thresholds: [[Float]], outputs: [Float], tiles: [Range<Int>], cells: RampColumns? = nil,
    noise: RampNoise? = nil
  ) {
    search = RampSearch(thresholds, outputs: outputs, lowest: -.infinity)
    converters = ColumnConverters(thresholds, outputs: outputs, lowest: -.infinity, tiles: tiles)
    self.outputs = outputs
    self.tiles = tiles
    self.cells = cells
    self.noise = noise
  }

  /// Whether conversions of the same number differ.
  public var isNoisy: Bool { noise != nil }
  /// Whether one ramp without noise serves all columns and vectors.
  public var isShared: Bool { search.rampCount == 1 && noise == nil }

  /// Replaces the numbers of neighboring columns by what their codes stand for.
  ///
  /// - Parameters:
  ///   - x: one number per column.
  ///   - firstColumn: the column of the first of them.
  ///   - vector: the number of the conversion, by which its noise is drawn.
  ///   - range: what the numbers and the outputs are counted in.
  public func apply(
    _ x: UnsafeMutableBufferPointer<Float>, firstColumn: Int, vector: Int, range: Float = 1,
    key: StreamKey
  ) {
    guard let base = x.baseAddress else { return }
    guard range == 1 else {
      for i in x.indices { x[i] /= range }
      apply(x, firstColumn: firstColumn, vector: vector, key: key)
      for i in x.indices { x[i] *= range }
      return
    }
    if isShared { return search.apply(base, count: x.count) }
    for (ramp, tile) in tiles.enumerated() {
      let part = tile.clamped(to: firstColumn..<firstColumn + x.count)
      guard !part.isEmpty else { continue }
      let numbers = UnsafeMutableBufferPointer(
        start: base + part.lowerBound - firstColumn, count: part.count)
      guard let noise else {
        search.apply(numbers.baseAddress!, count: part.count, ramp: ramp)
        continue
      }
      noise.convert(
        numbers, firstColumn: part.lowerBound, ramp: ramp, vector: vector, outputs: outputs,
        key: key)
    }
  }
}

extension RampColumns {
  /// The cells of one ramp at the time of reading, in siemens, calibration cells first.
  public func cells(ofRamp ramp: Int) -> [Float] {
    let width = conductances.columnCount
    return Array(conductances.elements[ramp * width..<(ramp + 1) * width])
  }
}
