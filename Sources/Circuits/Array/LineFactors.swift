internal import CArrayKernels
import LinearAlgebra

/// The lines of one array, eliminated as chains.
final class LineFactors: @unchecked Sendable {  // Sendable: only read once it is shared
  let shape: LineShape
  private let fields: LineFields
  private let ends: LineFields
  /// Segments and drops of word and of bit lines, where they are not uniform.
  private let segments: LineFields?
  private let uniform: UniformWires

  /// Cells, row major, and in the order of walks along word lines; shares of both kinds of lines.
  var cells: UnsafeMutablePointer<Double> { fields[0] }
  private var turned: UnsafeMutablePointer<Double> { fields[1] }
  private var wordShares: UnsafeMutablePointer<Double> { fields[2] }
  private var bitShares: UnsafeMutablePointer<Double> { fields[3] }
  /// Siemens of every word line at its first cell.
  var admittances: UnsafeMutablePointer<Double> { ends[0] }

  /// Takes the cells and wires of `array`.
  /// - Parameter eliminates: whether the lines are eliminated at once; else `setCells` has to.
  /// - Complexity: O(M·N).
  init(_ array: WiredArray, eliminates: Bool = true) {
    shape = LineShape(rows: array.rowCount, columns: array.columnCount)
    fields = LineFields(4, of: shape.count)
    ends = LineFields(1, of: shape.height)
    fields.fill(0, with: array.conductances, shape)
    if let wires = array.uniformWires, wires.isUnbroken {
      (uniform, segments) = (wires, nil)
    } else {
      // Neither number is read.
      uniform = .ideal
      let segments = LineFields(4, of: shape.count)
      segments.fill(0, with: array.wordLineResistances, shape)
      segments.fill(1, with: array.bitLineResistances, shape)
      self.segments = segments
    }
    if eliminates { eliminate() }
  }

  /// The same wires with other cells, a number each in the order of fields.
  func setCells(_ cells: UnsafePointer<Double>) {
    self.cells.update(from: cells, count: shape.count)
    eliminate()
  }

  /// One block of word lines as walks need it.
  func words(_ block: Int) -> ow_word_lines {
    let at = block * shape.blockSize
    return ow_word_lines(
      cells: cells + at, turned: turned + at, shares: wordShares + at,
      drops: segments.map { UnsafePointer($0[2] + at) }, segment: uniform.wordSegment.value,
      end: uniform.source.value, width: shape.width)
  }

  /// All bit lines as walks need them.
  var bits: ow_bit_lines {
    ow_bit_lines(
      cells: cells, shares: bitShares, drops: segments.map { UnsafePointer($0[3]) },
      segment: uniform.bitSegment.value, end: uniform.sense.value, rows: shape.height,
      width: shape.width)
  }

  /// What of the current that is fed into word line i at its first cell leaves through its source.
  func sourceShare(_ i: Int) -> Double {
    let k = shape.above + i
    // Column 0 comes first in every block.
    return wordShares[k / LineShape.block * shape.blockSize + k % LineShape.block]
  }

  private func eliminate() {
    for b in 0..<shape.blocks {
      let at = b * shape.blockSize
      ow_lines_factor_words(
        cells + at, segments.map { $0[0] + at }, uniform.wordSegment.value, uniform.source.value,
        turned + at, wordShares + at, segments.map { $0[2] + at },
        admittances + b * LineShape.block, shape.width)
    }
    for k in 0..<shape.panels {
      ow_lines_factor_bits(
        cells, segments.map { $0[1] }, uniform.bitSegment.value, uniform.sense.value, bitShares,
        segments.map { $0[3] }, shape.height, shape.width, k * LineShape.panel,
        shape.panelWidth(k))
    }
  }
}
