import Foundation

/// What a matrix on tiles looks like from outside.
public struct MappingReport: Sendable, Hashable {
  /// How many tiles.
  public var tileCount: Int
  /// Used cells over all cells of those tiles.
  public var utilisation: Double
  /// How many cells carry a weight.
  public var usedCells: Int
  /// The largest weight that fits: of the first column of the first block.
  public var weightLimit: Double
  /// Conversions by output converters for one input vector.
  public var conversionsPerVector: Int
}

extension MappedMatrix {
  /// Tiles, utilisation, conversions.
  public var report: MappingReport {
    let tiles = layout.tileCount
    let cells = tiles * design.tile.rows * design.tile.columns
    let slices = design.mapping.sliceCount
    let reads = design.conversionsPerRead
    let window = design.device.window
    return MappingReport(
      tileCount: tiles, utilisation: Double(usedCells) / Double(cells), usedCells: usedCells,
      weightLimit: Double(blocks[0].weightPerSiemens[0])
        * (window.maximum.value - window.minimum.value),
      conversionsPerVector: layout.blocks.reduce(0) { $0 + $1.columns.count } * slices * reads)
  }
}

/// How far the cells of a chip are from their targets.
public struct ProgrammingError: Sendable, Hashable {
  /// Mean of programmed − target, siemens.
  public var mean: Double
  /// Root mean square of programmed − target, siemens.
  public var rootMeanSquare: Double
  /// Largest |programmed − target|, siemens.
  public var maximum: Double
}

extension CrossbarArray {
  /// The errors of all cells of this matrix.
  public var programmingError: ProgrammingError {
    var (sum, squares, top, count) = (0.0, 0.0, 0.0, 0)
    for (block, target) in zip(blocks, mapped.blocks) {
      for (slice, wanted) in zip(block.slices, target.written) {
        for (g, t) in [(slice.positive, wanted.positive), (slice.negative, wanted.negative)] {
          for k in g.indices {
            let e = Double(g[k] - t[k])
            sum += e
            squares += e * e
            top = max(top, abs(e))
          }
          count += g.count
        }
      }
    }
    let n = Double(max(1, count))
    return ProgrammingError(
      mean: sum / n, rootMeanSquare: (squares / n).squareRoot(), maximum: top)
  }

  /// The conductances of block `block`, slice `slice`, as written, in siemens.
  ///
  /// `positive` is rows × columns; `negative` is the same for pairs, rows × tiles for reference columns,
  /// empty for a digital pedestal.
  public func conductances(block: Int, slice: Int) -> (positive: [Float], negative: [Float]) {
    (blocks[block].slices[slice].positive, blocks[block].slices[slice].negative)
  }

  /// Σ G over all cells, in siemens: what an input of one volt on every word line draws.
  public var totalConductance: Double {
    blocks.reduce(0) { sum, block in
      sum
        + block.slices.reduce(0) {
          $0 + $1.positive.reduce(0) { $0 + Double($1) } + $1.negative.reduce(0) { $0 + Double($1) }
        }
    }
  }
}
