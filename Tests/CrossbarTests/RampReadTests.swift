import Circuits
import Crossbar
import DeviceModels
import Foundation
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

@Suite struct RampReadTests {
  /// A chip of normal weights whose columns are converted by `ramp` at 0.2 of the largest current.
  static func chip(
    _ ramp: RampConversion?, bits: Int, device: DeviceModel, seed: UInt64 = 1,
    writeErrors: Bool = false
  ) throws -> CrossbarArray {
    var device = device
    device.readNoise = .none
    let w = Chips.matrix(48, 40, seed: 3)
    let output = OutputConverter(
      bits: bits, range: .fixed(Amperes(2e-4)), codes: .bins, ramp: ramp)
    let design = CrossbarDesign(
      device: device, tile: TileShape(rows: 64, columns: 32), output: output,
      writeErrors: writeErrors)
    return CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design), key: StreamKey(seed: seed))
  }

  @Test("a ramp without errors gives the codes of a uniform converter", arguments: 1...10)
  func uniform(bits: Int) throws {
    let device = try Chips.ideal
    let x = Chips.matrix(16, 48, seed: 9)
    let ramp = Chips.read(try Self.chip(RampConversion(), bits: bits, device: device), x)
    let plain = Chips.read(try Self.chip(nil, bits: bits, device: device), x)
    // A current on a threshold may fall on either side; otherwise the codes are equal.
    let step = plain.elements.map(abs).max()! / Float(1 << bits)
    let different = zip(ramp.elements, plain.elements).count { abs($0 - $1) > 0.1 * step }
    #expect(different <= 2)
  }

  @Test("the guided search finds the code that counting finds", arguments: [UInt64(1), 2, 3, 4])
  func search(seed: UInt64) throws {
    var stream = RandomStream(StreamKey(seed: seed))
    let codes = 64
    // Ramps with steps from equal to very unequal, some of them steps of nothing.
    let ramps = (0..<5).map { r -> [Float] in
      let steps = (0..<codes - 1).map { _ -> Float in
        let height = Float(pow(stream.uniform(), Double(r * r)))
        return stream.uniform() < 0.1 ? 0 : height
      }
      let sum = steps.reduce(0, +)
      var t: Float = -1
      return steps.map { step in
        t += 2 * step / sum
        return t
      }
    }
    let outputs = (0..<codes).map(Float.init)
    let search = RampSearch(ramps, outputs: outputs, lowest: -1)
    let count = 2000
    var x = (0..<count).map { _ in Float(2.4 * stream.uniform() - 1.2) }
    // Some values lie on a threshold.
    for k in stride(from: 0, to: count, by: 7) { x[k] = ramps[k % 5][k % 63] }
    let ramp = (0..<count).map { Int32($0 % 5) }
    let ones = [Float](repeating: 1, count: count)
    var y = [Float](repeating: 0, count: count)
    _ = search.convert(
      x, ramp: ramp, range: ones, noise: nil, variance: nil, base: 0, gain: nil, offset: nil,
      scale: ones, factor: 1, pedestal: 0, into: &y, count: count)
    for k in 0..<count {
      #expect(Int(y[k]) == ramps[k % 5].count { $0 <= x[k] })
    }
  }

  @Test(
    "a chip's write errors move its thresholds, by ramp and chip, and calibration takes most back")
  func errors() throws {
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let x = Chips.matrix(64, 48, seed: 9)
    func error(_ calibration: RampCalibration, _ seed: UInt64) throws -> Double {
      // The same weights without write errors are what a perfect ramp reads.
      let chip = try Self.chip(
        RampConversion(calibration: calibration), bits: 6, device: device, seed: seed,
        writeErrors: true)
      let uniform = try Self.chip(nil, bits: 6, device: device, seed: seed, writeErrors: true)
      let (a, b) = (Chips.read(chip, x), Chips.read(uniform, x))
      return zip(a.elements, b.elements).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]
    let none = try seeds.map { try error(.none, $0) }
    let shifted = try seeds.map { try error(.meanShift, $0) }
    #expect(none.allSatisfy { $0 > 0 } && Set(none).count == seeds.count)
    #expect(shifted.reduce(0, +) < 0.6 * none.reduce(0, +))
  }

  @Test("ramps of their own give the same bits on one thread and two")
  func threads() throws {
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let x = Chips.matrix(300, 48, seed: 9)
    func run(_ threads: Int) throws -> [Float] {
      let before = Parallel.threadCount
      Parallel.threadCount = threads
      defer { Parallel.threadCount = before }
      let chip = try Self.chip(
        RampConversion(sharing: .column), bits: 8, device: device, writeErrors: true)
      return Chips.read(chip, x).elements
    }
    #expect(try run(1) == run(2))
  }

  @Test(
    "linear ramps drift with the weights: a compensation that counts both corrects nothing twice")
  func drift() throws {
    let device = try Chips.drifting(spread: 0)
    let x = Chips.matrix(16, 48, seed: 9)
    func distance(_ ramp: RampConversion?, _ compensation: CrossbarDesign.DriftCompensation)
      -> Float
    {
      let output = OutputConverter(
        bits: 6, range: .fixed(Amperes(2e-5)), codes: .bins, ramp: ramp)
      let design = CrossbarDesign(
        device: device, tile: TileShape(rows: 64, columns: 32), output: output,
        driftCompensation: compensation)
      var chip = CrossbarArray(
        MappedMatrix(weights: Chips.matrix(48, 40, seed: 3), bias: nil, design: design),
        key: StreamKey(seed: 1))
      let before = Chips.read(chip, x).elements
      chip.setTime(Seconds(1e7))
      let after = Chips.read(chip, x).elements
      return zip(before, after).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    var ramp = RampConversion(calibration: .none)
    ramp.startCells = 5
    let fixed = distance(nil, .none)
    // A current on a threshold may fall on either side.
    #expect(fixed > 0 && distance(ramp, .none) < 0.1 * fixed)
    #expect(distance(ramp, .column) < 0.1 * fixed)
    // A start without cells stays where it was.
    ramp.startCells = 0
    #expect(distance(ramp, .none) > 0.2 * fixed)
  }
}
