internal import CLearningKernels
import Circuits
import Crossbar
import LinearAlgebra

/// The tiles of a layer's chip with the resistance of their wires.
///
/// Tiles are cut as `Crossbar` cuts them; in each the columns of a weight's pair stand side by side, the
/// positive one first, and one source drives a whole word line. Every chip gets the effective
/// conductances of ladders: each word line and each bit line solved exactly with the lines that cross it
/// at ground, T = G·α·β, right to first order in the wires. The rest of the exact matrix, E − T, is
/// found now and then and added to the ladders of the chips that follow: it is of second order, and made
/// of sums over lines, so that it hardly changes from chip to chip.
struct ChipWires: Sendable {
  /// One tile: its rows and weights of the layer, and its first cell in `cells`.
  struct Tile: Sendable {
    let rows: Range<Int>
    let weights: Range<Int>
    let first: Int
    var columns: Int { 2 * weights.count }
    var cells: Range<Int> { first..<first + rows.count * columns }
  }

  /// How far the wires are followed.
  enum Effort {
    /// The ladders and the last rest; the exact matrix where there is no rest yet.
    case approximate
    /// The exact matrix, whose rest is kept for the chips that follow.
    case renew
    /// The exact matrix, of which nothing is kept for training.
    case exact
  }

  let wires: UniformWires
  let tiles: [Tile]
  /// How many weights a row of the layer has.
  let outputs: Int
  /// Siemens, tile after tile, rows × columns.
  var cells: [Float]
  /// E − T of the last exact matrix, as `cells`; empty before the first.
  var rest: [Float] = []
  private var words: [Float]
  private var bits: [Float]
  /// The last chip that was read exactly outside of training, and its E − T.
  private var lastRead: (cells: [Float], rest: [Float]) = ([], [])

  init(_ wires: UniformWires, layout: TileLayout, outputs: Int) {
    self.wires = wires
    self.outputs = outputs
    var tiles: [Tile] = []
    var first = 0
    for block in layout.blocks {
      for weights in layout.tiles(of: block) {
        tiles.append(Tile(rows: block.rows, weights: weights, first: first))
        first = tiles.last!.cells.upperBound
      }
    }
    self.tiles = tiles
    cells = Array(repeating: 0, count: first)
    words = cells
    bits = cells
  }

  /// Puts the cells of the weights `range` (row major in the layer) in their places in `cells`.
  func place(
    _ positive: UnsafePointer<Float>, _ negative: UnsafePointer<Float>, _ range: Range<Int>,
    into cells: UnsafeMutablePointer<Float>
  ) {
    for tile in tiles {
      let rows = tile.rows.clamped(
        to: range.lowerBound / outputs..<(range.upperBound - 1) / outputs + 1)
      for i in rows {
        let part = (i * outputs + tile.weights.lowerBound..<i * outputs + tile.weights.upperBound)
          .clamped(to: range)
        guard !part.isEmpty else { continue }
        let column = part.lowerBound - i * outputs - tile.weights.lowerBound
        let to = cells + tile.first + (i - tile.rows.lowerBound) * tile.columns + 2 * column
        let (p, n) = (
          positive + part.lowerBound - range.lowerBound,
          negative + part.lowerBound - range.lowerBound
        )
        for j in 0..<part.count {
          to[2 * j] = p[j]
          to[2 * j + 1] = n[j]
        }
      }
    }
  }

  /// The weights that the cells come to: differences of effective conductances times `factor`.
  ///
  /// - Parameter shares: becomes the mean attenuation α·β of each pair, where it is not empty.
  mutating func weights(
    _ effort: Effort, factor: Float, into chip: inout [Float], shares: inout [Float]
  ) {
    attenuate()
    switch effort {
    case .approximate where !rest.isEmpty: break
    case .approximate, .renew: rest = exactRest()
    case .exact:
      if lastRead.cells != cells { lastRead = (cells, exactRest()) }
    }
    combine(effort == .exact ? lastRead.rest : rest, factor, &chip, &shares)
  }

