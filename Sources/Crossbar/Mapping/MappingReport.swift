import Foundation

/// What a matrix on tiles looks like from outside.
public struct MappingReport: Sendable, Hashable {
  /// How many tiles.
  public var tileCount: Int
  /// Used cells over all cells of those tiles.
  public var utilization: Double
  /// How many cells carry a weight.
  public var usedCells: Int
  /// The largest weight that fits: of the first column of the first block.
  public var weightLimit: Double
  /// Conversions by output converters for one input vector.
  public var conversionsPerVector: Int
}

extension MappedMatrix {
  /// How many of the inputs of `vectors` vectors `x` (vectors × inputs) are beyond the range of their
  /// input converters and are clipped. Ranges that follow each vector clip none.
  func clippedInputs(_ x: UnsafeBufferPointer<Float>, vectors: Int) -> Int {
    guard let input = design.input else { return 0 }
    let lowest: Float = input.signed ? -.infinity : 0
    var count = 0
    for block in blocks where block.inputRange > 0 || !input.signed {
      let limit = block.inputRange > 0 ? block.inputRange * (1 + 1e-6) : .infinity
      let rows = block.place.rows.lowerBound..<min(block.place.rows.upperBound, inputCount)
      for v in 0..<vectors {
        for i in rows {
          let value = x[v * inputCount + i]
          if abs(value) > limit || value < lowest { count += 1 }
        }
      }
    }
    return count
  }

  /// How many inputs one vector converts, the constant input of a row of biases left out.
  var inputsPerVector: Int {
    blocks.reduce(0) { sum, block in
      let rows = block.place.rows
      return sum + max(0, min(rows.upperBound, inputCount) - rows.lowerBound)
    }
  }

  /// How many outputs are converted in one round, over all tiles, with the converters of `design`.
  func convertedOutputs(_ design: CrossbarDesign) -> Int {
    layout.blocks.reduce(0) { $0 + $1.columns.count } * design.outputsPerWeight
      + layout.tileCount * design.convertedReferences
  }

  /// Tiles, utilization, conversions.
  public var report: MappingReport {
    let tiles = layout.tileCount
    let cells = tiles * design.tile.rows * design.tile.columns
    let window = design.device.window
    return MappingReport(
      tileCount: tiles, utilization: Double(usedCells) / Double(cells), usedCells: usedCells,
      weightLimit: Double(blocks[0].weightPerSiemens[0])
        * (window.maximum.value - window.minimum.value),
      conversionsPerVector: convertedOutputs(design) * design.conversionRounds)
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

  /// Σ G over the cells of each word line, in siemens: what one volt there draws. A row of numbers per
  /// block, all slices together.
  public var rowConductances: [[Double]] {
    zip(blocks, mapped.blocks).map { block, target in
      let rows = target.place.rows.count
      var sums = [Double](repeating: 0, count: rows)
      for slice in block.slices {
        for cells in [slice.positive, slice.negative] where !cells.isEmpty {
          let columns = cells.count / rows
          for i in 0..<rows {
            sums[i] += cells[i * columns..<(i + 1) * columns].reduce(0) { $0 + Double($1) }
          }
        }
      }
      return sums
    }
  }
}
