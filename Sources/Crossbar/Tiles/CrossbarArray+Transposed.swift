internal import CConversionKernels
import Circuits
import LinearAlgebra
import Randomness

extension CrossbarArray {
  /// `x = d·Wᵀ` of this chip for several vectors: the transposed read. Bit lines are driven and word lines are sensed, as
  /// in-situ backpropagation and associative memories read an array.
  ///
  /// The two columns of a pair are driven with opposite voltages; slices are read one after the other, and what a
  /// pedestal adds is subtracted digitally. Drive and conversion have the bits of the design. A full voltage
  /// represents the largest |d| of the vector in a tile; the range of a word line's converter is twice
  /// the root of the summed squares of its cells at the read voltage. Read noise, drift and written errors are those of
  /// forward reads, and so is the effect of wires, which is right to first order in their resistance.
  /// - Parameters:
  ///   - d: vectors × outputs.
  ///   - x: becomes vectors × inputs.
  ///   - key: the stream of the reads; the noise of vector v depends on it and on `first` + v alone.
  ///   - first: the number of the first vector.
  /// - Returns: how many conversions were clipped.
  @discardableResult
  public func multiplyTransposed(
    _ d: UnsafeBufferPointer<Float>, vectors: Int, into x: UnsafeMutableBufferPointer<Float>,
    key: StreamKey, first: Int = 0
  ) -> Int {
    let (inputs, outputs) = (mapped.inputCount, mapped.outputCount)
    precondition(
      d.count == vectors * outputs && x.count == vectors * inputs, "vectors of the matrix")
    x.update(repeating: 0)
    guard vectors > 0 else { return 0 }
    return transposedTiles.value { gatherTransposedTiles() }.reduce(0) {
      $0 + read($1, d.baseAddress!, vectors: vectors, into: x.baseAddress!, key: key, first: first)
    }
  }

  /// One slice of one tile as its word lines see it.
  struct TransposedTile: Sendable {
    let block: Int
    let slice: Int
    /// The columns of the block.
    let columns: Range<Int>
    /// Where its stream hangs below that of the read.
    let place: [Int]
    /// Siemens, rows × columns of the tile.
    var cells: [Float]
    /// Variances of a read.
    var variances: [Float]
    /// Johnson and shot noise, one per plane.
    var currents: [ReadPlane.CurrentVariance]
    let converters: ColumnConverters
  }

  private func gatherTransposedTiles() -> [TransposedTile] {
    var result: [TransposedTile] = []
    for (b, block) in mapped.blocks.enumerated() {
      let (start, width) = (block.place.columns.lowerBound, block.place.columns.count)
      let rows = 0..<block.place.rows.count
      for (t, tile) in mapped.layout.tiles(of: block.place).enumerated() {
        let columns = tile.lowerBound - start..<tile.upperBound - start
        for (s, slice) in blocks[b].slices.enumerated() {
          let differences = slice.differences
          let cells = rows.flatMap { i in columns.map { differences[i * width + $0] } }
          let variances = rows.flatMap { i in
            columns.map { j in
              slice.planes.reduce(Float(0)) {
                $0
                  + ($1.variances.isEmpty
                    ? $1.uniformVariance
                    : $1.value($1.variances, row: i, column: j, of: width))
              }
            }
          }
          result.append(
            TransposedTile(
              block: b, slice: s, columns: columns, place: [b, t, s], cells: cells,
              variances: variances,
              currents: slice.planes.compactMap { plane in
                plane.current.map { current in
                  ReadPlane.CurrentVariance(
                    rows.flatMap { i in
                      columns.map {
                        plane.value(current.conductances, row: i, column: $0, of: width)
                      }
                    }, thermal: current.thermal, shot: current.shot)
                }
              },
              converters: transposedConverters(cells, columns: columns.count)))
        }
      }
    }
    return result
  }

