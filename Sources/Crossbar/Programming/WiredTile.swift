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

  private var columnsPerWeight: Int { slices * (hasPairs ? 2 : 1) }
  private var width: Int { weights * columnsPerWeight + (hasReference ? slices : 0) }

  private func positive(_ weight: Int, _ slice: Int) -> Int {
    weight * columnsPerWeight + slice * (hasPairs ? 2 : 1)
  }

  /// Replaces the cells of the tile, slice by slice, by their effective conductances: with these the
  /// currents of ideal conductors are those of the wired array, whatever the inputs.
  ///
  /// - Parameters:
  ///   - cells: rows × `columns` of positive cells; pairs alike; reference columns rows × tiles.
  ///   - first: the tile's first column in `cells`, of `columns`.
  ///   - tile: the tile's number, of `tiles`.
  /// - Precondition: conductances are finite and not negative.
  func replace(
    _ cells: inout [(positive: [Float], negative: [Float])], first: Int, columns: Int, tile: Int,
    tiles: Int
  ) {
    var g = Matrix<Double>(rowCount: rows, columnCount: width)
    visit(first, columns, tile, tiles) { i, column, slice, isPositive, k in
      g[i, column] = Double(isPositive ? cells[slice].positive[k] : cells[slice].negative[k])
    }
    let effective: Matrix<Double>
    do {
      effective = try WiredArray(conductances: g, wires: wires).effectiveConductances()
    } catch {
      preconditionFailure("a tile of finite conductances and wires can be eliminated: \(error)")
    }
    visit(first, columns, tile, tiles) { i, column, slice, isPositive, k in
      let value = Float(effective[i, column])
      if isPositive { cells[slice].positive[k] = value } else { cells[slice].negative[k] = value }
    }
  }

  /// Calls `body` for every cell: word line, bit line, slice, which of the two arrays, place in it.
  private func visit(
    _ first: Int, _ columns: Int, _ tile: Int, _ tiles: Int,
    _ body: (Int, Int, Int, Bool, Int) -> Void
  ) {
    for i in 0..<rows {
      for s in 0..<slices {
        for w in 0..<weights {
          let column = positive(w, s)
          body(i, column, s, true, i * columns + first + w)
          if hasPairs { body(i, column + 1, s, false, i * columns + first + w) }
        }
        if hasReference {
          body(i, weights * columnsPerWeight + s, s, false, i * tiles + tile)
        }
      }
    }
  }
}
