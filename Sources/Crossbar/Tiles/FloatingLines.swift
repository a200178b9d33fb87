import Circuits
import DeviceModels
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import Synchronization

/// The cells of the slices of one block: positive and negative ones, rows × columns (reference columns: rows × tiles).
typealias BlockCells = [(positive: [Float], negative: [Float])]

/// Floating bit lines of linear cells without wires: each at Σ G·V / Σ G.
///
/// With read noise the sums ΔN = Σ δG·V and ΔD = Σ δG of a line are jointly normal, so that two numbers per line replace
/// one per cell: the voltage is (N + ΔN)/(D + ΔD), exactly.
struct SeparateLines: Sendable {
  /// The lines of one side of one slice.
  private struct Side: Sendable {
    let count: Int
    /// Rows × lines, one per block, in siemens and S².
    let cells: [[Float]]
    let variances: [[Float]]
    /// Σ G and Σ σ², one per line.
    let sums: [Float]
    let varianceSums: [Float]

    init(_ cells: [[Float]], _ deviations: [[Float]], rows: [Int]) {
      self.cells = cells
      count = cells[0].count / rows[0]
      variances = deviations.allSatisfy(\.isEmpty) ? [] : deviations.map { $0.map { $0 * $0 } }
      func sums(_ blocks: [[Float]], _ count: Int) -> [Float] {
        var sums = [Double](repeating: 0, count: count)
        for block in blocks {
          for (k, value) in block.enumerated() { sums[k % count] += Double(value) }
        }
        return sums.map(Float.init)
      }
      self.sums = sums(cells, count)
      varianceSums = variances.isEmpty ? [] : sums(variances, count)
    }
  }

  private let rows: [Int]
  private let slices: [(positive: Side, negative: Side)]

  init(_ cells: [BlockCells], _ deviations: [BlockCells], rows: [Int]) {
    self.rows = rows
    slices = cells[0].indices.map { s in
      (
        Side(cells.map { $0[s].positive }, deviations.map { $0[s].positive }, rows: rows),
        Side(cells.map { $0[s].negative }, deviations.map { $0[s].negative }, rows: rows)
      )
    }
  }

  /// Writes the voltages of a band's columns; `volts` is vectors × rows, one per block.
  func read(
    _ volts: [[Float]], vectors: Int, band: FloatingReader.Band, key: StreamKey, first: Int,
    into result: inout FloatingVoltages
  ) {
    let start = band.columns.lowerBound
    for (s, sides) in slices.enumerated() {
      let key = key.child(s)
      let up = read(sides.positive, volts, vectors: vectors, key: key.child("positive"), first)
      for v in 0..<vectors {
        for j in 0..<sides.positive.count {
          result.slices[s].positive[v, start + j] = up[v * sides.positive.count + j]
        }
      }
      guard sides.negative.count > 0 else { continue }
      let down = read(sides.negative, volts, vectors: vectors, key: key.child("negative"), first)
      let isPair = sides.negative.count == sides.positive.count
      for v in 0..<vectors {
        for (t, tile) in band.tiles.enumerated() {
          for column in tile {
            let line = isPair ? column - start : t
            result.slices[s].negative[v, column] = down[v * sides.negative.count + line]
          }
        }
      }
    }
  }

  private func read(
    _ side: Side, _ volts: [[Float]], vectors: Int, key: StreamKey, _ first: Int
  ) -> [Float] {
    let n = side.count
    func products(_ inputs: [[Float]], _ cells: [[Float]]) -> [Float] {
      var sums = [Float](repeating: 0, count: vectors * n)
      for (b, rows) in rows.enumerated() {
        inputs[b].withUnsafeBufferPointer { x in
          cells[b].withUnsafeBufferPointer { g in
            sums.withUnsafeMutableBufferPointer {
              BLAS.gemm(
                x.baseAddress!, leading: rows, g.baseAddress!, leading: n, into: $0.baseAddress!,
                leading: n, m: vectors, n: n, k: rows, beta: 1)
            }
          }
        }
      }
      return sums
    }
    var result = products(volts, side.cells)
    guard !side.variances.isEmpty else {
      for k in result.indices {
        let sum = side.sums[k % n]
        result[k] = sum > 0 ? result[k] / sum : 0
      }
      return result
    }
    let cross = products(volts, side.variances)
    let squares = products(volts.map { $0.map { $0 * $0 } }, side.variances)
    let draws = Noise.normal(2 * vectors * n, key, from: 2 * first * n)
    for k in result.indices {
      let j = k % n
      let (sum, all) = (side.sums[j], side.varianceSums[j])
      guard sum > 0 else {
        result[k] = 0
        continue
      }
      let deviation = all.squareRoot()
      let part = deviation > 0 ? cross[k] / deviation : 0
      let rest = max(0, squares[k] - part * part).squareRoot()
      let numerator = result[k] + part * draws[2 * k] + rest * draws[2 * k + 1]
      // Cells conduct: the tail in which their noisy sum would vanish is cut.
      result[k] = numerator / max(sum + deviation * draws[2 * k], 1e-3 * sum)
    }
    return result
  }
}

