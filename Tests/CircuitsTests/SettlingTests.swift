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
      to: network.steadyState(), capacitance: Farads(farads), bits: bits,
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
      to: network.steadyState(), capacitance: Farads(farads), bits: 6)
    // Half a bit below the level, on the way to 1 V.
    let time = ohms * farads * log(1 / (1 - level * (1 - 0.5 / 64)))
    #expect(abs(found.free.time / time - 1) < 0.03)
  }

  @Test("networks of every kind settle, later to more bits", arguments: 0..<7)
  func random(seed: Int) throws {
    let network = RandomCircuits.network(30, seed: 7 + seed, NetworkTests.kinds[seed])
    let state = try network.steadyState()
    let (coarse, fine) = (
      try network.settling(to: state, capacitance: Farads(1e-12), bits: 4),
      try network.settling(to: state, capacitance: Farads(1e-12), bits: 10)
    )
    #expect(coarse.free.time > 0 && fine.free.time > coarse.free.time)
    #expect(fine.free.energy > coarse.free.energy)
  }

  @Test("too large a network is refused with the size that is allowed")
  func limit() throws {
    let network = RandomCircuits.network(600, seed: 1, .init())
    let state = try network.steadyState()
    let error = #expect(throws: NumericalFailure.self) {
      try network.settling(to: state, capacitance: Farads(1e-12), bits: 8)
    }
    #expect(error?.message.contains("512") == true)
  }
}
