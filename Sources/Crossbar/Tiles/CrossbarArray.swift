import Circuits
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Synchronization

/// A weight matrix on the tiles of one chip: written once, read as often as wanted.
///
/// A read takes y = x·W + b through the drive of the word lines, the cells with their errors and
/// noise, and the converters of the columns. Read noise of cells is independent and normal and the
/// law of the cells linear, so that one number a column with the summed variance
/// Σ Vᵢ²·σᵢⱼ² replaces one a cell.
public struct CrossbarArray: Sendable {
  /// What was written.
  public let mapped: MappedMatrix
  /// Seconds since writing, or `nil` for conductances as written.
  public private(set) var time: Seconds?

  let drive: WordLineDrive
  var blocks: [ProgrammedBlock]
  /// weightPerSiemens / V_read with drift compensation, a block and a column.
  var scales: [[Float]]
  /// What a digital pedestal is divided by, a block and a column: the factors of the drift
  /// compensation, which multiply currents and not the pedestal. Empty where all are 1.
  var pedestalFactors: [[Float]]
  /// The whole matrix in weights where nothing but the written error stands between input and output.
  var folded: [Float]
  /// The tiles of transposed reads, gathered by the first of them.
  private(set) var transposedTiles = MadeOnce<[TransposedTile]>()
  private let key: StreamKey

  /// Writes `mapped` on the chip whose streams hang below `key`.
  public init(_ mapped: MappedMatrix, key: StreamKey) {
    self.mapped = mapped
    self.key = key
    drive = WordLineDrive(mapped: mapped)
    let layout = mapped.layout
    blocks = mapped.blocks.enumerated().map { b, block in
      BlockWriter(design: mapped.design, key: key.child("block").child(b))
        .write(block, tiles: layout.tiles(of: block.place))
    }
    let volts = Float(mapped.design.device.readVoltage.value)
    scales = mapped.blocks.map { zip($0.weightPerSiemens, $0.gains).map { $0 / volts * $1 } }
    pedestalFactors = mapped.blocks.map { _ in [] }
    folded = []
    fold()
  }

  /// Lets the cells drift to `time` after writing, and compensates as the design says.
  ///
  /// The compensation multiplies every converted current by the ratio of the cells' sums of currents
  /// before and after: of the whole matrix, or of each column. A digital pedestal is subtracted from
  /// the product, as the pedestal of the cells as written.
  public mutating func setTime(_ time: Seconds) {
    let compensation = mapped.design.driftCompensation
    var before: [[Double]] = []
    if compensation != .none {
      // As written, and not as some earlier time left them.
      if self.time != nil { age(to: nil) }
      before = sums()
    }
    self.time = time
    age(to: time)
    let after = compensation == .none ? [] : sums()
    let volts = Float(mapped.design.device.readVoltage.value)
    let all =
      before.joined().reduce(0, +) / max(after.joined().reduce(0, +), .leastNormalMagnitude)
    for b in blocks.indices {
      let n = mapped.blocks[b].place.columns.count
      var factors = [Float](repeating: 1, count: n)
      switch compensation {
      case .none: break
      case .global: factors = Array(repeating: Float(all), count: n)
      case .column:
        for j in 0..<n where after[b][j] > 0 { factors[j] = Float(before[b][j] / after[b][j]) }
      }
      scales[b] = factors.indices.map { j in
        mapped.blocks[b].weightPerSiemens[j] / volts * mapped.blocks[b].gains[j] * factors[j]
      }
      pedestalFactors[b] =
        mapped.design.mapping.hasDigitalPedestal && compensation != .none ? factors : []
    }
    fold()
  }

  /// What wrote a block.
  func writer(of block: Int) -> BlockWriter {
    BlockWriter(design: mapped.design, key: key.child("block").child(block))
  }

  private mutating func age(to time: Seconds?) {
    for b in blocks.indices {
      let place = mapped.blocks[b].place
      writer(of: b).age(
        &blocks[b].slices, to: time, tiles: mapped.layout.tiles(of: place),
        first: place.columns.lowerBound)
      if mapped.design.output?.ramp != nil, mapped.design.device.drift != nil {
        writer(of: b).setConverters(
          of: &blocks[b], mapped.blocks[b], to: time, tiles: mapped.layout.tiles(of: place))
      }
    }
  }

