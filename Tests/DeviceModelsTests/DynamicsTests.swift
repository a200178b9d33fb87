import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import Testing

@Suite struct DynamicsTests {
  private func device(_ name: String) throws -> any DynamicDevice {
    try DeviceFile.dynamics(name).device()
  }

  @Test(
    "the loop is pinched: no current where the voltage crosses zero",
    arguments: [
      ("tio2-linear-ion-drift", 1.0, 1.0), ("tio2-joglekar", 1, 1), ("tio2-biolek", 1, 1),
      ("tio2-nonlinear-ion-drift", 1, 1), ("tio2-team", 0.5, 1e3), ("vteam-default", 0.25, 1e5),
      ("chalcogenide-yakopcic", 0.45, 100), ("hfox-stanford", 1.2, 1e3),
      ("hfo2-jart-vcm-v1b", 0.6, 1e3), ("tio2-simmons", 0.6, 1),
    ])
  func pinched(name: String, amplitude: Double, frequency: Double) throws {
    let waveform = Waveform.triangle(
      positive: amplitude, negative: -amplitude, period: 1 / frequency)
    let trace = try DeviceSimulation(try device(name)).trace(waveform, at: waveform.times(201))
    var crossings = 0
    for k in trace.time.indices where abs(trace.voltage[k]) < 1e-12 {
      crossings += 1
      #expect(abs(trace.current[k]) < 1e-12, "\(name) at \(trace.time[k]) s")
    }
    #expect(crossings == 3)
    #expect(trace.current.map(abs).max()! > 1e-9)
  }

  @Test("the ideal memristor keeps its charge–flux relation, and its current is the exact one")
  func chargeFlux() throws {
    // The steps hold 1e-8; the cubic between them is good to 1e-5 of range and peak.
    try chargeFlux(stopsAtOutputs: true, tolerance: 5e-8)
    try chargeFlux(stopsAtOutputs: false, tolerance: 1e-5)
  }

  private func chargeFlux(stopsAtOutputs: Bool, tolerance: Double) throws {
    // φ = (R_off − ΔR·x₀)q − ΔR·k·q²/2 with x = x₀ + kq, away from the ends.
    let (on, off, k, x0) = (100.0, 16e3, 1e4, 0.3)
    let device = try device("tio2-linear-ion-drift")
    let omega = 2 * Double.pi
    let waveform = Waveform.sine(amplitude: 1, frequency: 1, periods: 2)
    var options = SimulationOptions()
    options.stopsAtOutputs = stopsAtOutputs
    let trace = try DeviceSimulation(device, options: options).trace(
      waveform, at: waveform.times(501), from: [x0])
    let x = trace.component(0)
    let peak = trace.current.map(abs).max()!
    var worst = (state: 0.0, current: 0.0)
    for n in trace.time.indices {
      let flux = (1 - cos(omega * trace.time[n])) / omega
      let a = 0.5 * (off - on) * k
      let b = off - (off - on) * x0
      let charge = (b - (b * b - 4 * a * flux).squareRoot()) / (2 * a)
      worst.state = max(worst.state, abs(x[n] - (x0 + k * charge)))
      let exact = trace.voltage[n] / (off - (off - on) * (x0 + k * charge))
      worst.current = max(worst.current, abs(trace.current[n] - exact))
    }
    #expect(worst.state < tolerance && worst.current < tolerance * peak, "\(worst)")
  }

  @Test("the loop's area falls with the frequency")
  func area() throws {
    let device = try device("tio2-joglekar")
    var last = Double.infinity
    for frequency in [1.0, 2, 5, 10, 100] {
      // The upper lobe alone: the whole loop's signed area is that of an eight.
      let waveform = Waveform.sine(amplitude: 1, frequency: frequency, periods: 0.5)
      let trace = try DeviceSimulation(device).trace(waveform, at: waveform.times(2001))
      let area = abs(trace.lobeAreas.positive)
      #expect(area < last, "\(frequency) Hz")
      last = area
    }
    #expect(last < 1e-6)
  }

  @Test("VTEAM moves at its constant rate and crosses a threshold at the exact time")
  func constantRate() throws {
    var options = SimulationOptions()
    options.threshold = 2e-9
    let simulation = DeviceSimulation(try device("vteam-default"), options: options)
    // 0.1 V: 5e-4 m/s · (0.1/0.02 − 1) = 2e-3 m/s; 1 nm to 2 nm in 0.5 µs.
    let waveform = Waveform.pulses(height: 0.1, width: 1e-6, period: 2e-6, count: 1)
    let trace = try simulation.trace(waveform, at: [0.25e-6, 2e-6])
    #expect(abs(trace.state[0] - 1.5e-9) < 1e-16)
    #expect(abs(try #require(trace.crossings.first) - 0.5e-6) < 1e-14)
    #expect(abs(trace.state[1] - 3e-9) < 1e-18, "the end of the range holds")
  }

  @Test("between its thresholds nothing moves", arguments: ["vteam-default", "tio2-team"])
  func below(name: String) throws {
    let device = try device(name)
    let waveform = Waveform.sine(amplitude: 0.004, frequency: 1e3, periods: 3)
    let trace = try DeviceSimulation(device).trace(waveform, at: waveform.times(50))
    #expect(Set(trace.component(0)).count == 1)
  }

