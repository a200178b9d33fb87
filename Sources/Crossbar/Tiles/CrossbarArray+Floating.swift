import Circuits
import DeviceModels
import LinearAlgebra
import NumericalMethods
import Randomness

/// The voltages of floating bit lines.
public struct FloatingVoltages: Sendable {
  /// The columns of one slice of the weights.
  public struct Slice: Sendable {
    /// Volts of the columns that count upward, vectors × outputs.
    public internal(set) var positive: Matrix<Float>
    /// Volts of the columns that are subtracted: the other column of each pair, or the tile's reference column; vectors ×
    /// outputs, or without elements where the mapping has neither.
    public internal(set) var negative: Matrix<Float>

    /// Volts of the positive columns minus those of the negative ones, where there are any.
    public var differences: Matrix<Float> {
      var result = positive
      for k in negative.elements.indices { result.elements[k] -= negative.elements[k] }
      return result
    }
  }

  /// One per slice, the least significant first.
  public internal(set) var slices: [Slice]
  /// The input that the read voltage represents, one per vector.
  public internal(set) var inputScales: [Float]
  /// How many conversions were clipped.
  public internal(set) var clipped: Int
}

extension CrossbarArray {
  /// The floating read: word lines are driven, bit lines are held by nothing, and what is read are their voltages.
  ///
  /// A bit line of linear cells without wire resistance is at Σ G·V / Σ G of its cells. Bit lines of tiles that divide the
  /// rows of a matrix are connected. The inputs are amplitudes with the bits of the design; one scale serves the whole
  /// matrix. With output converters the voltages have their bits, over a range of the read voltage to either side of 0.
  /// Written errors, stuck cells, drift and read noise are those of the other reads. Wires and nonlinear cells are solved
  /// exactly, with one circuit per vector where cells are nonlinear or noisy.
  /// - Parameters:
  ///   - x: vectors × inputs.
  ///   - key: the stream of the reads; the noise of vector v depends on it and on `first` + v alone.
  ///   - first: the number of the first vector.
  /// - Throws: `NumericalFailure` where a circuit is not solved.
  public func readFloating(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, key: StreamKey, first: Int = 0
  ) throws(NumericalFailure) -> FloatingVoltages {
    try floatingReader().read(x, vectors: vectors, key: key, first: first)
  }

  /// A reader of the cells as they are now, for many reads.
  /// - Throws: `NumericalFailure` where the wires' circuit cannot be factorized.
  public func floatingReader() throws(NumericalFailure) -> FloatingReader {
    try FloatingReader(self)
  }
}

/// Reads the floating bit lines of a matrix; prepared once for the cells as they were then.
public struct FloatingReader: Sendable {
  let matrix: CrossbarArray
  private let bands: [Band]

  /// Blocks whose bit lines are connected.
  struct Band: Sendable {
    /// The columns of the matrix.
    let columns: Range<Int>
    /// The tiles that these are divided into, each a range of columns of the matrix.
    let tiles: [Range<Int>]
    /// The blocks of rows.
    let blocks: [Int]
    let lines: Lines

    enum Lines: Sendable {
      /// Linear cells without wires: every bit line alone.
      case separate(SeparateLines)
      /// Anything else: one circuit per tile.
      case circuits([TileCircuits])
    }
  }

  fileprivate init(_ matrix: CrossbarArray) throws(NumericalFailure) {
    self.matrix = matrix
    let mapped = matrix.mapped
    var bands: [Band] = []
    var b = 0
    while b < mapped.blocks.count {
      let columns = mapped.blocks[b].place.columns
      var blocks: [Int] = []
      while b < mapped.blocks.count, mapped.blocks[b].place.columns == columns {
        blocks.append(b)
        b += 1
      }
      let tiles = mapped.layout.tiles(of: mapped.blocks[blocks[0]].place)
      let cells = blocks.map {
        matrix.writer(of: $0).cells(of: matrix.blocks[$0].slices, at: matrix.time)
      }
      let noise = zip(blocks, cells).map { block, slices in
        slices.map { sides in
          let writer = matrix.writer(of: block)
          return (
            positive: writer.readDeviations(of: sides.positive, at: matrix.time),
            negative: writer.readDeviations(of: sides.negative, at: matrix.time)
          )
        }
      }
      let lines: Band.Lines
      if mapped.design.wires == nil && mapped.design.device.conduction.isLinear {
        lines = .separate(
          SeparateLines(cells, noise, rows: blocks.map { mapped.blocks[$0].place.rows.count }))
      } else {
        var circuits: [TileCircuits] = []
        for t in tiles.indices {
          circuits.append(
            try TileCircuits(
              design: mapped.design, cells, noise,
              rows: blocks.map { mapped.blocks[$0].place.rows.count }, places: tiles, tile: t))
        }
        lines = .circuits(circuits)
      }
      bands.append(Band(columns: columns, tiles: tiles, blocks: blocks, lines: lines))
    }
    self.bands = bands
  }

