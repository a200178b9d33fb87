import Circuits
import LinearAlgebra
import Randomness

extension PieceReader {
  /// Subtracts the reference columns of the tiles from their columns, each converted once for a vector and tile: its
  /// noise and its code are common to the columns of the tile.
  ///
  /// - Parameters:
  ///   - plane: the reference columns, rows × tiles.
  ///   - power: what replaces the voltages in the noise, where it is something else.
  ///   - weight: of the digit that is read.
  /// - Returns: how many conversions were clipped; those of a tile count where its first column is read.
  func subtractReferences(
    _ plane: ReadPlane, slice s: Int, _ volts: UnsafeMutablePointer<Float>,
    _ power: AddedReads?, _ output: Output, _ key: StreamKey, _ weight: Float
  ) -> Int {
    let tiles = plane.tiles
    let factor = matrix.mapped.blocks[block].slices[s].factor * weight
    let converters = matrix.blocks[block].references[s]
    let follows = design.output?.followsInputs ?? false
    let out = Float(design.outputNoise.value)
    var currents = product(volts, plane.conductances)
    if let limit = design.columnLimit.map({ Float($0.value) }) {
      currents = currents.map { min(limit, max(-limit, $0)) }
    }
    var variances = [Float](repeating: 0, count: currents.count)
    if !plane.variances.isEmpty {
      variances = withScratch(vectors.count * rows) { squares in
        for i in 0..<vectors.count * rows { squares[i] = power?.squares[i] ?? volts[i] * volts[i] }
        return product(squares, plane.variances)
      }
    }
    if let current = plane.current {
      withScratch(vectors.count * rows) { shares in
        currentShares(current, volts, power, into: shares)
        for (k, variance) in product(shares, current.conductances).enumerated() {
          variances[k] += variance
        }
      }
    }
    var clipped = 0
    for v in 0..<vectors.count {
      let gain = follows ? scales[v] : 1
      let uniform =
        plane.uniformVariance > 0 ? plane.uniformVariance * powerSum(volts, power, vector: v) : 0
      let noise = Noise.normal(
        tiles.count, key, from: (first + vectors.lowerBound + v) * tiles.count)
      for (t, tile) in tiles.enumerated() where tile.overlaps(columns) {
        let current = currents[v * tiles.count + t] * gain
        let variance = (variances[v * tiles.count + t] + uniform) * gain * gain + out * out
        let noisy = current + variance.squareRoot() * noise[t]
        var (value, inside): (Float, Float) = (0, 0)
        let clips = withUnsafePointer(to: noisy) {
          converters.addInside(
            $0, columns: t..<t + 1, share: abs(factor) * unitShare, to: &inside)
          return converters.convert($0, columns: t..<t + 1, into: &value)
        }
        value *= factor * (follows ? 1 : scales[v])
        for j in tile.clamped(to: columns) {
          output.y[v * output.stride + j - columns.lowerBound] -= matrix.scales[block][j] * value
          self.inside?[v * width + j - columns.lowerBound] += inside
        }
        // Other readers of the same tile convert the same.
        guard columns.contains(tile.lowerBound) else { continue }
        output.clips?[v] += clips
        clipped += clips
      }
    }
    return clipped
  }

  /// vectors × rows times rows × tiles.
  private func product(_ a: UnsafeMutablePointer<Float>, _ b: [Float]) -> [Float] {
    let n = b.count / rows
    var c = [Float](repeating: 0, count: vectors.count * n)
    BLAS.gemm(
      a, leading: rows, b, leading: n, into: &c, leading: n, m: vectors.count, n: n, k: rows)
    return c
  }
}