  @Test(
    "an explicit and an implicit stepper agree",
    arguments: ["tio2-joglekar", "chalcogenide-yakopcic", "hfox-stanford"])
  func steppers(name: String) throws {
    let device = try device(name)
    let waveform = Waveform.triangle(positive: 0.4, negative: -0.4, period: 1e-2)
    var options = SimulationOptions()
    let explicit = try DeviceSimulation(device, options: options).trace(
      waveform, at: waveform.times(51))
    options.method = .bulirschStoer
    options.stopsAtOutputs = true
    let implicit = try DeviceSimulation(device, options: options).trace(
      waveform, at: waveform.times(51))
    let peak = explicit.current.map(abs).max()!
    for (a, b) in zip(explicit.current, implicit.current) { #expect(abs(a - b) < 1e-5 * peak) }
  }

  @Test("windows vanish at the ends they guard and are one, or j, in the middle")
  func windows() {
    for form in [WindowFunction.Form.joglekar, .prodromakis, .strukov] {
      let window = WindowFunction(form, exponent: 3)
      #expect(abs(window.value(0, direction: 1)) < 1e-15)
      #expect(abs(window.value(1, direction: 1)) < 1e-15)
      for x in [0.1, 0.3, 0.45] {
        #expect(abs(window.value(x, direction: 1) - window.value(1 - x, direction: 1)) < 1e-15)
      }
    }
    let biolek = WindowFunction(.biolek, exponent: 3)
    #expect(biolek.value(1, direction: 1) == 0 && biolek.value(1, direction: -1) == 1)
    #expect(biolek.value(0, direction: -1) == 0 && biolek.value(0, direction: 1) == 1)
    #expect(WindowFunction(.joglekar, exponent: 2).value(0.5, direction: 1) == 1)
  }

  @Test("JART switches on at a negative, off at a positive voltage, and a read changes nothing")
  func valenceChange() throws {
    let device = try device("hfo2-jart-vcm-v1b")
    func read(_ state: [Double]) -> Double { device.current(state: state, voltage: 0.2) / 0.2 }
    let set = Waveform.pulses(height: -1.2, width: 1e-3, period: 2e-3, count: 1, edge: 1e-5)
    let simulation = DeviceSimulation(device)
    let on = try simulation.trace(set, at: [set.duration]).finalState
    #expect(read(on) > 10 * read(device.initialState))
    let reset = Waveform.pulses(height: 1.5, width: 1e-2, period: 2e-2, count: 1, edge: 1e-5)
    let off = try simulation.trace(reset, at: [reset.duration], from: on).finalState
    #expect(read(off) < 0.5 * read(on))
    let small = Waveform.pulses(height: 0.2, width: 1e-3, period: 2e-3, count: 1)
    let after = try simulation.trace(small, at: [small.duration], from: on).finalState
    #expect(abs(after[0] / on[0] - 1) < 1e-6)
  }

  @Test("the Stanford model forms at positive, dissolves at negative voltage")
  func stanford() throws {
    let simulation = DeviceSimulation(try device("hfox-stanford"))
    let set = Waveform.triangle(positive: 2, negative: 0, period: 1e-3)
    let on = try simulation.trace(set, at: [1e-3]).finalState
    #expect(on[0] < 0.8e-9)
    let reset = Waveform.triangle(positive: 0, negative: -2, period: 1e-3)
    let off = try simulation.trace(reset, at: [1e-3], from: on).finalState
    #expect(off[0] > on[0] + 0.2e-9)
  }

  @Test("a Mott switch turns on above a threshold and off again by itself")
  func mott() throws {
    let device = try device("nbo2-threshold-switch")
    let waveform = Waveform.triangle(positive: 3, negative: 0, period: 1e-4)
    let trace = try DeviceSimulation(device, circuit: .resistor(2e3)).trace(
      waveform, at: waveform.times(2001))
    let jump = zip(trace.current, trace.current.dropFirst()).map { $1 - $0 }.max()!
    #expect(jump > 1e-4, "the current snaps up: \(jump) A within 50 ns")
    #expect(trace.component(0).max()! > 0.5)
    #expect(trace.finalState[0] < 0.1, "volatile: \(trace.finalState)")
  }

  @Test(
    "a phase-change cell grows more conductive pulse by pulse, melts, and drifts as a power law")
  func phaseChange() throws {
    let device = try device("gst-phase-change")
    let simulation = DeviceSimulation(device)
    var state = device.initialState
    var last = 0.0
    for _ in 0..<8 {
      let pulse = Waveform.pulses(height: 1.35, width: 20e-9, period: 100e-9, count: 1)
      state = try simulation.trace(pulse, at: [pulse.duration], from: state).finalState
      let conductance = device.current(state: state, voltage: 0.05) / 0.05
      #expect(conductance > last)
      last = conductance
    }
    let reset = Waveform.pulses(height: 3, width: 100e-9, period: 200e-9, count: 1)
    state = try simulation.trace(reset, at: [reset.duration], from: state).finalState
    #expect(state[0] > 24e-9, "amorphous again: \(state)")
    let resistances = try [1e2, 1e4].map { time in
      let rest = try simulation.trace(.ramp(to: 0, duration: time), at: [time], from: state)
      return 0.05 / device.current(state: rest.finalState, voltage: 0.05)
    }
    let exponent = log(resistances[1] / resistances[0]) / log(1e2)
    #expect(abs(exponent - 0.06) < 0.002, "\(exponent)")
  }

  @Test("a waveform from CSV is the lines between its points; every wrong line is told")
  func csv() throws {
    let waveform = try Waveform.parse(csv: "t,v\n0,0\n1e-3,1\n\n# up\n2e-3,-1\n", source: "w.csv")
    #expect(abs(waveform.voltage(at: 0.5e-3) - 0.5) < 1e-12)
    #expect(abs(waveform.voltage(at: 1.5e-3)) < 1e-12 && waveform.voltage(at: 3e-3) == 0)
    let error = #expect(throws: Error.self) {
      _ = try Waveform.parse(csv: "0,0\n1,x\n0.5,1\n0.2,1\n", source: "w.csv")
    }
    let text = "\(try #require(error))"
    #expect(text.contains("line 2") && text.contains("line 4"))
  }
}