  /// The sums of the magnitudes of what each column's cells conduct now, a block and a column, all
  /// slices together, in siemens; over the sum of the cells of the ramp that converts the column, where there is one:
  /// codes are ratios of both.
  private func sums() -> [[Double]] {
    blocks.indices.map { b in
      let n = mapped.blocks[b].place.columns.count
      let ramps = rampSums(b)
      let sums = blocks[b].slices.reduce(into: [Double](repeating: 0, count: n)) { sums, slice in
        for (j, sum) in columnSums(slice.differences, n).enumerated() { sums[j] += sum }
      }
      return ramps.isEmpty ? sums : zip(sums, ramps).map { $0 / $1 }
    }
  }

  /// What the cells of the ramp of each column of a block conduct now, in siemens; empty where no cells make ramps, 1
  /// for a ramp that does not conduct.
  private func rampSums(_ b: Int) -> [Double] {
    guard let ramps = blocks[b].ramps else { return [] }
    let all = (0..<ramps.conductances.rowCount).map { ramp in
      let sum = ramps.cells(ofRamp: ramp).reduce(0.0) { $0 + Double($1) }
      return sum > 0 ? sum : 1
    }
    let place = mapped.blocks[b].place
    if mapped.design.output?.ramp?.sharing == .column { return all }
    return mapped.layout.tiles(of: place).enumerated().flatMap { k, tile in
      tile.map { _ in all[k] }
    }
  }

  private func columnSums(_ d: [Float], _ columns: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    for i in 0..<d.count / columns {
      for j in 0..<columns { sums[j] += Double(abs(d[i * columns + j])) }
    }
    return sums
  }

  /// Whether a read is one product: no converter, no noise.
  private var isPlain: Bool {
    mapped.design.input == nil && mapped.design.output == nil
      && mapped.design.nonlinearConduction == nil
      && mapped.design.outputNoise.value == 0 && mapped.design.columnLimit == nil
      && blocks.allSatisfy { block in
        block.slices.allSatisfy { slice in
          slice.planes.allSatisfy { !$0.isNoisy }
        }
      }
  }

  private mutating func fold() {
    folded = []
    transposedTiles = MadeOnce()
    guard isPlain else { return }
    folded = effectiveWeights().elements
  }

  /// The weights that the chip computes with, inputs × outputs, the row of biases left out.
  ///
  /// What a read would give without converters and noise.
  public func effectiveWeights() -> Matrix<Float> {
    var w = Matrix<Float>(rowCount: mapped.inputCount, columnCount: mapped.outputCount)
    addEffective { i, j, value in if i < w.rowCount { w[i, j] += value } }
    return w
  }

  /// The biases that the chip computes with.
  public func effectiveBias() -> [Float] {
    var b = mapped.bias.isEmpty ? Array(repeating: 0, count: mapped.outputCount) : mapped.bias
    let row = mapped.inputCount
    addEffective { i, j, value in if i == row { b[j] += value } }
    return b
  }

  private func addEffective(_ add: (Int, Int, Float) -> Void) {
    let volts = drive.volts
    for b in blocks.indices {
      let place = mapped.blocks[b].place
      let n = place.columns.count
      for (slice, target) in zip(blocks[b].slices, mapped.blocks[b].slices) {
        let differences = slice.differences
        for (r, i) in place.rows.enumerated() {
          for (c, j) in place.columns.enumerated() {
            let part = pedestalFactors[b].isEmpty ? 1 : pedestalFactors[b][c]
            let d = differences[r * n + c] - target.pedestal / part
            add(i, j, d * target.factor * scales[b][c] * volts)
          }
        }
      }
    }
  }
}

/// A value that the first who asks for it makes.
final class MadeOnce<Value: Sendable>: Sendable {
  private let made = Mutex<Value?>(nil)

  func value(_ make: () -> Value) -> Value {
    made.withLock { value in
      if let value { return value }
      let new = make()
      value = new
      return new
    }
  }
}