/// Floating bit lines of one tile with its wires and the law of its cells: one array per block of rows, their bit
/// lines connected.
struct TileCircuits: Sendable {
  private let tiles: [WiredTile]
  private let law: CellLaw
  private let wires: UniformWires
  private let rows: [Int]
  /// Siemens, and the deviations of a read or none, per block.
  private let cells: [Matrix<Double>]
  private let deviations: [Matrix<Double>?]
  /// Volts per volt, one matrix per block, where cells are linear and without noise.
  private let transfer: [Matrix<Double>]

  init(
    design: CrossbarDesign, _ cells: [BlockCells], _ deviations: [BlockCells], rows: [Int],
    places: [Range<Int>], tile t: Int
  ) throws(NumericalFailure) {
    let ideal = Ohms(0)
    let wires =
      design.wires
      ?? UniformWires(wordSegment: ideal, bitSegment: ideal, source: ideal, sense: ideal)
    let tiles = zip(rows, cells).map { rows, slices in
      WiredTile.all(
        design: design, wires: wires, rows: rows, slices: slices.count, places: places,
        first: places[0].lowerBound)[t]
    }
    self.wires = wires
    self.rows = rows
    self.tiles = tiles
    law = CellLaw(design.device.conduction)
    let arrays = zip(tiles, cells).map { $0.array(of: $1) }
    let noise = zip(tiles, deviations).map { tile, sigma in
      sigma.allSatisfy { $0.positive.isEmpty } ? nil : tile.array(of: sigma)
    }
    (self.cells, self.deviations) = (arrays, noise)
    if law.isLinear, noise.allSatisfy({ $0 == nil }) {
      transfer = try Self.columns(arrays, wires, law).transfer()
    } else {
      transfer = []
    }
  }

  private static func columns(
    _ cells: [Matrix<Double>], _ wires: UniformWires, _ law: CellLaw
  ) -> FloatingColumns {
    FloatingColumns(
      cells.map { g in
        do {
          return ArrayCircuit(try WiredArray(conductances: g, wires: wires), law: law)
        } catch {
          preconditionFailure("a tile of finite conductances and wires is an array: \(error)")
        }
      })
  }

  /// Writes the voltages of the tile's columns; `volts` is vectors × rows, one per block.
  func read(
    _ volts: [[Float]], vectors: Int, band: FloatingReader.Band, key: StreamKey, first: Int,
    into result: inout FloatingVoltages
  ) throws(NumericalFailure) {
    let solved = Mutex<[Int: Result<[Double], NumericalFailure>]>([:])
    Parallel.forEach(vectors) { v in
      let inputs = zip(rows, volts).map { rows, volts in
        volts[v * rows..<(v + 1) * rows].map(Double.init)
      }
      let found = Result { () throws(NumericalFailure) in
        try self.lines(inputs, key: key, vector: first + v)
      }
      solved.withLock { $0[v] = found }
    }
    let all = solved.withLock { $0 }
    let columns = tiles[0].place
    for v in 0..<vectors {
      guard let lines = try all[v]?.get() else { preconditionFailure("every vector is solved") }
      tiles[0].forEachBitLine { line, s, isPositive, place in
        let value = Float(lines[line])
        if isPositive {
          result.slices[s].positive[v, band.columns.lowerBound + place] = value
        } else if tiles[0].hasPairs {
          result.slices[s].negative[v, band.columns.lowerBound + place] = value
        } else {
          for column in columns {
            result.slices[s].negative[v, band.columns.lowerBound + column] = value
          }
        }
      }
    }
  }

  /// The voltages of all bit lines for one vector.
  private func lines(
    _ inputs: [[Double]], key: StreamKey, vector: Int
  ) throws(NumericalFailure) -> [Double] {
    guard transfer.isEmpty else {
      return transfer[0].elements.indices.prefix(transfer[0].columnCount).map { j in
        zip(transfer, inputs).reduce(0) { sum, block in
          block.1.indices.reduce(sum) { $0 + block.0[$1, j] * block.1[$1] }
        }
      }
    }
    var noisy = cells
    for (b, sigma) in deviations.enumerated() {
      guard let sigma else { continue }
      let draws = Noise.normal(
        sigma.elements.count, key.child(b), from: vector * sigma.elements.count)
      for k in draws.indices {
        noisy[b].elements[k] = max(0, noisy[b].elements[k] + sigma.elements[k] * Double(draws[k]))
      }
    }
    return try Self.columns(noisy, wires, law).voltages(inputs)
  }
}
