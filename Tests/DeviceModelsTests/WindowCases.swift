import DeviceModels
import Foundation
import Testing

/// States next to the ends of windows that vanish there.
@Suite struct WindowCases {
  private func device(
    _ name: String, _ numbers: [String: Double], window: String? = nil
  ) throws -> any DynamicDevice {
    let section = try DeviceFile.dynamics(name)
    var set = section.parameters
    set.numbers.merge(numbers) { $1 }
    if let window { set.choices["window"] = window }
    return section.device(set)
  }

  @Test("Joglekar's device returns from the end: the exact current and state of one period")
  func joglekar() throws {
    // scipy's LSODA in z = ln(x/(1 − x)): lowest current −0.008573 A, x(T) = 0.5.
    let device = try device("tio2-joglekar", ["initial-state": 0.5])
    let waveform = Waveform.sine(amplitude: 1, frequency: 1)
    let trace = try DeviceSimulation(device).trace(waveform, at: waveform.times(2001))
    #expect(abs(trace.current.min()! + 0.008573) < 2e-6)
    #expect(abs(trace.finalState[0] - 0.5) < 1e-5)
    #expect(trace.component(0).max()! > 1 - 1e-6)
  }

  @Test(
    "under no net flux the state comes back from any nearness to an end, in every such window",
    arguments: ["strukov", "joglekar", "prodromakis"],
    ["tio2-joglekar", "tio2-nonlinear-ion-drift"])
  func returns(window: String, name: String) throws {
    for exponent in [1.0, 2.5, 7] {
      for state in [0.2, 0.9] {
        let device = try device(
          name, ["initial-state": state, "window-exponent": exponent, "window-height": 1],
          window: window)
        // Strong enough to round the state to 1.
        var amplitude = 1.0
        var reached = 0.0
        for _ in 0..<8 where reached < 1 {
          let waveform = Waveform.sine(amplitude: amplitude, frequency: 1)
          let trace = try DeviceSimulation(device).trace(waveform, at: waveform.times(501))
          reached = trace.component(0).max()!
          #expect(
            abs(trace.finalState[0] - state) < 1e-4,
            "\(exponent), \(amplitude) V: \(trace.finalState)")
          amplitude *= 2
        }
        #expect(reached == 1, "\(window), \(exponent)")
      }
    }
  }

  @Test("pulses in separate simulations carry the state on without rounding it to the end")
  func pulses() throws {
    let device = try device("tio2-joglekar", ["initial-state": 0.5])
    let simulation = DeviceSimulation(device)
    func pulse(_ height: Double) -> Waveform {
      .pulses(height: height, width: 0.5, period: 0.6, count: 1)
    }
    var (state, logit): ([Double]?, Double?) = (nil, nil)
    for height in [3.0, 3, -3, -3] {
      let waveform = pulse(height)
      let trace = try simulation.trace(
        waveform, at: [waveform.duration], from: state, logit: logit)
      (state, logit) = (trace.finalState, trace.finalLogit)
      if height == 3 { #expect(trace.finalState[0] > 1 - 1e-12) }
    }
    #expect(abs(state![0] - 0.5) < 1e-5, "\(state!)")
    // A state that is given on an end moves away from it, too.
    let back = try simulation.trace(pulse(-30), at: [0.6], from: [1])
    #expect(back.finalState[0] < 0.5)
  }

  @Test("with write thresholds linear drift stays between them and is the same beyond")
  func thresholds() throws {
    for (name, window) in [("tio2-linear-ion-drift", "none"), ("tio2-joglekar", "joglekar")] {
      let plain = try device(name, [:], window: window)
      let held = try device(
        name, ["threshold-positive": 0.4, "threshold-negative": -0.3], window: window)
      for voltage in [-1.0, -0.31, 0.41, 2] {
        #expect(
          held.rates(state: [0.3], voltage: voltage) == plain.rates(state: [0.3], voltage: voltage))
      }
      for voltage in [-0.3, -0.1, 0, 0.2, 0.4] {
        #expect(held.rates(state: [0.3], voltage: voltage) == [0])
      }
      let waveform = Waveform.triangle(positive: 0.39, negative: -0.29, period: 1)
      let trace = try DeviceSimulation(held).trace(waveform, at: [1], from: [0.3])
      #expect(abs(trace.finalState[0] - 0.3) < 1e-12)
    }
  }

  @Test("the Stanford model's gap stands still below the minimum field")
  func minimumField() throws {
    let plain = try device("hfox-stanford", [:])
    let section = try DeviceFile.dynamics("hfox-stanford")
    let gap = 1e-9
    let gamma =
      section.parameters["field-enhancement"]
      - section.parameters["enhancement-slope"]
      * pow(gap * 1e9, section.parameters["enhancement-exponent"])
    // The field γ·|V|/L at 1 V.
    let field = gamma / section.parameters["thickness"]
    let held = try device("hfox-stanford", ["minimum-field": field])
    for voltage in [-0.99, -0.5, 0.5, 0.99] {
      #expect(held.rates(state: [gap], voltage: voltage) == [0])
    }
    for voltage in [-1.01, 1.01, 1.5] {
      #expect(
        held.rates(state: [gap], voltage: voltage) == plain.rates(state: [gap], voltage: voltage))
    }
  }

  @Test("each lobe of a pinched loop has its own area")
  func lobes() {
    // I = V going up and 2·V coming back, on either side: triangles between two lines.
    var trace = DeviceTrace()
    let path: [(Double, Double)] = [
      (0, 0), (1, 1), (1, 2), (0, 0), (-1, -1), (-1, -2), (-0.5, -1), (0.5, 0.5), (0, 0),
    ]
    for (k, (v, i)) in path.enumerated() {
      trace.time.append(Double(k))
      trace.voltage.append(v)
      trace.current.append(i)
    }
    let areas = trace.lobeAreas
    // By hand: 0.5 − 1 on the way out and back; the last step crosses 0 V at −0.25 A.
    #expect(abs(areas.positive - (0.5 - 1 + 0.0625 - 0.125)) < 1e-12)
    #expect(abs(areas.negative - (0.5 - 0.75 - 0.3125)) < 1e-12)
  }
}
