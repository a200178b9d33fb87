import Circuits
import LinearAlgebra

/// Where the columns of a tile stand, and what its wires make of its cells.
///
/// A weight's columns stand side by side: slice by slice, the positive one before the negative one.
/// Reference columns, one a slice, stand behind all weights.
struct WiredTile {
  let wires: UniformWires
  /// How many word lines.
  let rows: Int
  /// How many weights a row has in this tile.
  let weights: Int
  /// How many slices a weight has.
  let slices: Int
  let hasPairs: Bool
  let hasReference: Bool
  /// The tile's first column in the block's cells, and how many the block has.
  let first: Int
  let columns: Int
  /// The tile's number, and how many the block has.
  let tile: Int
  let tiles: Int

  /// The columns of this tile in the block's cells.
  var place: Range<Int> { first..<first + weights }

  /// Positive and negative cells of every slice: rows × columns; reference columns rows × tiles.
  typealias Cells = [(positive: [Float], negative: [Float])]

  /// The tiles of one block, whose columns of the matrix are `places`.
  static func all(
    design: CrossbarDesign, wires: UniformWires, rows: Int, slices: Int, places: [Range<Int>],
    first: Int
  ) -> [WiredTile] {
    places.enumerated().map { t, place in
      WiredTile(
        wires: wires, rows: rows, weights: place.count, slices: slices,
        hasPairs: design.mapping.hasPairs, hasReference: design.mapping.referenceColumns > 0,
        first: place.lowerBound - first, columns: places.last!.upperBound - first, tile: t,
        tiles: places.count)
    }
  }

  private var columnsPerWeight: Int { slices * (hasPairs ? 2 : 1) }
  private var width: Int { weights * columnsPerWeight + (hasReference ? slices : 0) }

  private func positive(_ weight: Int, _ slice: Int) -> Int {
    weight * columnsPerWeight + slice * (hasPairs ? 2 : 1)
  }

  /// The weight that a bit line serves; `nil` for a reference column.
  func weight(ofBitLine column: Int) -> Int? {
    column < weights * columnsPerWeight ? column / columnsPerWeight : nil
  }

  /// The cells of this tile as an array, in siemens.
  func array(of cells: Cells) -> Matrix<Double> {
    var g = Matrix<Double>(rowCount: rows, columnCount: width)
    visit { i, column, slice, isPositive, k in
      g[i, column] = Double(isPositive ? cells[slice].positive[k] : cells[slice].negative[k])
    }
    return g
  }

  /// Puts an array's conductances in the places of this tile's cells.
  func put(_ g: Matrix<Double>, into cells: inout Cells) {
    visit { i, column, slice, isPositive, k in
      let value = Float(g[i, column])
      if isPositive { cells[slice].positive[k] = value } else { cells[slice].negative[k] = value }
    }
  }

  /// The effective conductances of an array of cells: with these the currents of ideal conductors are
  /// those of the wired array, whatever the inputs.
  /// - Precondition: conductances are finite and not negative.
  func effective(_ g: Matrix<Double>) -> Matrix<Double> {
    do {
      return try WiredArray(conductances: g, wires: wires).effectiveConductances()
    } catch {
      preconditionFailure("a tile of finite conductances and wires can be eliminated: \(error)")
    }
  }

  /// Calls `body` for every bit line: its number, its slice, which of the two arrays, and its place in a row of that
  /// array.
  func forEachBitLine(_ body: (Int, Int, Bool, Int) -> Void) {
    for s in 0..<slices {
      for w in 0..<weights {
        let column = positive(w, s)
        body(column, s, true, first + w)
        if hasPairs { body(column + 1, s, false, first + w) }
      }
      if hasReference { body(weights * columnsPerWeight + s, s, false, tile) }
    }
  }

  /// Calls `body` for every cell: word line, bit line, slice, which of the two arrays, place in it.
  private func visit(_ body: (Int, Int, Int, Bool, Int) -> Void) {
    for i in 0..<rows {
      forEachBitLine { column, s, isPositive, place in
        body(i, column, s, isPositive, i * (isPositive || hasPairs ? columns : tiles) + place)
      }
    }
  }
}

extension WiredTile {
  /// The cells to write so that the effective conductances are `goal`: iterative programming, in which
  /// every cell is corrected by the ratio of goal and effect and kept in the window.
  ///
  /// - Parameter range: siemens that a cell can be written to.
  /// - Returns: the cells, and their effective conductances, which differ from the goal by 1e-4 of
  ///   the range's end at most, but for cells that stand at an end of the range or after 30 rounds.
  func remapped(
    _ goal: Matrix<Double>, in range: ClosedRange<Double>
  ) -> (cells: Matrix<Double>, effective: Matrix<Double>) {
    var g = goal
    var seen = effective(g)
    for _ in 0..<30 {
      var worst = 0.0
      for k in g.elements.indices {
        let (wanted, found) = (goal.elements[k], seen.elements[k])
        let next = found > 0 ? g.elements[k] * wanted / found : wanted
        let kept = min(max(next, range.lowerBound), range.upperBound)
        if kept != g.elements[k] { worst = max(worst, abs(wanted - found)) }
        g.elements[k] = kept
      }
      if worst <= 1e-4 * range.upperBound { break }
      seen = effective(g)
    }
    return (g, effective(g))
  }
}
