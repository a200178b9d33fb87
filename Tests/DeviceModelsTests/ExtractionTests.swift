import DeviceModels
import InputOutput
import Randomness
import StrictYAML
import Testing

/// Devices that are extracted from dynamics.
@Suite struct ExtractionTests {
  /// Few devices and pulses, for speed.
  private static let small = [
    StrictOverride(path: ["extraction", "population"], text: "12"),
    StrictOverride(path: ["extraction", "pulses"], text: "30"),
    StrictOverride(path: ["dynamics", "spread", "mobility", "deviation"], text: "10 %"),
  ]

  @Test("a device with dynamics alone is loaded with pulses and with errors of writing")
  func loaded() throws {
    let device = try DeviceLibrary.load("tio2-joglekar", overrides: Self.small)
    let pulses = try #require(device.pulses)
    #expect(pulses.lawName == "table" && pulses.step.spread > 0.01)
    #expect(device.writeError.deviation.count == 3 && device.readNoise == .none)
    // The pulses that were found are gradual: none takes more than a tenth of the range, spreads apart.
    let range = pulses.bounds.maximum - pulses.bounds.minimum
    #expect((pulses.nodes.up.max() ?? 0) < 0.2 * range)
    let middle = 0.5 * (device.window.minimum.value + device.window.maximum.value)
    let deviation = device.writeError.deviation(at: middle)
    #expect(deviation > 0 && deviation < 0.2 * device.window.maximum.value)
    let line = try #require(device.extraction)
    #expect(line.contains("12 devices, 30 pulses up and down, 1 V and -1 V"), "\(line)")
    #expect(try DeviceLibrary.load("hfo2-1t1r").extraction == nil)
  }

  @Test("the gain of devices that go as far as their steps are large spreads as their steps")
  func gainSpread() throws {
    // Constant steps of a gain that spreads by 10 %, up and down again: no device comes to a bound, so that each
    // goes as far as its gain is large.
    let gains = Noise.normal(400, StreamKey(seed: 4)).map { 1 + 0.1 * Double($0) }
    let directions =
      [PulseDirection](repeating: .up, count: 20) + [PulseDirection](repeating: .down, count: 20)
    let traces = gains.map { gain in
      let up = (0...20).map { 1e-6 + gain * 1e-6 * Double($0) }
      return up + up.reversed().dropFirst()
    }
    let law = try TableExtraction(traces, directions, nodeCount: 5)
    let mean = gains.reduce(0, +) / 400
    let deviation = (gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399).squareRoot()
    #expect(abs(law.gainSpread / deviation - 1) < 0.03, "\(law.gainSpread), \(deviation)")
    #expect(abs(law.highestSpread / (deviation * 20 / 21) - 1) < 0.1)
    #expect(law.asymmetrySpread < 1e-6)
  }

  @Test("the same file gives the same device, which its own device.yaml gives too")
  func repeated() throws {
    let file = try DeviceFile(named: "tio2-joglekar", overrides: Self.small)
    let first = try DeviceExtraction(of: file)
    let second = try DeviceExtraction(of: file)
    #expect(first.modelFile == second.modelFile)
    var loaded = try DeviceLibrary.load("tio2-joglekar", overrides: Self.small)
    loaded.extraction = nil
    #expect(try DeviceModel(text: first.modelFile, name: "tio2-joglekar") == loaded)
  }

  @Test("voltages in the wrong order change places")
  func polarity() throws {
    let reversed =
      Self.small + [
        StrictOverride(path: ["extraction", "up"], text: "-1 V"),
        StrictOverride(path: ["extraction", "down"], text: "1 V"),
      ]
    let right = try DeviceExtraction(
      of: DeviceFile(named: "tio2-joglekar", overrides: Self.small))
    let turned = try DeviceExtraction(of: DeviceFile(named: "tio2-joglekar", overrides: reversed))
    #expect(!right.isReversed && turned.isReversed)
    #expect(turned.pulses.up == 1 && turned.pulses.down == -1)
    #expect(turned.traces == right.traces)
  }

  @Test("pulses that change nothing are an error that says so")
  func nothing() throws {
    let weak = ["up", "down"].map {
      StrictOverride(path: ["extraction", $0], text: "0 V")
    }
    let error = #expect(throws: InputErrors.self) {
      try DeviceLibrary.load("tio2-joglekar", overrides: weak)
    }
    #expect(error?.description.contains("do not change the conductance") == true)
  }

  @Test("writing stops within half a step of the target")
  func writing() throws {
    // Ten devices with steps of 1 µS from 1 µS to 41 µS.
    let directions =
      [PulseDirection](repeating: .up, count: 40) + [PulseDirection](repeating: .down, count: 40)
    let up = (0...40).map { 1e-6 + 1e-6 * Double($0) }
    let traces = [[Double]](repeating: up + up.reversed().dropFirst(), count: 10)
    let statistics = try WriteStatistics(traces, directions, window: 1e-6...41e-6)
    let deviation = statistics.deviation.reversed().reduce(0) { $0 * 0.5 + $1 }
    // Errors of rounding to 1 µS: at most half of it, and about 1/√12.
    #expect(abs(statistics.mean) < 0.1e-6)
    #expect((0.15e-6...0.45e-6).contains(deviation), "\(deviation)")
  }

  @Test("reads deviate as the fluctuations of the file do")
  func reading() throws {
    var overrides = Self.small
    overrides.append(
      StrictOverride(
        path: ["fluctuations", "telegraph"],
        text: "[{capture-time: 10 ms, emission-time: 10 ms, amplitude: 4 %}]"))
    let device = try DeviceLibrary.load("tio2-joglekar", overrides: overrides)
    guard case .polynomial(let c, let reference) = device.readNoise else {
      Issue.record("the device has no read noise")
      return
    }
    // A trap that is filled half of the time: half of its amplitude.
    #expect(c[0] == 0 && abs(c[1] / reference - 0.02) < 1e-12)
  }
}
