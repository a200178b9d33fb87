internal import CLearningKernels
import LinearAlgebra

/// Wires as factors of a tile's rows and columns: the effective weights are
/// u[i]·w[i, j]·v[j] + ρ[j].
///
/// What a line leaves falls from cell to cell much alike in every line, so that most of the effect is a
/// product of a factor of the row and one of the column; ρ is what the unlike currents in the two columns
/// of a pair add to each input alike. The factors are fitted to effective weights that are known, u and v
/// by least squares and ρ to the mean of what these leave; between fits they stay. A product then costs
/// what it costs without wires, and no matrix of effective weights is formed.
///
/// Backward the factors count as constants: a weight's gradient passes its own cell's share, not the
/// load that the cell is to others. Random weights of 256×128 pairs, outputs against those of the exact
/// matrix: 0.3 % on cells of up to 25 uS with 1 Ohm a segment, 2 % with 5 Ohm, 2.5 % on cells of 5 to
/// 100 uS with 1 Ohm, where leaving the wires out makes 6 to 12 %, 30 to 70 % and 60 to 80 %.
struct SeparableWires: Sendable {
  /// How often rows and columns are fitted in turn.
  private static let rounds = 4

  let tiles: [ChipWires.Tile]
  /// How many weights a row of the layer has.
  let outputs: Int
  /// How many numbers the tiles have together.
  let count: Int
  /// u, v and ρ of one tile after another; empty before the first fit.
  var factors: [Float] = []
  private let starts: [Int]

  init(_ tiles: [ChipWires.Tile], outputs: Int) {
    self.tiles = tiles
    self.outputs = outputs
    var starts: [Int] = []
    var end = 0
    for tile in tiles {
      starts.append(end)
      end += tile.rows.count + 2 * tile.weights.count
    }
    self.starts = starts
    count = end
  }

  /// Fits the factors to `effective`, what a chip makes of `weights`; both inputs × outputs.
  mutating func fit(_ weights: [Float], to effective: [Float]) {
    precondition(weights.count == effective.count, "an effective weight for each weight")
    if factors.isEmpty { factors = Array(repeating: 0, count: count) }
    let (tiles, starts, outputs) = (tiles, starts, outputs)
    weights.withUnsafeBufferPointer { w in
      effective.withUnsafeBufferPointer { e in
        factors.withUnsafeMutableBufferPointer { f in
          nonisolated(unsafe) let (w, e, f) = (w.baseAddress!, e.baseAddress!, f.baseAddress!)
          // safe: tiles are disjoint
          Parallel.forEach(tiles.count) { t in
            let (rows, columns) = (tiles[t].rows.count, tiles[t].weights.count)
            let at = tiles[t].rows.lowerBound * outputs + tiles[t].weights.lowerBound
            let u = f + starts[t]
            withScratch(2 * columns) { scratch in
              ow_separable_fit(
                w + at, e + at, outputs, rows, columns, Int32(Self.rounds), u, u + rows,
                u + rows + columns, scratch)
            }
          }
        }
      }
    }
  }

  /// The products of the tiles of one block of rows: y = (x∘u)·W∘v + ρ·Σx, columns of y side by side.
  ///
  /// - Parameters:
  ///   - x: samples × `leading`, at the block's first row.
  ///   - weights: of the whole layer.
  ///   - y: samples × outputs.
  func forward(
    _ rows: Range<Int>, _ x: UnsafePointer<Float>, leading: Int, samples: Int,
    weights: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    nonisolated(unsafe) let (x, weights, y) = (x, weights, y)  // safe: tiles are disjoint
    forEachTile(rows, samples) { tile, u in
      let (m, n) = (tile.rows.count, tile.weights.count)
      withScratch(samples * (m + 1)) { scaled in
        let sums = scaled + samples * m
        ow_separable_inputs(x, leading, samples, m, u, scaled, sums)
        let out = y + tile.weights.lowerBound
        BLAS.gemm(
          scaled, leading: m, weights + place(tile), leading: outputs, into: out, leading: outputs,
          m: samples, n: n, k: m)
        ow_separable_outputs(out, outputs, samples, n, u + m, u + m + n, sums)
      }
    }
  }

  /// The gradients of one block of rows: that at the inputs into `dx`, where it is wanted, then
  /// gradient ← alpha·(that of the weights) + beta·gradient.
  ///
  /// `weights` may be `gradient`: they are read before they change.
  func backward(
    _ rows: Range<Int>, _ x: UnsafePointer<Float>, leading: Int, _ d: UnsafePointer<Float>,
    samples: Int, weights: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>?,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float
  ) {
    if let dx { passBack(rows, d, samples: samples, weights: weights, into: dx, leading: leading) }
    nonisolated(unsafe) let (x, d, gradient) = (x, d, gradient)  // safe: tiles are disjoint
    forEachTile(rows, samples) { tile, u in
      let (m, n) = (tile.rows.count, tile.weights.count)
      withScratch(samples * (m + n + 1)) { scaled in
        let (errors, sums) = (scaled + samples * m, scaled + samples * (m + n))
        ow_separable_inputs(x, leading, samples, m, u, scaled, sums)
        ow_separable_errors(
          d + tile.weights.lowerBound, outputs, samples, n, u + m, u + m + n, errors, sums)
        BLAS.gemm(
          scaled, .transposed, leading: m, errors, leading: n, into: gradient + place(tile),
          leading: outputs, m: m, n: n, k: samples, alpha: alpha, beta: beta)
      }
    }
  }

  private func passBack(
    _ rows: Range<Int>, _ d: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, leading: Int
  ) {
    for (k, t) in tiles.indices.filter({ tiles[$0].rows == rows }).enumerated() {
      let tile = tiles[t]
      let (m, n) = (tile.rows.count, tile.weights.count)
      withScratch(samples * (m + n + 1)) { back in
        let (errors, sums) = (back + samples * m, back + samples * (m + n))
        factors.withUnsafeBufferPointer { f in
          let u = f.baseAddress! + starts[t]
          ow_separable_errors(
            d + tile.weights.lowerBound, outputs, samples, n, u + m, u + m + n, errors, sums)
          DenseProducts.backward(
            errors, leadingErrors: n, weights: weights + place(tile), leadingWeights: outputs,
            into: back, samples: samples, inputs: m, outputs: n)
          ow_separable_back(back, samples, m, u, sums, dx, leading, k == 0 ? 0 : 1)
        }
      }
    }
  }

  /// Where a tile's first weight stands in the layer.
  private func place(_ tile: ChipWires.Tile) -> Int {
    tile.rows.lowerBound * outputs + tile.weights.lowerBound
  }

  /// Calls `body` with every tile of a block of rows and its factors.
  private func forEachTile(
    _ rows: Range<Int>, _ samples: Int,
    _ body: @Sendable (ChipWires.Tile, UnsafePointer<Float>) -> Void
  ) {
    let own = tiles.indices.filter { tiles[$0].rows == rows }
    factors.withUnsafeBufferPointer { f in
      nonisolated(unsafe) let f = f.baseAddress!  // safe: it is only read
      DenseProducts.pieces(own.count, work: samples * rows.count * outputs) { k in
        body(tiles[own[k]], f + starts[own[k]])
      }
    }
  }
}