  private func combine(
    _ rest: [Float], _ factor: Float, _ chip: inout [Float], _ shares: inout [Float]
  ) {
    let hasShares = !shares.isEmpty
    chip.withUnsafeMutableBufferPointer { chip in
      shares.withUnsafeMutableBufferPointer { shares in
        nonisolated(unsafe) let (chip, shares) = (chip, shares)  // safe: tiles are disjoint
        Parallel.forEach(tiles.count) { t in
          let tile = tiles[t]
          var shape = shape(tile)
          let at = tile.rows.lowerBound * outputs + tile.weights.lowerBound
          with(cells, words, bits, tile) { g, a, b in
            rest.withUnsafeBufferPointer { rest in
              ow_ladder_weights(
                &shape, g, a, b, rest.baseAddress! + tile.first, factor,
                chip.baseAddress! + at, hasShares ? shares.baseAddress! + at : nil, outputs)
            }
          }
        }
      }
    }
  }

  /// gradient ← alpha·(∂L/∂weights) + beta·gradient from `outer`, ∂L/∂(what `weights` gave).
  ///
  /// Exact for the ladders; the rest is held. `weights` are the digital ones and may be `gradient`; all
  /// are inputs × outputs.
  func passBack(
    _ outer: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float
  ) {
    nonisolated(unsafe) let (outer, weights, gradient) = (outer, weights, gradient)  // safe: tiles
    Parallel.forEach(tiles.count) { t in
      let tile = tiles[t]
      var shape = shape(tile)
      let at = tile.rows.lowerBound * outputs + tile.weights.lowerBound
      withScratch(tile.cells.count + ow_ladder_scratch(tile.rows.count, tile.columns)) { scratch in
        with(cells, words, bits, tile) { g, a, b in
          ow_ladder_gradient(
            &shape, g, a, b, outer + at, outputs, scratch, scratch + tile.cells.count)
        }
        ow_ladder_weight_gradient(
          &shape, scratch, weights + at, gradient + at, outputs, alpha, beta)
      }
    }
  }

  /// Calls `body` for every tile with its cells and where its first weight stands, on all threads.
  func forEachTile(_ body: @Sendable (Tile, UnsafeBufferPointer<Float>, Int) -> Void) {
    cells.withUnsafeBufferPointer { cells in
      nonisolated(unsafe) let cells = cells  // safe: it is only read
      Parallel.forEach(tiles.count) { t in
        body(
          tiles[t], UnsafeBufferPointer(rebasing: cells[tiles[t].cells]),
          tiles[t].rows.lowerBound * outputs + tiles[t].weights.lowerBound)
      }
    }
  }

  private mutating func attenuate() {
    let (tiles, cells) = (tiles, cells)
    let shapes = tiles.map { shape($0) }
    words.withUnsafeMutableBufferPointer { a in
      bits.withUnsafeMutableBufferPointer { b in
        nonisolated(unsafe) let (a, b) = (a.baseAddress!, b.baseAddress!)  // safe: disjoint
        Parallel.forEach(tiles.count) { t in
          let (tile, shape) = (tiles[t], shapes[t])
          withScratch(ow_ladder_scratch(tile.rows.count, tile.columns)) { scratch in
            cells.withUnsafeBufferPointer { g in
              withUnsafePointer(to: shape) {
                ow_ladder_attenuations(
                  $0, g.baseAddress! + tile.first, a + tile.first, b + tile.first, scratch)
              }
            }
          }
        }
      }
    }
  }

  /// E − T of every tile.
  private func exactRest() -> [Float] {
    var rest = cells
    for tile in tiles {
      let g = Matrix<Double>(
        rowCount: tile.rows.count, columnCount: tile.columns,
        elements: cells[tile.cells].map(Double.init))
      let effective: Matrix<Double>
      do {
        effective = try WiredArray(conductances: g, wires: wires).effectiveConductances()
      } catch {
        preconditionFailure("a tile of finite conductances and wires can be eliminated: \(error)")
      }
      for (k, i) in tile.cells.enumerated() {
        rest[i] = Float(effective.elements[k]) - cells[i] * words[i] * bits[i]
      }
    }
    return rest
  }

  private func shape(_ tile: Tile) -> ow_ladder_tile {
    ow_ladder_tile(
      rows: tile.rows.count, columns: tile.columns, source: Float(wires.source.value),
      word_segment: Float(wires.wordSegment.value), bit_segment: Float(wires.bitSegment.value),
      sense: Float(wires.sense.value))
  }

  private func with(
    _ cells: [Float], _ words: [Float], _ bits: [Float], _ tile: Tile,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    cells.withUnsafeBufferPointer { g in
      words.withUnsafeBufferPointer { a in
        bits.withUnsafeBufferPointer { b in
          body(
            g.baseAddress! + tile.first, a.baseAddress! + tile.first, b.baseAddress! + tile.first)
        }
      }
    }
  }
}
