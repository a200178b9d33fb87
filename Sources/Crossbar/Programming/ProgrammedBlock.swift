import Circuits
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness

/// The cells of one slice of one block, written.
struct ProgrammedSlice: Sendable {
  /// As written, rows × columns, siemens.
  var positive: [Float]
  /// As written; laid out like the targets.
  var negative: [Float]
  /// What conversions see now, after drift.
  var planes: [ReadPlane]

  /// What all planes together come to: positive minus negative cells, rows × columns, siemens.
  var differences: [Float] {
    var result = planes[0].conductances
    for k in planes[0].subtracted.indices { result[k] -= planes[0].subtracted[k] }
    for plane in planes.dropFirst() {
      if let columns = plane.tiles.last?.upperBound {
        for k in result.indices {
          result[k] -= plane.value(
            plane.conductances, row: k / columns, column: k % columns, of: columns)
        }
      } else {
        for k in result.indices { result[k] += plane.sign * plane.conductances[k] }
      }
    }
    return result
  }
}

/// One block of rows, written on one chip.
struct ProgrammedBlock: Sendable {
  var slices: [ProgrammedSlice]
  /// The converters of the columns, a slice each: slices share a converter's gain and offset, and its ramp.
  var converters: [ColumnConverters]
  /// Those of the reference columns of the tiles, where they are converted separately.
  var references: [ColumnConverters] = []
  /// The cells of the ramps among the converters, and of ramps that reference columns have of their own; `nil` where
  /// there are none, or exact ones.
  var ramps: RampColumns?
  var referenceRamps: RampColumns?
}

/// Writes cells and lets time pass over them.
struct BlockWriter {
  let design: CrossbarDesign
  let key: StreamKey

  /// Writes every cell of a block; `tiles` are ranges of the matrix's columns.
  func write(_ block: MappedMatrix.Block, tiles: [Range<Int>]) -> ProgrammedBlock {
    var slices = block.written.enumerated().map { s, targets in
      ProgrammedSlice(
        positive: written(targets.positive, key.child("slice").child(s).child("positive")),
        negative: written(targets.negative, key.child("slice").child(s).child("negative")),
        planes: [])
    }
    age(&slices, to: nil, tiles: tiles, first: block.place.columns.lowerBound)
    var result = ProgrammedBlock(slices: slices, converters: [])
    setConverters(of: &result, block, to: nil, tiles: tiles)
    return result
  }

  /// Sets what the currents see, `time` after writing (`nil`: as written).
  func age(
    _ slices: inout [ProgrammedSlice], to time: Seconds?, tiles: [Range<Int>], first: Int
  ) {
    let cells = cells(of: slices, at: time)
    let seen = wired(cells, tiles: tiles, first: first)
    let columns = tiles.last!.upperBound - first
    for s in slices.indices {
      slices[s].planes = ReadPlane.planes(
        positive: seen[s].positive, negative: seen[s].negative, tiles: tiles, first: first,
        design: design)
      setVariances(
        &slices[s].planes, cells[s].positive, cells[s].negative,
        time ?? design.device.drift?.origin ?? Seconds(0), tiles, first)
      guard let code = design.largestCode else { continue }
      for p in slices[s].planes.indices {
        slices[s].planes[p].prepareIntegers(columns: columns, largestCode: code)
      }
    }
  }

  /// The cells themselves `time` after writing (`nil`: as written), slice by slice.
  func cells(
    of slices: [ProgrammedSlice], at time: Seconds?
  ) -> [(positive: [Float], negative: [Float])] {
    slices.enumerated().map { s, slice in
      let base = key.child("slice").child(s)
      return (
        positive: design.device.aged(slice.positive, to: time, key: base.child("positive")),
        negative: design.device.aged(slice.negative, to: time, key: base.child("negative"))
      )
    }
  }

  /// The deviation of one read of each of `cells`, in siemens; empty without read noise.
  func readDeviations(of cells: [Float], at time: Seconds?) -> [Float] {
    design.readNoise ? design.device.readDeviations(of: cells, at: time) : []
  }

  /// The cells as the wires of their tiles let them appear.
  private func wired(
    _ cells: [(positive: [Float], negative: [Float])], tiles: [Range<Int>], first: Int
  ) -> [(positive: [Float], negative: [Float])] {
    guard let wires = design.wires else { return cells }
    var seen = cells
    let columns = tiles.last!.upperBound - first
    let all = WiredTile.all(
      design: design, wires: wires, rows: cells[0].positive.count / columns, slices: cells.count,
      places: tiles, first: first)
    for tile in all { tile.put(tile.effective(tile.array(of: cells)), into: &seen) }
    return seen
  }

  private func written(_ targets: [Float], _ key: StreamKey) -> [Float] {
    design.writeErrors ? design.device.written(targets, key: key) : targets
  }

  private func setVariances(
    _ planes: inout [ReadPlane], _ positive: [Float], _ negative: [Float], _ time: Seconds,
    _ tiles: [Range<Int>], _ first: Int
  ) {
    guard design.readNoise else { return }
    let noise = design.device.readNoise
    // Variances add where currents subtract.
    func ofPlanes(_ one: ([Float]) -> [Float]) -> [[Float]] {
      planes.count > 1
        ? [one(positive), one(negative)]
        : [
          TargetConductances.differences(
            positive: one(positive), negative: one(negative).map { -$0 }, tiles: tiles,
            first: first)
        ]
    }
    if let current = noise.ofCurrent {
      for (p, all) in ofPlanes({ $0 }).enumerated() {
        planes[p].current = ReadPlane.CurrentVariance(
          all, current, volts: Float(design.device.readVoltage.value))
      }
    }
    switch noise.ofConductance {
    case .none: return
    case .polynomial(let c, _) where c.count <= 1:
      // A reference column's noise is common to a tile; it is counted as each column's own.
      let cells = negative.isEmpty || planes.count > 1 ? Float(1) : 2
      let deviation = Float(c.first ?? 0)
      for p in planes.indices { planes[p].uniformVariance = cells * deviation * deviation }
    case let part:
      let squares = ofPlanes {
        design.device.readDeviations(of: $0, at: time, part: part).map { $0 * $0 }
      }
      for p in planes.indices { planes[p].variances = squares[p] }
    }
  }
}
