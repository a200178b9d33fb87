import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing

@Suite struct NoisyReadTests {
  static func chip(
    _ name: String, rows: Int = 30, columns: Int = 8, bits: Int? = nil, noise: Double = 0
  ) throws -> CrossbarArray {
    let design = CrossbarDesign(
      device: try DeviceLibrary.load(name), tile: TileShape(rows: 16, columns: 16),
      input: InputConverter(bits: 7),
      output: bits.map { OutputConverter(bits: $0, range: .maximum) }, outputNoise: Amperes(noise))
    var mapped = MappedMatrix(
      weights: Chips.matrix(rows, columns, seed: 1), bias: nil, design: design)
    mapped.calibrate(on: Chips.matrix(50, rows, seed: 2))
    return CrossbarArray(mapped, key: StreamKey(seed: 4))
  }

  @Test(
    "one number a column has the variance of one number a cell", arguments: ["hfo2-1t1r", "pcm"])
  func summedVariance(name: String) throws {
    let chip = try Self.chip(name)
    let x = Chips.matrix(1, 30, seed: 3)
    let n = 4000
    let many = Matrix(
      rowCount: n, columnCount: 30, elements: (0..<n).flatMap { _ in x.elements })
    let y = Chips.read(chip, many)
    // Cell by cell: Σ (V·σ/…)² through the scale of the column.
    let device = chip.mapped.design.device
    let time = device.drift?.origin ?? Seconds(0)
    for j in 0..<8 {
      var variance = 0.0
      for (b, block) in chip.mapped.blocks.enumerated() {
        let (positive, negative) = chip.conductances(block: b, slice: 0)
        let rows = Array(block.place.rows)
        let top = rows.map { abs(x.elements[$0]) }.max()!
        for (r, i) in rows.enumerated() {
          let input = (x.elements[i] / top * 63).rounded(.toNearestOrEven) / 63 * top
          for g in [positive[r * 8 + j], negative[r * 8 + j]] {
            let s =
              device.readNoise.deviation(at: Double(g), time: time)
              * Double(block.weightPerSiemens[j])
            variance += Double(input * input) * s * s
          }
        }
      }
      let sample = SampleStatistics((0..<n).map { Double(y[$0, j]) })
      // The deviation of a sample deviation is 1/√(2n): five of them.
      let ratio = sample.deviation / variance.squareRoot()
      #expect(abs(ratio - 1) < 5 / Double(2 * n).squareRoot(), "column \(j): \(ratio)")
    }
  }

  @Test("the same seed gives the same bits on one thread and on three, whole and in parts")
  func reproducible() throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let x = Chips.matrix(300, 30, seed: 5)
    func run(_ threads: Int) throws -> Matrix<Float> {
      Parallel.threadCount = threads
      return try Chips.read(Self.chip("pcm", bits: 8, noise: 1e-8), x)
    }
    #expect(try run(1) == run(3))
    let chip = try Self.chip("pcm", bits: 8, noise: 1e-8)
    let whole = Chips.read(chip, x)
    var part = [Float](repeating: 0, count: 8 * 100)
    x.elements[(200 * 30)...].withUnsafeBufferPointer { x in
      part.withUnsafeMutableBufferPointer {
        _ = chip.multiply(x, vectors: 100, into: $0, key: StreamKey(seed: 99), first: 200)
      }
    }
    let size = whole.elements.map(abs).max()!
    for (a, b) in zip(part, whole.elements[(200 * 8)...]) { #expect(abs(a - b) <= 0.02 * size) }
  }

  @Test("a converter's error is at most half a code where nothing clips")
  func halfCode() throws {
    var device = try Chips.ideal
    device.readVoltage = Volts(0.2)
    let w = Chips.matrix(20, 6, seed: 1)
    let x = Chips.matrix(40, 20, seed: 2)
    for sharing in OutputConverter.Sharing.allCases {
      let design = CrossbarDesign(
        device: device, input: InputConverter(),
        output: OutputConverter(bits: 8, range: .maximum, sharing: sharing))
      var mapped = MappedMatrix(weights: w, bias: nil, design: design)
      mapped.calibrate(on: x)
      let chip = CrossbarArray(mapped, key: StreamKey(seed: 1))
      let y = Chips.read(chip, x)
      let exact = product(x, w)
      for v in 0..<40 {
        let top = (0..<20).map { abs(x[v, $0]) }.max()!
        for j in 0..<6 {
          let lsb = mapped.blocks[0].lsb[0][j] * mapped.blocks[0].weightPerSiemens[j] / 0.2 * top
          #expect(abs(y[v, j] - exact[v, j]) <= lsb * 0.501)
        }
      }
    }
  }

  @Test("drift lowers the outputs and compensation brings their size back")
  func drift() throws {
    let x = Chips.matrix(200, 30, seed: 5)
    func size(_ compensation: CrossbarDesign.DriftCompensation, _ time: Double?) throws -> Double {
      let design = CrossbarDesign(
        device: try DeviceLibrary.load("pcm"), readNoise: false, driftCompensation: compensation)
      let mapped = MappedMatrix(
        weights: Chips.matrix(30, 8, seed: 1), bias: nil, design: design)
      var chip = CrossbarArray(mapped, key: StreamKey(seed: 4))
      if let time { chip.setTime(Seconds(time)) }
      let y = Chips.read(chip, x).elements
      return y.reduce(0) { $0 + Double(abs($1)) }
    }
    let fresh = try size(.none, nil)
    let year = try size(.none, 3e7)
    #expect(year < 0.6 * fresh)
    #expect(abs(try size(.global, 3e7) / fresh - 1) < 0.05)
    #expect(abs(try size(.column, 3e7) / fresh - 1) < 0.05)
    #expect(abs(try size(.none, 0) / fresh - 1) < 1e-5)
  }
}