  /// Adds what one slice of one tile gives.
  private func read(
    _ tile: TransposedTile, _ d: UnsafePointer<Float>, vectors: Int,
    into x: UnsafeMutablePointer<Float>, key: StreamKey, first: Int
  ) -> Int {
    let (b, columns, cells, variances) = (tile.block, tile.columns, tile.cells, tile.variances)
    let (place, target) = (mapped.blocks[b].place, mapped.blocks[b].slices[tile.slice])
    let key = tile.place.reduce(key) { $0.child($1) }
    let (rows, n) = (place.rows.count, columns.count)
    let volts = drive.volts
    let output = tile.converters
    let lines = LineConverters(mapped.design.input?.unitCodes)
    let noisy =
      variances.contains { $0 > 0 } || !tile.currents.isEmpty || mapped.design.outputNoise.value > 0
    let base = Float(mapped.design.outputNoise.value * mapped.design.outputNoise.value)
    var clipped = 0
    var (driven, scaled) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
    var (currents, squares) = (
      [Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows)
    )
    var noise = [Float](repeating: 0, count: noisy ? rows : 0)
    var result = [Float](repeating: 0, count: rows)
    for v in 0..<vectors {
      // A column's scale is applied before it is driven: one current sums all columns.
      for j in 0..<n {
        let column = columns.lowerBound + j
        scaled[j] =
          d[v * mapped.outputCount + place.columns.lowerBound + column] * scales[b][column]
      }
      var range = ow_largest(scaled, n)
      if range > 0 {
        lines.convert(scaled, count: n, range: range, volts: volts, into: &driven)
      } else {
        (driven, range) = ([Float](repeating: 0, count: n), 0)
      }
      BLAS.gemv(cells, m: rows, n: n, leading: n, driven, into: &currents)
      if noisy {
        for j in 0..<n { scaled[j] = driven[j] * driven[j] }
        BLAS.gemv(variances, m: rows, n: n, leading: n, scaled, into: &squares)
        for current in tile.currents {
          for j in 0..<n { scaled[j] = current.thermal + current.shot * abs(driven[j]) }
          BLAS.gemv(current.conductances, m: rows, n: n, leading: n, scaled, into: &noise)
          for i in 0..<rows { squares[i] += noise[i] }
        }
        noise.withUnsafeMutableBufferPointer {
          Noise.fillNormal($0, key, from: (first + v) * rows)
        }
      }
      var pedestal: Float = 0
      for j in 0..<n where target.pedestal != 0 {
        let part = pedestalFactors[b].isEmpty ? 1 : pedestalFactors[b][columns.lowerBound + j]
        pedestal += driven[j] * target.pedestal / part
      }
      for i in 0..<rows { result[i] = 0 }
      noise.withUnsafeBufferPointer { noise in
        clipped += output.convert(
          currents,
          noise: ColumnConverters.Noise(
            values: noisy ? noise.baseAddress : nil, variances: noisy ? squares : nil, base: base),
          factor: target.factor * range, pedestal: pedestal, into: &result)
      }
      for (i, row) in place.rows.enumerated() where row < mapped.inputCount {
        x[v * mapped.inputCount + row] += result[i]
      }
    }
    return clipped
  }

  /// The converters of a tile's word lines.
  private func transposedConverters(_ cells: [Float], columns n: Int) -> ColumnConverters {
    let rows = cells.count / n
    guard let output = mapped.design.output else { return ColumnConverters(count: rows) }
    let codes = UniformCodes(bits: output.bits, set: .symmetric, lower: -1, upper: 1)
    let squares = (0..<rows).map { (i: Int) -> Float in
      cells[i * n..<(i + 1) * n].reduce(0) { (sum: Float, cell: Float) in sum + cell * cell }
    }
    let largest = (squares.max() ?? 0).squareRoot()
    let range = max(2 * drive.volts * largest, .leastNormalMagnitude * 1e6)
    return ColumnConverters(codes, widths: Array(repeating: range * codes.step, count: rows))
  }
}
