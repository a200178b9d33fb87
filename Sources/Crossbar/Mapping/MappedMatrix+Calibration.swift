internal import CConversionKernels
import Circuits
import LinearAlgebra

extension MappedMatrix {
  /// Sets the ranges of the converters from inputs that the matrix will see.
  ///
  /// Fixed ranges stay as they are. A calibrated input range becomes the largest |x|, or the mean of the vectors' largest; the ranges of
  /// output converters follow from the currents of the targets, errors and noise left out. Where the
  /// effect of wires is made good, so do the columns' gains, and wires count.
  /// - Parameter x: vectors × inputs, at least one vector.
  public mutating func calibrate(on x: Matrix<Float>) {
    precondition(x.columnCount == inputCount && x.rowCount > 0, "some vectors of inputs")
    if let range = design.input?.range, range == .calibrated || range == .meanMaximum {
      var end = RangeRule.largest.end(of: x.elements)
      if range == .meanMaximum {
        let sum = (0..<x.rowCount).reduce(Float(0)) { sum, v in
          sum
            + x.elements[v * x.columnCount..<(v + 1) * x.columnCount].reduce(Float(0)) {
              max($0, abs($1))
            }
        }
        end = sum > 0 ? sum / Float(x.rowCount) : 1
      }
      for b in blocks.indices {
        let holdsBias = blocks[b].place.rows.upperBound > inputCount
        blocks[b].inputRange = holdsBias ? max(end, 1) : end
      }
    }
    calibrateGains(on: x)
    guard let output = design.output, !hasGivenRanges else { return }
    switch output.range {
    case .fixed, .between, .slices: return
    case .maximum, .percentile: break
    }
    let drive = WordLineDrive(mapped: self)
    for b in blocks.indices {
      let place = blocks[b].place
      var (volts, scales) = drive.converted(x, block: b)
      if output.followsInputs {
        // The amplifier multiplies currents by what the inputs were divided by.
        for v in 0..<x.rowCount {
          for i in 0..<place.rows.count { volts[v, i] *= scales[v] }
        }
      }
      let tiles = layout.tiles(of: place)
      let first = place.columns.lowerBound
      let seen = blocks[b].effective.isEmpty ? blocks[b].slices : blocks[b].effective
      blocks[b].lsb = seen.map { slice in
        let planes = ReadPlane.planes(
          positive: slice.positive, negative: slice.negative, tiles: tiles, first: first,
          design: design)
        let widths = planes.map { plane in
          guard !plane.tiles.isEmpty else {
            return steps(
              of: currents(volts, plane, columns: place.columns.count), tiles: tiles, first: first,
              output: output)
          }
          let count = plane.tiles.count
          let each = steps(
            of: currents(volts, plane, columns: count), tiles: (0..<count).map { $0..<$0 + 1 },
            first: 0, output: output)
          return zip(plane.tiles, each).flatMap { Array(repeating: $1, count: $0.count) }
        }
        return widths.dropFirst().reduce(widths[0]) { zip($0, $1).map(max) }
      }
    }
  }

  /// Sets the ranges of the output converters from their ends in units of the outputs; calibration leaves them from
  /// then on.
  ///
  /// There is one end per group of the matrix, tile down the rows of the group, and slice: the slices of a tile side by
  /// side, the tiles of a group one behind the other. The end y is the current y·V/(R·w), with V the read voltage, R
  /// what it stands for (1 where the converter follows the inputs) and w the weight of one siemens.
  /// Nothing happens without output converters.
  /// - Precondition: a range of inputs that is known, or is followed.
  public mutating func useOutputRanges(_ ends: [Float]) {
    guard let output = design.output else { return }
    precondition(ends.count == outputRangeCount, "an end per group, tile down its rows and slice")
    let step = output.unitCodes(signed: design.currentsAreSigned).step
    let volts = Float(design.device.readVoltage.value)
    for b in blocks.indices {
      let full = output.followsInputs ? 1 : blocks[b].inputRange
      precondition(full > 0, "one range holds for all inputs")
      blocks[b].lsb = (0..<design.mapping.sliceCount).map { s in
        blocks[b].weightPerSiemens.enumerated().map { c, weight in
          ends[outputRange(b, column: c, slice: s)] * volts / (full * weight) * step
        }
      }
    }
    hasGivenRanges = true
  }

  /// The ends that `useOutputRanges` takes, the largest over the columns of each; empty without output converters.
  public var outputRanges: [Float] {
    guard let output = design.output else { return [] }
    let step = output.unitCodes(signed: design.currentsAreSigned).step
    let volts = Float(design.device.readVoltage.value)
    var ends = [Float](repeating: 0, count: outputRangeCount)
    for (b, block) in blocks.enumerated() {
      let full = output.followsInputs ? 1 : block.inputRange
      for (s, widths) in block.lsb.enumerated() {
        for (c, weight) in block.weightPerSiemens.enumerated() {
          let k = outputRange(b, column: c, slice: s)
          ends[k] = max(ends[k], widths[c] / step * full * weight / volts)
        }
      }
    }
    return ends
  }

