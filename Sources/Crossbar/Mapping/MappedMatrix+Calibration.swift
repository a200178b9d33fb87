internal import CConversionKernels
import Circuits
import Foundation
import LinearAlgebra
import NumericalMethods

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
      let vectors = (0..<x.rowCount).map { v in
        x.elements[v * x.columnCount..<(v + 1) * x.columnCount].reduce(Float(0)) {
          max($0, abs($1))
        }
      }
      let largest =
        range == .calibrated
        ? vectors.max()! : vectors.reduce(0, +) / Float(vectors.count)
      for b in blocks.indices {
        let holdsBias = blocks[b].place.rows.upperBound > inputCount
        blocks[b].inputRange = holdsBias ? max(largest, 1) : largest > 0 ? largest : 1
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
      var volts = Matrix<Float>(rowCount: x.rowCount, columnCount: place.rows.count)
      var scales = [Float](repeating: 0, count: x.rowCount)
      x.elements.withUnsafeBufferPointer {
        drive.convert(
          $0, vectors: x.rowCount, block: b, into: &volts.elements, scales: &scales)
      }
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
          steps(
            of: currents(volts, plane, columns: place.columns.count), tiles: tiles, first: first,
            output: output)
        }
        return widths.dropFirst().reduce(widths[0]) { zip($0, $1).map(max) }
      }
    }
  }

  /// Sets the ranges of the output converters from their ends in units of the outputs, one per block of
  /// rows and slice, the slices of a block side by side; calibration leaves them from then on.
  ///
  /// The end y is the current y·V/(R·w), with V the read voltage, R what it stands for (1 where the
  /// converter follows the inputs) and w the weight of one siemens.
  /// Nothing happens without output converters.
  /// - Precondition: a range of inputs that is known, or is followed.
  public mutating func useOutputRanges(_ ends: [Float]) {
    guard let output = design.output else { return }
    let slices = design.mapping.sliceCount
    precondition(ends.count == blocks.count * slices, "an end per block of rows and slice")
    let step = output.unitCodes(signed: design.currentsAreSigned).step
    let volts = Float(design.device.readVoltage.value)
    for b in blocks.indices {
      let full = output.followsInputs ? 1 : blocks[b].inputRange
      precondition(full > 0, "one range holds for all inputs")
      blocks[b].lsb = (0..<slices).map { s in
        let end = ends[b * slices + s]
        return blocks[b].weightPerSiemens.map { end * volts / (full * $0) * step }
      }
    }
    hasGivenRanges = true
  }

  /// The ends that `useOutputRanges` takes, the largest over the columns of each block; empty without output
  /// converters.
  public var outputRanges: [Float] {
    guard let output = design.output else { return [] }
    let step = output.unitCodes(signed: design.currentsAreSigned).step
    let volts = Float(design.device.readVoltage.value)
    return blocks.flatMap { block -> [Float] in
      let full = output.followsInputs ? 1 : block.inputRange
      return block.lsb.map { widths in
        zip(widths, block.weightPerSiemens).reduce(Float(0)) {
          max($0, $1.0 / step * full * $1.1 / volts)
        }
      }
    }
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
          output.pairs == .digital && design.mapping.hasPairs
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

  private func steps(
    of currents: Matrix<Float>, tiles: [Range<Int>], first: Int, output: OutputConverter
  ) -> [Float] {
    let unit = output.unitCodes(signed: design.currentsAreSigned)
    func limit(_ values: [Float]) -> Float {
      switch output.range {
      case .percentile(let fraction):
        return Float(quantile(values.map { Double(abs($0)) }, fraction))
      case .maximum, .fixed, .between, .slices: return values.reduce(0) { max($0, abs($1)) }
      }
    }
    var result = [Float](repeating: 0, count: currents.columnCount)
    func set(_ columns: Range<Int>) {
      var value = limit(
        currents.block(rows: 0..<currents.rowCount, columns: columns).elements)
      if !(value > 0) { value = Float(design.device.window.maximum.value * 1e-3) }
      for j in columns { result[j] = value * unit.step }
    }
    for tile in tiles {
      let columns = tile.lowerBound - first..<tile.upperBound - first
      if output.sharing == .tile { set(columns) } else { for j in columns { set(j..<j + 1) } }
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
