internal import CKernels
import LinearAlgebra

/// The lines of one array, eliminated as chains.
final class LineFactors: @unchecked Sendable {  // Sendable: only read once it is shared
  let shape: LineShape
  private let fields: LineFields
  private let ends: LineFields
  private let wires: LineFields

  /// Cells, and the word and bit lines' shares s and drops t of a segment.
  var cells: UnsafeMutablePointer<Double> { fields[0] }
  var wordShares: UnsafeMutablePointer<Double> { fields[1] }
  var wordDrops: UnsafeMutablePointer<Double> { fields[2] }
  var bitShares: UnsafeMutablePointer<Double> { fields[3] }
  var bitDrops: UnsafeMutablePointer<Double> { fields[4] }
  /// Siemens of every word line at its first cell.
  var admittances: UnsafeMutablePointer<Double> { ends[0] }

  /// Eliminates the lines of `array`.
  /// - Complexity: O(M·N).
  init(_ array: WiredArray) {
    shape = LineShape(rows: array.rowCount, columns: array.columnCount)
    fields = LineFields(5, of: shape.count)
    ends = LineFields(1, of: shape.blocks * LineShape.block)
    wires = LineFields(2, of: shape.count)
    fields.gather(array.conductances.elements, into: 0, shape)
    wires.gather(array.wordLineResistances.elements, into: 0, shape)
    wires.gather(array.bitLineResistances.elements, into: 1, shape)
    eliminate()
  }

  /// The same wires with other cells, a number each in the order of fields.
  func setCells(_ cells: UnsafePointer<Double>) {
    self.cells.update(from: cells, count: shape.count)
    eliminate()
  }

  private func eliminate() {
    for b in 0..<shape.blocks {
      let at = b * shape.blockSize
      ow_lines_factor_words(
        cells + at, wires[0] + at, wordShares + at, wordDrops + at,
        admittances + b * LineShape.block, shape.width)
    }
    for k in 0..<shape.panels {
      ow_lines_factor_bits(
        cells, wires[1], bitShares, bitDrops, shape.blocks, shape.width, k * LineShape.panel,
        shape.panelWidth(k))
    }
  }
}
