import Circuits
import Foundation
import NumericalMethods
import PhysicalUnits
import Testing

/// Transients of networks against closed forms.
@Suite struct SettlingTests {
  typealias Branch = ResistiveNetwork.Branch

  @Test("one node settles as a resistor and a capacitor, free and nudged", arguments: [4, 8, 12])
  func single(bits: Int) throws {
    let (ohms, farads, volts, target, beta) = (2000.0, 3e-12, 0.8, -0.4, 2e-4)
    let network = ResistiveNetwork(
      nodeCount: 3, branches: [Branch(from: 1, to: 2, element: .resistor(ohms))],
      held: [0: 0, 1: volts])
    let found = try network.settling(
      to: network.steadyState(), capacitances: network.capacitances(node: Farads(farads)),
      bits: bits,
      nudge: (NetworkCost([NetworkTarget(node: 2, volts: target)]), beta))
    let half = 0.5 / pow(2, Double(bits))
    let time = ohms * farads * log(1 / half)
    #expect(abs(found.free.time / time - 1) < 0.01)
    // The source delivers V times the charge.
    #expect(abs(found.free.energy / (farads * volts * volts * (1 - half)) - 1) < 0.01)
    let nudged = try #require(found.nudged)
    let sum = 1 / ohms + beta
    let final = (volts / ohms + beta * target) / sum
    let second = farads / sum * log((volts - final) / (half * abs(final)))
    #expect(abs(nudged.time / second - 1) < 0.01)
    #expect(nudged.energy > 0)
  }

  @Test("a node that an ideal diode clamps settles when the diode begins to conduct")
  func clamped() throws {
    let (ohms, farads, level) = (1000.0, 1e-12, 0.3)
    let network = ResistiveNetwork(
      nodeCount: 3,
      branches: [
        Branch(from: 1, to: 2, element: .resistor(ohms)),
        Branch(from: 2, to: 0, element: .idealDiode(level)),
      ], held: [0: 0, 1: 1])
    let found = try network.settling(
      to: network.steadyState(), capacitances: network.capacitances(node: Farads(farads)), bits: 6)
    // Half a bit below the level, on the way to 1 V.
    let time = ohms * farads * log(1 / (1 - level * (1 - 0.5 / 64)))
    #expect(abs(found.free.time / time - 1) < 0.03)
  }

  @Test("networks of every kind settle, later to more bits", arguments: 0..<7)
  func random(seed: Int) throws {
    let network = RandomCircuits.network(30, seed: 7 + seed, NetworkTests.kinds[seed])
    let state = try network.steadyState()
    let (coarse, fine) = (
      try network.settling(
        to: state, capacitances: network.capacitances(node: Farads(1e-12)), bits: 4),
      try network.settling(
        to: state, capacitances: network.capacitances(node: Farads(1e-12)), bits: 10)
    )
    #expect(coarse.free.time > 0 && fine.free.time > coarse.free.time)
    #expect(fine.free.energy > coarse.free.energy)
  }

  @Test(
    "sources deliver what elements take and capacitances store, in both phases", arguments: 0..<7)
  func conserved(seed: Int) throws {
    let network = RandomCircuits.network(30, seed: 7 + seed, NetworkTests.kinds[seed])
    let state = try network.steadyState()
    let found = try network.settling(
      to: state, capacitances: network.capacitances(node: Farads(1e-12), line: Farads(2e-13)),
      bits: 8, nudge: (NetworkCost([NetworkTarget(node: 3, volts: 0.5)]), 1e-4))
    for phase in [found.free, try #require(found.nudged)] {
      let size = abs(phase.energy) + abs(phase.dissipated) + abs(phase.stored)
      #expect(size > 0)
      #expect(abs(phase.energy - phase.dissipated - phase.stored) < 2e-3 * size)
    }
  }

  @Test("a source between two capacitances charges them at once, before anything else flows")
  func switched() throws {
    let (volts, first, second, ohms) = (0.8, 1e-12, 3e-12, 2000.0)
    // In series both get the charge q = V·C₁·C₂/(C₁ + C₂).
    let charge = volts * first * second / (first + second)
    let stored = 0.5 * charge * volts
    func settling(_ one: Double, _ other: Double) throws -> NetworkSettling.Phase {
      let network = ResistiveNetwork(
        nodeCount: 3,
        branches: [
          Branch(from: 2, to: 1, element: .source(volts)),
          Branch(from: 1, to: 0, element: .resistor(one)),
          Branch(from: 2, to: 0, element: .resistor(other)),
        ], held: [0: 0])
      return try network.settling(
        to: network.steadyState(), capacitances: [0, first, second], bits: 12
      ).free
    }
    // Where resistances divide the voltage as capacitances do, that is all but for the current between the ends.
    let balanced = try settling(3 * ohms, ohms)
    #expect(balanced.time == 0)
    #expect(abs(balanced.energy / (charge * volts) - 1) < 1e-9)
    #expect(abs(balanced.stored / stored - 1) < 1e-9)
    // Else the voltage of the pair decays to V·R₁/(R₁ + R₂) at one end with τ = R₁·R₂/(R₁ + R₂)·(C₁ + C₂).
    let found = try settling(ohms, ohms)
    let tau = 0.5 * ohms * (first + second)
    let (start, final) = (-volts * second / (first + second), -0.5 * volts)
    let time = tau * log(abs(start - final) / (0.5 / 4096 * abs(final)))
    #expect(abs(found.time / time - 1) < 0.01)
    #expect(abs(found.energy - found.dissipated - found.stored) < 1e-3 * found.energy)
    // The source's current is that of the resistance at its end and of the capacitance there.
    let moved = second * ((final + volts) - (start + volts))
    let resistive = (final + volts) / ohms * found.time + (start - final) / ohms * tau
    #expect(abs(found.energy / (volts * (charge + moved + resistive)) - 1) < 5e-3)
  }