  /// The read; see `CrossbarArray.readFloating`.
  public func read(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, key: StreamKey, first: Int = 0
  ) throws(NumericalFailure) -> FloatingVoltages {
    let mapped = matrix.mapped
    let (inputs, outputs) = (mapped.inputCount, mapped.outputCount)
    precondition(x.count == vectors * inputs, "vectors of the matrix")
    let hasNegative = mapped.design.mapping.hasPairs || mapped.design.mapping.referenceColumns > 0
    let empty = FloatingVoltages.Slice(
      positive: Matrix(rowCount: vectors, columnCount: outputs),
      negative: Matrix(rowCount: hasNegative ? vectors : 0, columnCount: outputs))
    var result = FloatingVoltages(
      slices: Array(repeating: empty, count: mapped.design.mapping.sliceCount),
      inputScales: Array(repeating: 1, count: vectors), clipped: 0)
    guard vectors > 0 else { return result }
    for (k, band) in bands.enumerated() {
      let volts = drive(x, vectors: vectors, band: band, scales: &result.inputScales)
      switch band.lines {
      case .separate(let lines):
        lines.read(
          volts, vectors: vectors, band: band, key: key.child(k), first: first, into: &result)
      case .circuits(let tiles):
        for (t, tile) in tiles.enumerated() {
          try tile.read(
            volts, vectors: vectors, band: band, key: key.child(k).child(t), first: first,
            into: &result)
        }
      }
    }
    convert(&result)
    return result
  }

  /// Volts of the word lines of each block, vectors × rows.
  private func drive(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, band: Band, scales: inout [Float]
  ) -> [[Float]] {
    let mapped = matrix.mapped
    let inputs = mapped.inputCount
    let given = mapped.blocks.reduce(Float(0)) { max($0, $1.inputRange) }
    let hasBias = mapped.blocks.contains { $0.place.rows.upperBound > inputs }
    return band.blocks.map { b in
      let rows = mapped.blocks[b].place.rows.count
      var volts = [Float](repeating: 0, count: vectors * rows)
      volts.withUnsafeMutableBufferPointer { volts in
        scales.withUnsafeMutableBufferPointer { scales in
          for v in 0..<vectors {
            let vector = UnsafeBufferPointer(rebasing: x[v * inputs..<(v + 1) * inputs])
            var range = given
            if range == 0 {
              let keepsSign = mapped.design.input?.range == .maximum
              range = vector.reduce(0) { max($0, keepsSign ? $1 : abs($1)) }
              if range == 0 || (hasBias && range < 1) { range = 1 }
            }
            matrix.drive.convert(
              vector, vectors: 1, block: b, range: range, into: volts.baseAddress! + v * rows,
              scales: scales.baseAddress! + v, bends: false)
          }
        }
      }
      return volts
    }
  }

  /// Rounds the voltages to the codes of the output converters.
  private func convert(_ result: inout FloatingVoltages) {
    guard let output = matrix.mapped.design.output else { return }
    let signed = matrix.mapped.design.input?.signed ?? true
    let codes = UniformCodes(
      bits: output.bits, set: output.codes, lower: signed ? -1 : 0, upper: 1)
    let converters = ColumnConverters(
      codes,
      widths: Array(repeating: matrix.drive.volts * codes.step, count: matrix.mapped.outputCount))
    func convert(_ volts: inout Matrix<Float>) -> Int {
      var clipped = 0
      var read = volts
      for k in read.elements.indices { read.elements[k] = 0 }
      volts.elements.withUnsafeBufferPointer { volts in
        read.elements.withUnsafeMutableBufferPointer { read in
          for v in 0..<(volts.isEmpty ? 0 : volts.count / converters.count) {
            clipped += converters.convert(
              volts.baseAddress! + v * converters.count,
              into: read.baseAddress! + v * converters.count)
          }
        }
      }
      volts = read
      return clipped
    }
    for s in result.slices.indices {
      result.clipped += convert(&result.slices[s].positive)
      result.clipped += convert(&result.slices[s].negative)
    }
  }
}
