import DeviceModels
import InputOutput
import LinearAlgebra
import Randomness
import TestSupport
import Testing

/// Cells written by simulated pulses, in place of the statistics of a write.
@Suite struct PulsedWriteTests {
  /// Cells of 0 to 170 µS that start at 85 µS.
  static func device(
    step: Double = 0.01, cycle: Double = 0.3, tolerance: Double, more: String = ""
  ) throws -> DeviceModel {
    try testDevice(
      """
      pulses:
        law: constant-step
        conductance: {zero: 85 uS, unit: 85 uS}
        bounds: {minimum: -1, maximum: 1}
        step: {size: \(step)}
        noise: {cycle: \(cycle)}
      write-verify: {tolerance: \(tolerance) uS}
      \(more)
      """, window: "{minimum: 0 S, maximum: 150 uS}")
  }

  static let targets: [Float] = (0..<1000).map { 150e-6 * Float($0) / 999 }

  @Test("cells come within the tolerance of their targets, from the side that they are approached")
  func tolerance() throws {
    let cells = try Self.device(tolerance: 2).written(Self.targets, key: StreamKey(seed: 1))
    let errors = zip(cells, Self.targets).map { $0 - $1 }
    #expect(errors.allSatisfy { abs($0) <= 2.0001e-6 })
    // Half of what is missing is sent: the last burst leaves more than half of the tolerance, on the near side.
    let low = zip(errors, Self.targets).filter { $1 < 60e-6 }.map(\.0)
    let high = zip(errors, Self.targets).filter { $1 > 110e-6 }.map(\.0)
    #expect(low.reduce(0, +) / Float(low.count) > 0.5e-6)
    #expect(high.reduce(0, +) / Float(high.count) < -0.5e-6)
  }

  @Test("the noise of verifying reads is left in the cells")
  func readNoise() throws {
    let exact = try Self.device(tolerance: 1)
    let noisy = try Self.device(tolerance: 1, more: "read-noise: {law: constant, deviation: 3 uS}")
    func square(_ device: DeviceModel) -> Float {
      let cells = device.written(Self.targets, key: StreamKey(seed: 2))
      return zip(cells, Self.targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 1000
    }
    // A read that is 3 µS off may say that a cell is at its target.
    #expect(square(noisy).squareRoot() > 1.5e-6 && square(exact).squareRoot() <= 1.0001e-6)
  }

  @Test("parts of an array get the bits of the whole, on any number of threads")
  func parts() throws {
    let device = try Self.device(
      tolerance: 2, more: "read-noise: {law: constant, deviation: 1 uS}")
    let key = StreamKey(seed: 3)
    let whole = device.written(Self.targets, key: key)
    var pieces: [Float] = []
    for part in [0..<7, 7..<300, 300..<301, 301..<1000] {
      pieces += device.written(Array(Self.targets[part]), key: key, from: part.lowerBound)
    }
    #expect(pieces == whole)
    let before = Parallel.threadCount
    Parallel.threadCount = 1
    defer { Parallel.threadCount = before }
    #expect(device.written(Self.targets, key: key) == whole)
  }

  @Test("stuck cells stay stuck")
  func stuck() throws {
    let device = try Self.device(
      tolerance: 2, more: "stuck-cells: {off-fraction: 0.1, off-conductance: 0 S}")
    let cells = device.written([Float](repeating: 100e-6, count: 4000), key: StreamKey(seed: 4))
    let off = cells.count { $0 == 0 }
    // Binomial: 400 ± 4.5·19.
    #expect(abs(off - 400) <= 86 && cells.allSatisfy { $0 == 0 || abs($0 - 100e-6) <= 2.0001e-6 })
  }

  @Test("writing by pulses needs a model of pulses")
  func withoutPulses() {
    #expect(throws: InputErrors.self) {
      _ = try DeviceModel(
        text: """
          title: cell
          source: test
          validity: test
          conductance-window: {minimum: 0 S, maximum: 150 uS}
          write-verify: {tolerance: 1 uS}
          """, name: "cell")
    }
  }
}