  @Test("two sections of resistors and capacitors settle and charge as the exact solution")
  func ladder() throws {
    let (ohms, farads, volts, bits) = (1500.0, 2e-12, 0.9, 9)
    let network = ResistiveNetwork(
      nodeCount: 4,
      branches: [
        Branch(from: 1, to: 2, element: .resistor(ohms)),
        Branch(from: 2, to: 3, element: .resistor(ohms)),
      ], held: [0: 0, 1: volts])
    let found = try network.settling(
      to: network.steadyState(), capacitances: network.capacitances(node: Farads(farads)),
      bits: bits
    ).free
    // dv/dt = −M·(v − V)/RC with M = (2, −1; −1, 1): eigenvalues (3 ± √5)/2.
    func deviations(_ time: Double) -> (Double, Double) {
      let modes = [1.0, -1].map { sign -> (rate: Double, ratio: Double) in
        let rate = (3 + sign * 5.0.squareRoot()) / 2
        return (rate, 1 / (1 - rate))  // second over first
      }
      // Both deviations are 1 at the beginning.
      let a = (1 - modes[1].ratio) / (modes[0].ratio - modes[1].ratio)
      let decay = modes.map { exp(-$0.rate * time / (ohms * farads)) }
      let parts = [a * decay[0], (1 - a) * decay[1]]
      return (parts[0] + parts[1], parts[0] * modes[0].ratio + parts[1] * modes[1].ratio)
    }
    let (first, second) = deviations(found.time)
    let half = 0.5 / pow(2, Double(bits))
    #expect(abs(second / half - 1) < 0.02 && first < second)
    let charge = farads * volts * (2 - first - second)
    #expect(abs(found.energy / (volts * charge) - 1) < 2e-3)
    let stored = 0.5 * farads * volts * volts * (pow(1 - first, 2) + pow(1 - second, 2))
    #expect(abs(found.stored / stored - 1) < 2e-3)
    #expect(abs(found.dissipated / (volts * charge - stored) - 1) < 5e-3)
  }

  @Test("every cell adds the capacitance of its lines at its two ends")
  func lines() {
    let network = ResistiveNetwork(
      nodeCount: 4,
      branches: [
        Branch(from: 1, to: 2, element: .cell(1e-6)), Branch(from: 2, to: 3, element: .cell(2e-6)),
        Branch(from: 1, to: 3, element: .resistor(1e3)),
      ], held: [0: 0])
    let found = network.capacitances(node: Farads(10), line: Farads(1))
    #expect(found == [10, 11, 12, 11])
  }

  @Test("nodes with a range of their own settle to its least significant bit")
  func ranges() throws {
    // The second section is a hundredth of the first: a range of its own makes the network wait for it.
    let network = ResistiveNetwork(
      nodeCount: 4,
      branches: [
        Branch(from: 1, to: 2, element: .resistor(1e3)),
        Branch(from: 2, to: 3, element: .resistor(99e3)),
        Branch(from: 3, to: 0, element: .resistor(1e3)),
      ], held: [0: 0, 1: 1])
    func time(_ ranges: [[Int]]) throws -> Double {
      try network.settling(
        to: network.steadyState(), capacitances: [0, 0, 1e-13, 1e-11], bits: 4, ranges: ranges
      ).free.time
    }
    let (one, own) = (try time([]), try time([[2], [3]]))
    #expect(abs(one / (1e3 * 1e-13 * log(32)) - 1) < 0.05)
    #expect(abs(own / (0.99e3 * 1e-11 * log(32)) - 1) < 0.05)
  }

  @Test("too large a network is refused with the size that is allowed")
  func limit() throws {
    let network = RandomCircuits.network(600, seed: 1, .init())
    let state = try network.steadyState()
    let error = #expect(throws: NumericalFailure.self) {
      try network.settling(
        to: state, capacitances: network.capacitances(node: Farads(1e-12)), bits: 8)
    }
    #expect(error?.message.contains("512") == true)
  }
}
