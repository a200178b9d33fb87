import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import TestSupport
import Testing

@Suite struct NoisyDeviceTests {
  private func junction(_ changes: [String: Double]) throws -> MacrospinJunction {
    var set = try DeviceFile.dynamics("cofeb-macrospin").parameters
    for (key, value) in changes { set.numbers[key] = value }
    return MacrospinJunction(set)
  }

  @Test("without damping the spin precesses at γµ₀H and keeps its energy")
  func precession() throws {
    let junction = try junction([
      "damping": 1e-5, "polarization": 0, "initial-angle": 0.5, "anisotropy-field": 0,
      "external-field": 1e5,
    ])
    let frequency = PhysicalConstants.gyromagnetic * 1e5 / (2 * .pi)
    let waveform = Waveform.ramp(to: 0, duration: 1 / frequency)
    let trace = try DeviceSimulation(junction).trace(waveform, at: waveform.times(5))
    #expect(abs(trace.state[3 * 4] - sin(0.5)) < 1e-4)
    #expect(abs(trace.state[3 * 2] + sin(0.5)) < 1e-4, "half a turn")
    #expect(abs(trace.state[14] - cos(0.5)) < 1e-4)
  }

  @Test("spin torque reverses the layer above the critical current and not below")
  func critical() throws {
    let junction = try junction(["initial-angle": Double.pi - 0.05])
    // Antiparallel: 12 kΩ.
    let voltage = junction.criticalCurrent * 12e3
    for (factor, reverses) in [(0.9, false), (1.3, true)] {
      let waveform = Waveform.piecewiseLinear([(0, factor * voltage), (200e-9, factor * voltage)])
      let end = try DeviceSimulation(junction).trace(waveform, at: [200e-9]).finalState
      #expect((end[2] > 0.9) == reverses, "\(factor): \(end)")
    }
  }

  @Test("thermal agitation brings Boltzmann's distribution of the angle")
  func boltzmann() throws {
    // Density exp(Δ·m_z²) with a small barrier, so that it is reached within nanoseconds.
    let junction = try junction([
      "damping": 0.2, "polarization": 0, "anisotropy-field": 4e3, "initial-angle": 1.2,
    ])
    let delta = junction.stability
    #expect(delta > 0.5 && delta < 2.5)
    let rest = Waveform.ramp(to: 0, duration: 1e-6)
    let trace = try junction.noisyTrace(
      rest, steps: 200_000, every: 400, key: StreamKey(seed: 4))
    // Steps of 5 ps; a value every 2 ns, some correlation times apart: the relaxation time is
    // µ₀M_sΩ(1 + α²)/(2αγµ₀kT), below 1 ns here.
    let z = trace.component(2).dropFirst(10).map { $0 }
    let rule = GaussLegendre(40)
    let whole = rule.integral(from: -1, to: 1) { exp(delta * $0 * $0) }
    let p = kolmogorovSmirnov(Array(z)) { x in
      rule.integral(from: -1, to: x) { exp(delta * $0 * $0) } / whole
    }
    #expect(p > 1e-3, "\(p)")
    #expect(trace.state.allSatisfy { abs($0) <= 1 + 1e-12 })
  }

  @Test("gap noise spreads the Stanford model's gap as a random walk, and the key decides it")
  func gapNoise() throws {
    let section = try DeviceFile.dynamics("hfox-stanford")
    let device = StanfordRRAM(section.parameters)
    let rest = Waveform.ramp(to: 0, duration: 1e-9)
    // At 0 V: δg·√interval/(1 + exp((450 − 298)/500)) per √s, for 1 ns.
    let deviation = 0.02 * 1e-9 / (1 + exp(152.0 / 500))
    let ends = try (0..<1000).map { k in
      try device.noisyTrace(
        rest, steps: 4, key: StreamKey(seed: 5).child(k), from: [1e-9]
      ).finalState[0] - 1e-9
    }
    #expect(kolmogorovSmirnov(ends) { Distribution.normal($0 / deviation) } > 1e-3)
    let again = try device.noisyTrace(
      rest, steps: 4, key: StreamKey(seed: 5).child(17), from: [1e-9])
    #expect(again.finalState[0] - 1e-9 == ends[17])
  }
}
