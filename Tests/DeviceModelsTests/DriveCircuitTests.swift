import DeviceModels
import Foundation
import Testing

@Suite struct DriveCircuitTests {
  private let waveform = Waveform.triangle(positive: 1.6, negative: -1.6, period: 1e-3)

  @Test(
    "Kirchhoff's laws hold between source, series element and device",
    arguments: ["hfox-stanford", "vteam-default", "hfo2-jart-vcm-v1b"])
  func kirchhoff(name: String) throws {
    let device = try DeviceFile.dynamics(name).device()
    let transistor = SeriesTransistor(
      gateVoltage: 1.5, threshold: 0.4, transconductance: 2e-4, channelModulation: 0.05)
    for circuit in [
      DriveCircuit.resistor(5e3), .transistor(transistor), .selector(scale: 1e-7, voltage: 0.12),
    ] {
      let trace = try DeviceSimulation(device, circuit: circuit).trace(
        waveform, at: waveform.times(41))
      for k in trace.time.indices {
        let over = trace.source[k] - trace.voltage[k]
        let series: Double
        switch circuit {
        case .resistor(let r): series = over / r
        case .transistor(let t): series = t.current(over)
        case .selector(let scale, let v): series = scale * sinh(over / v)
        default: series = .nan
        }
        let size = max(abs(trace.current[k]), 1e-12)
        #expect(abs(series - trace.current[k]) < 1e-6 * size, "\(name), \(circuit), \(k)")
        #expect(
          trace.voltage[k] * trace.source[k] >= 0, "the device's voltage has the source's sign")
      }
    }
  }

  @Test("a compliance current is reached and never passed")
  func compliance() throws {
    let device = try DeviceFile.dynamics("hfox-stanford").device()
    let trace = try DeviceSimulation(device, circuit: .compliance(50e-6)).trace(
      waveform, at: waveform.times(201))
    let most = trace.current.map(abs).max()!
    #expect(most <= 50e-6 * (1 + 1e-9) && most > 49e-6)
    #expect(zip(trace.voltage, trace.source).allSatisfy { abs($0) <= abs($1) + 1e-12 })
  }

  @Test("limits of each polarity hold together with a transistor's gate voltage")
  func polarities() throws {
    let device = try DeviceFile.dynamics("hfox-stanford").device()
    let transistor = SeriesTransistor(
      gateVoltage: 1.5, threshold: 0.5, transconductance: 1e-3)
    func extremes(_ circuit: DriveCircuit) throws -> (low: Double, high: Double) {
      let trace = try DeviceSimulation(device, circuit: circuit).trace(
        waveform, at: waveform.times(201))
      return (trace.current.min()!, trace.current.max()!)
    }
    let free = try extremes(.transistor(transistor))
    let one = try extremes(
      .limited(positive: 0.3 * free.high, negative: .infinity, transistor))
    #expect(one.high <= 0.3 * free.high * (1 + 1e-9) && one.high > 0.29 * free.high)
    #expect(one.low < 0.3 * free.low, "the other polarity has no limit")
    let both = try extremes(.limited(positive: 40e-6, negative: 20e-6, transistor))
    #expect(both.high <= 40e-6 * (1 + 1e-9) && both.high > 39e-6)
    #expect(both.low >= -20e-6 * (1 + 1e-9) && both.low < -19e-6)
    // Without limits that are reached it is the transistor alone.
    #expect(try extremes(.limited(positive: 1, negative: 1, transistor)) == free)
  }

  @Test("a lower compliance leaves a larger gap, and so a lower conductance")
  func multilevel() throws {
    let device = try DeviceFile.dynamics("hfox-stanford").device()
    let set = Waveform.triangle(positive: 2, negative: 0, period: 1e-3)
    let gaps = try [200e-6, 50e-6, 10e-6].map { limit in
      try DeviceSimulation(device, circuit: .compliance(limit)).trace(set, at: [1e-3])
        .finalState[0]
    }
    #expect(gaps[0] < gaps[1] && gaps[1] < gaps[2], "\(gaps)")
  }

  @Test("the transistor is odd under exchange of source and drain, and its parts meet")
  func transistor() {
    let t = SeriesTransistor(gateVoltage: 1.2, threshold: 0.4, transconductance: 1e-4)
    #expect(t.current(0) == 0)
    #expect(abs(t.current(0.8 - 1e-9) - t.current(0.8 + 1e-9)) < 1e-15)
    #expect(abs(t.current(2) - 0.5e-4 * 0.64) < 1e-18)
    // Reversed, the gate stands 0.5 V higher above the source.
    #expect(abs(t.current(-0.5) + 1e-4 * (1.3 * 0.5 - 0.125)) < 1e-18)
    let off = SeriesTransistor(gateVoltage: 0, threshold: 0.4, transconductance: 1e-4)
    #expect(off.current(1) == 0)
  }
}
