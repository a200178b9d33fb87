import Circuits
import DeviceModels
import PhysicalUnits
import Randomness

/// The converters of a block, whose ramps are cells of its tiles.
extension BlockWriter {
  /// Sets the converters, whose ramps are read `time` after writing (`nil`: as written).
  func setConverters(
    of result: inout ProgrammedBlock, _ block: MappedMatrix.Block, to time: Seconds?,
    tiles: [Range<Int>]
  ) {
    let first = block.place.columns.lowerBound
    let own = tiles.map { $0.lowerBound - first..<$0.upperBound - first }
    (result.converters, result.ramps) = converters(
      block.lsb, tiles: own, key: key, firstColumn: first, time: time,
      lines: lines(of: .linear, tiles: own))
    if design.convertedReferences > 0 {
      // The converter of a reference column has the range of the widest column of its tile.
      let widths = block.lsb.map { widths in own.map { widths[$0].max()! } }
      let isShared = design.output?.ramp.map { $0.sharing == .tile || $0.measured != nil } ?? false
      (result.references, result.referenceRamps) = converters(
        widths, tiles: own.indices.map { $0..<$0 + 1 }, key: key.child("references"),
        rampKey: isShared ? key : nil, firstColumn: first, time: time,
        lines: lines(of: isShared ? .linear : .reference, tiles: own))
    }
  }

  /// The lines that the ramps of a kind are read through; `nil` without wires.
  private func lines(of kind: RampPlace.Kind, tiles: [Range<Int>]) -> RampLines? {
    guard let wires = design.wires, let ramp = design.output?.ramp else { return nil }
    let count = ramp.sharing == .tile || kind == .reference ? tiles.count : tiles.last!.upperBound
    return design.linearRamps(block: 0, tiles: tiles).lines(of: kind, count: count, wires: wires)
  }

  /// The converters of some columns, a slice each.
  ///
  /// - Parameters:
  ///   - lsb: the width of one code of each column, a slice each.
  ///   - tiles: the columns that share a tile.
  ///   - rampKey: of ramps that other columns have as well.
  ///   - time: how long after writing their ramps are read.
  ///   - lines: what their ramps are read through.
  private func converters(
    _ lsb: [[Float]], tiles: [Range<Int>], key: StreamKey, rampKey: StreamKey? = nil,
    firstColumn: Int, time: Seconds?, lines: RampLines?
  ) -> ([ColumnConverters], RampColumns?) {
    let n = tiles.last!.upperBound
    guard let output = design.output else {
      return ((0..<design.mapping.sliceCount).map { _ in ColumnConverters(count: n) }, nil)
    }
    var (gains, offsets): ([Float], [Float]) = ([], [])
    if output.gainSpread > 0 || output.offsetSpread.value > 0 {
      gains = Noise.normal(n, key.child("gain")).map { 1 + Float(output.gainSpread) * $0 }
      offsets = Noise.normal(n, key.child("offset")).map { Float(output.offsetSpread.value) * $0 }
    }
    let bends = output.bends(count: n, key: key.child("nonlinearity"))
    let codes = output.unitCodes(signed: design.currentsAreSigned)
    guard output.ramp != nil || output.kind != nil else {
      return (
        lsb.map {
          ColumnConverters(codes, widths: $0, gains: gains, offsets: offsets).with(bends: bends)
        }, nil
      )
    }
    let ramps = output.ramp?.write(
      codes, bits: output.bits, device: design.rampDevice, tiles: tiles, time: time,
      firstColumn: firstColumn, lines: lines, key: (rampKey ?? key).child("ramp"))
    let made =
      output.kind?.converters(
        bits: output.bits, lowest: codes.lowerEnd, tiles: tiles, sharing: output.sharing,
        key: (rampKey ?? key).child("levels")) ?? ramps!.converters
    let written = made.with(gains: gains, offsets: offsets).with(bends: bends)
    return (
      lsb.map { widths in written.with(ranges: widths.map { $0 / codes.step }) }, ramps?.cells
    )
  }
}