  /// How many ends of ranges the output converters have.
  public var outputRangeCount: Int { groups * tilesDownGroup * design.mapping.sliceCount }

  /// How many tiles stand below each other for one group.
  private var tilesDownGroup: Int {
    let first = blocks[0].place.columns
    return blocks.prefix { $0.place.columns == first }.count
  }

  /// The number of the end of the range of one column of a block.
  private func outputRange(_ b: Int, column: Int, slice: Int) -> Int {
    let (down, columns) = (tilesDownGroup, blocks[b].place.columns)
    let group = (columns.lowerBound + column) / (outputCount / groups)
    // Groups that share a tile have one tile each down their rows.
    return (group * down + b % down) * design.mapping.sliceCount + slice
  }

  /// The currents of a plane, vectors × columns, limited where the design says so.
  private func currents(_ volts: Matrix<Float>, _ plane: ReadPlane, columns: Int) -> Matrix<Float> {
    func product(_ g: [Float]) -> Matrix<Float> {
      LinearAlgebra.product(
        volts, Matrix(rowCount: volts.columnCount, columnCount: columns, elements: g))
    }
    var result = product(plane.conductances)
    guard let limit = design.columnLimit else { return result }
    let subtracted = plane.subtracted.isEmpty ? [] : product(plane.subtracted).elements
    ow_limit_currents(
      &result.elements, subtracted.isEmpty ? nil : subtracted, Float(limit.value),
      result.elements.count)
    return result
  }

  /// Ranges before any data were seen: what a fixed range says, else twice the deviation-like sum
  /// √(Σ ΔG²)·V of each column, which inputs of one sign and full size rarely pass.
  mutating func setUncalibratedRanges() {
    guard let output = design.output else { return }
    let unit = output.unitCodes(signed: design.currentsAreSigned)
    let volts = Float(design.device.readVoltage.value)
    for b in blocks.indices {
      let place = blocks[b].place
      let tiles = layout.tiles(of: place)
      let first = place.columns.lowerBound
      blocks[b].lsb = blocks[b].slices.enumerated().map { s, slice in
        switch output.range {
        case .slices(let ranges):
          return Array(
            repeating: Float(ranges[s].value) * unit.step, count: place.columns.count)
        case .fixed(let range), .between(_, let range):
          return Array(repeating: Float(range.value) * unit.step, count: place.columns.count)
        case .maximum, .percentile: break
        }
        let d =
          design.subtractsDigitally
          ? slice.positive : slice.differences(tiles: tiles, first: first)
        let columns = place.columns.count
        let sizes = (0..<columns).map { j in
          (0..<place.rows.count).reduce(Float(0)) { $0 + d[$1 * columns + j] * d[$1 * columns + j] }
            .squareRoot() * volts * 2
        }
        return Self.shared(sizes, tiles: tiles, first: first, by: output.sharing).map {
          max($0, .leastNormalMagnitude * 1e6) * unit.step
        }
      }
    }
  }

  /// The widths of codes for currents of one block, vectors × columns.
  private func steps(
    of currents: Matrix<Float>, tiles: [Range<Int>], first: Int, output: OutputConverter
  ) -> [Float] {
    let step = output.unitCodes(signed: design.currentsAreSigned).step
    let least = Float(design.device.window.maximum.value * 1e-3)
    var result = [Float](repeating: 0, count: currents.columnCount)
    for tile in tiles {
      let all = tile.lowerBound - first..<tile.upperBound - first
      for columns in output.sharing == .tile ? [all] : all.map({ $0..<$0 + 1 }) {
        let seen = currents.block(rows: 0..<currents.rowCount, columns: columns).elements
        let width = output.range.rule.end(of: seen, none: least) * step
        for j in columns { result[j] = width }
      }
    }
    return result
  }

  private static func shared(
    _ sizes: [Float], tiles: [Range<Int>], first: Int, by sharing: OutputConverter.Sharing
  ) -> [Float] {
    guard sharing == .tile else { return sizes }
    var result = sizes
    for tile in tiles {
      let columns = tile.lowerBound - first..<tile.upperBound - first
      let largest = columns.map { sizes[$0] }.max() ?? 0
      for j in columns { result[j] = largest }
    }
    return result
  }
}

extension TargetConductances {
  /// Positive minus negative cells, rows × columns, as the column currents see them.
  func differences(tiles: [Range<Int>], first: Int) -> [Float] {
    Self.differences(positive: positive, negative: negative, tiles: tiles, first: first)
  }

  /// The differences of programmed cells that are laid out like targets.
  static func differences(
    positive: [Float], negative: [Float], tiles: [Range<Int>], first: Int
  ) -> [Float] {
    if negative.isEmpty { return positive }
    var result = positive
    if negative.count == positive.count {
      for k in result.indices { result[k] -= negative[k] }
      return result
    }
    let columns = tiles.last!.upperBound - first
    for i in 0..<positive.count / columns {
      for (t, tile) in tiles.enumerated() {
        let reference = negative[i * tiles.count + t]
        for j in tile { result[i * columns + j - first] -= reference }
      }
    }
    return result
  }
}
