import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing

/// Ramps that pulses write, calibration by reads, and the noise of conversions.
@Suite("Written ramps")
struct WrittenRampTests {
  static func exact(readNoise: Double = 0) throws -> DeviceModel {
    var device = try DeviceLibrary.load("ideal")
    device.readNoise = readNoise > 0 ? .polynomial([readNoise], reference: 1) : .none
    return device
  }

  @Test("ramps written by pulses with an unbiased error of 2.67 µS have the errors of such cells")
  func pulses() throws {
    // Steps of 8 ± 16 µS come from either side into the band of ±4.6 µS: the rest is nearly uniform.
    let device = try DeviceModel(
      text: """
        title: cell
        source: test
        validity: test
        conductance-window: {minimum: 0 S, maximum: 150 uS}
        pulses:
          law: constant-step
          conductance: {zero: 85 uS, unit: 85 uS}
          bounds: {minimum: -1, maximum: 1}
          step: {size: 0.0941176}
          noise: {cycle: 2}
        write-verify: {tolerance: 4.6 uS, rounds: 300}
        """, name: "cell")
    let thresholds = try RampThresholds(.sigmoid, bits: 5)
    let design = try RampDesign(thresholds, window: device.window)
    // Of an independent program, Gaussian errors of 2.67 µS: mean and largest |INL| in LSB.
    let expected: [(RampCalibration, Double, Double)] = [
      (.none, 0.213, 0.508), (.onePoint, 0.128, 0.342), (.meanShift, 0.115, 0.302),
    ]
    let count = 4000
    for (calibration, mean, largest) in expected {
      let columns = RampColumns(
        design, device: device, count: count, key: StreamKey(seed: 5), calibration: calibration)
      let errors = zip(columns.conductances.elements.indices, columns.conductances.elements).map {
        Double($1) - columns.targets[$0 % columns.targets.count]
      }
      #expect(abs(SampleStatistics(errors).deviation - 2.67e-6) < 0.06e-6)
      let width = columns.thresholds.columnCount
      var sums = (0.0, 0.0)
      for i in 0..<count {
        let errors = RampLinearity(
          columns.thresholds.elements[i * width..<(i + 1) * width], of: thresholds, .sigmoid)
        sums.0 += errors.integral.reduce(0) { $0 + abs($1) } / Double(width * count)
        sums.1 += errors.largestIntegral / Double(count)
      }
      #expect(abs(sums.0 - mean) <= 0.05 * mean + 5e-4, "\(calibration) \(sums.0)")
      #expect(abs(sums.1 - largest) <= 0.05 * largest + 5e-4, "\(calibration) \(sums.1)")
    }
  }

  @Test(
    "calibration by reads leaves the noise of their mean",
    arguments: [(reads: 1, comparator: 0.0), (4, 0), (4, 0.02), (25, 0.02)])
  func calibrationReads(reads: Int, comparator: Double) throws {
    let device = try Self.exact(readNoise: 1e-6)
    let design = try RampDesign(try RampThresholds(.sigmoid, bits: 5), window: device.window)
    let count = 4000
    let columns = RampColumns(
      design, device: device, count: count, key: StreamKey(seed: 6),
      writing: RampWriting(
        calibration: .onePoint, calibrationReads: reads, comparatorNoise: comparator))
    let ideal = design.thresholds.inputs
    let middle = (ideal.count - 1) / 2
    let spread = SampleStatistics(
      (0..<count).map { Double(columns.thresholds[$0, middle]) - ideal[middle] })
    // As many cells as thresholds before the middle one, and one comparison, in each read.
    let cells = 1e-6 * design.inputPerSiemens * Double(middle).squareRoot()
    let span = comparator * (ideal[ideal.count - 1] - ideal[0])
    let wanted = ((cells * cells + span * span) / Double(reads)).squareRoot()
    // Deviation of a deviation: 4.5/√(2n).
    #expect(
      abs(spread.deviation / wanted - 1) <= 4.5 / (2 * Double(count)).squareRoot(),
      "\(spread.deviation) \(wanted)")
    #expect(abs(spread.mean) <= 4.5 * wanted / Double(count).squareRoot())
  }

  static func ramps(
    _ device: DeviceModel, comparator: Double = 0, tiles: [Range<Int>] = [0..<2, 2..<3]
  ) throws -> WrittenRamps {
    try ActivationRamp("sigmoid", bits: 5, conversion: RampConversion(), window: device.window)
      .write(
        device: device, tiles: tiles,
        writing: RampWriting(startCells: 5, readNoise: true, comparatorNoise: comparator),
        key: StreamKey(seed: 7))
  }

  @Test("a comparator passes a threshold with the probability of its noise")
  func comparator() throws {
    let ramps = try Self.ramps(Self.exact(), comparator: 0.01)
    let span = 2 * log(31.0)
    let count = 20_000
    for deviations in [-1.0, 0, 0.5] {
      var above = 0
      for vector in 0..<count {
        var x = [Float(deviations * 0.01 * span)]
        x.withUnsafeMutableBufferPointer {
          ramps.apply($0, firstColumn: 2, vector: vector, key: StreamKey(seed: 8))
        }
        above += x[0] > 0.5 ? 1 : 0
      }
      // The threshold in the middle is at 0, the next ones are 1.8 deviations away.
      let p = 0.5 * erfc(-deviations / 2.0.squareRoot())
      #expect(
        abs(Double(above) / Double(count) - p) <= 4.5 * (p * (1 - p) / Double(count)).squareRoot())
    }
  }

  @Test("columns of one ramp see one read of it, and conversions do not depend on their order")
  func sharedReads() throws {
    let ramps = try Self.ramps(Self.exact(readNoise: 5e-6))
    func read(_ vector: Int) -> [Float] {
      var x: [Float] = [0.01, 0.01, 0.01]
      x.withUnsafeMutableBufferPointer {
        ramps.apply($0, firstColumn: 0, vector: vector, key: StreamKey(seed: 9))
      }
      return x
    }
    let forward = (0..<400).map(read)
    #expect(forward == (0..<400).reversed().map(read).reversed())
    #expect(forward.allSatisfy { $0[0] == $0[1] })
    #expect(forward.contains { $0[0] != $0[2] } && Set(forward.map { $0[0] }).count > 2)
  }

  @Test("without noise every conversion is the step function of its tile's ramp")
  func quiet() throws {
    var device = try DeviceLibrary.load("hfo2-1t1r")
    device.readNoise = .none
    let ramps = try Self.ramps(device)
    #expect(!ramps.isNoisy)
    let x = (0..<300).map { Float($0) / 30 - 5 }
    var shared = [Float](repeating: 0, count: 300)
    ramps.converters.convert(x, vectors: 100, addingTo: &shared)
    for v in 0..<100 {
      var row = Array(x[3 * v..<3 * v + 3])
      row.withUnsafeMutableBufferPointer {
        ramps.apply($0, firstColumn: 0, vector: v, key: StreamKey(seed: 1))
      }
      #expect(row == Array(shared[3 * v..<3 * v + 3]))
    }
  }
}
