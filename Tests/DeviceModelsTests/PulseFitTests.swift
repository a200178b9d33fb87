import DeviceModels
import Foundation
import InputOutput
import PhysicalUnits
import Randomness
import Testing

@Suite struct PulseFitTests {
  /// Trains up from `low` and down from `high`, with noise of steps and of readings.
  static func measured(
    _ section: String, noise: String, pulses: Int, seed: UInt64
  ) throws -> PulseMeasurement {
    let model = try PulseTests.model(section, noise: noise)
    var trains: [PulseMeasurement.Train] = []
    for (direction, sign, from) in [(PulseDirection.up, 1, -0.9), (.down, -1, 0.9)] {
      var device = PulsedDevices(model, count: 1, key: StreamKey(seed: seed).child(sign))
      device.setStates([Float(from)])
      var states = [Double(device.readStates[0])]
      for _ in 0..<pulses {
        device.apply(sign)
        states.append(Double(device.readStates[0]))
      }
      trains.append(.init(direction, states))
    }
    return PulseMeasurement(trains)
  }

  @Test("the parameters of simulated devices come back within five standard errors")
  func recovers() throws {
    let data = try Self.measured(
      "law: linear-step\n  step: {size: 0.02, asymmetry: 0.25}\n"
        + "  parameters: {slope-up: 0.8, slope-down: 0.6}",
      noise: "write: 0.01", pulses: 120, seed: 3)
    let guess = ["minimum": -1.0, "maximum": 1.0]
    let fit = try PulseFit(LinearStep.self, to: data, guess: guess, held: ["minimum", "maximum"])
    let truth = ["slope-up": 0.8, "slope-down": 0.6, "step-up": 0.02, "step-down": 0.015]
    for (key, value) in truth {
      let estimate = try #require(fit.estimates.first { $0.key == key })
      #expect(estimate.isDetermined)
      #expect(abs(estimate.value - value) < 5 * estimate.standardError, "\(key) \(estimate.value)")
      #expect(estimate.standardError < 0.1 * value, "\(key) is known to 10 %")
    }
    #expect(fit.warnings.isEmpty)
    #expect(abs(fit.residualDeviation / 0.01 - 1) < 0.25)
    #expect(abs(fit.readDeviation / 0.01 - 1) < 0.3)
    #expect(fit.cycleDeviation < 0.006)
    #expect(fit.residuals.map(\.count) == [121, 121])
  }

  @Test("the middle of opposite bounds is state 0, without what rounding leaves")
  func middle() throws {
    let data = try Self.measured(
      "law: soft-bounds\n  step: {size: 0.02, asymmetry: 0.1}", noise: "write: 0.01", pulses: 150,
      seed: 4)
    for (low, high) in [(-1.0, 1.0), (-0.7, 0.7 * (1 + 2e-16))] {
      let fit = try PulseFit(
        SoftBounds.self, to: data, guess: ["minimum": low, "maximum": high],
        held: ["minimum", "maximum"])
      let file = fit.modelFile(
        title: "t", source: "s", zero: Siemens(5e-5), unit: Siemens(2e-5))
      #expect(file.contains("- {state: 0.0, up:"), "\(file)")
    }
  }

  @Test("noise of steps is not taken for noise of readings")
  func cycleNoise() throws {
    let data = try Self.measured(
      "law: constant-step\n  step: {size: 0.002}", noise: "floor: 0.004", pulses: 300, seed: 4)
    let fit = try PulseFit(ConstantStep.self, to: data, guess: ["minimum": -2, "maximum": 2])
    #expect(abs(fit.cycleDeviation / 0.004 - 1) < 0.2)
    #expect(fit.readDeviation < 0.002)
  }

  @Test("what the data leave open is told: a bound that no train comes near")
  func open() throws {
    let data = try Self.measured(
      "law: constant-step\n  step: {size: 0.002}", noise: "write: 0.001", pulses: 50, seed: 5)
    let fit = try PulseFit(ConstantStep.self, to: data, guess: ["minimum": -2, "maximum": 2])
    #expect(fit.warnings.count == 2)
    #expect(fit.warnings.contains { $0.contains("'maximum'") })
  }

  @Test("a fit written as a device file is the device it came from")
  func file() throws {
    let data = try Self.measured(
      "law: alpha-beta\n  parameters: {alpha-up: 0.05, alpha-down: 0.04, beta-up: 3, beta-down: 2}",
      noise: "floor: 0.001", pulses: 150, seed: 6)
    let fit = try PulseFit(
      AlphaBeta.self, to: data, guess: ["minimum": -1, "maximum": 1], held: ["minimum", "maximum"])
    #expect(abs(try #require(fit["beta-up"]) - 3) < 0.3)
    let text = fit.modelFile(
      title: "One cell", source: "a test's own data", zero: Siemens(50e-6), unit: Siemens(25e-6))
    let device = try DeviceModel(text: text, name: "fitted")
    let pulses = try #require(device.pulses)
    #expect(pulses.nominal.up.step(from: 0.3) == fit.response.up.step(from: 0.3))
    #expect(abs(device.window.maximum.value - 75e-6) < 1e-12)
  }

  @Test("a lowest state at 0 S that rounds to less is written as 0 S")
  func windowAtZero() throws {
    let (zero, unit) = (5.846e-05, 6.421999999999999e-05)
    try #require(zero + unit * (-zero / unit) < 0)
    let data = try Self.measured(
      "law: constant-step\n  step: {size: 0.01}", noise: "floor: 0.001", pulses: 150, seed: 7)
    let fit = try PulseFit(
      ConstantStep.self, to: data, guess: ["minimum": -zero / unit, "maximum": 1],
      held: ["minimum", "maximum"])
    let text = fit.modelFile(
      title: "One cell", source: "a test's own data", zero: Siemens(zero), unit: Siemens(unit))
    #expect(try DeviceModel(text: text, name: "fitted").window.minimum.value == 0)
  }

  @Test("a table of pulses is read by its columns, and told where it is wrong")
  func table() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pulses-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.csv").path
    try "pulse,up,down\n0,1,5\n1,2,4\n2,3,\n".write(toFile: path, atomically: true, encoding: .utf8)
    let read = try PulseMeasurement(csv: path, unit: 2)
    #expect(read.trains.map(\.states) == [[2, 4, 6], [10, 8]])
    #expect(read.range == 2...10)
    try "pulse,up\n0,1\n1,x\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: InputError.self) { try PulseMeasurement(csv: path) }
    try "pulse,g [uS]\n0,1\n1,2\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect {
      _ = try PulseMeasurement(csv: path)
    } throws: {
      "\($0)".contains("'g [uS]'")
    }
    try "up,down\n5,1\n4,2\n3,3\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect {
      _ = try PulseMeasurement(csv: path)
    } throws: {
      "\($0)".contains("exchange the columns")
    }
    // A gap would close up and make steps too large.
    try "pulse,up,down\n0,1,5\n1,,4\n2,3,3\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect {
      _ = try PulseMeasurement(csv: path)
    } throws: {
      "\($0)".contains("line 3") && "\($0)".contains("'up'")
    }
  }
}
