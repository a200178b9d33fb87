import Circuits
import Foundation
import LinearAlgebra
import Networks
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing
import Training

/// The circuit of a network that settles, and particles that stay.
@Suite struct SettlingCircuitTests {
  typealias Golden = EquilibriumPropagationTests

  static func circuit(node: Double, line: Double) -> SettlingCircuit {
    SettlingCircuit(
      conductanceUnit: 1e-6, nodeCapacitance: node, lineCapacitance: line, bits: 10, samples: 1)
  }

  @Test("cells of held inputs in one act as the crossbar cell by cell", arguments: [0, 2e-15])
  func reduction(line: Double) throws {
    let network = Golden.golden()
    let lines = Golden.x.withUnsafeBufferPointer { network.inputs($0.baseAddress!, samples: 1) }
    let found = try Self.circuit(node: 5e-15, line: line).settling(
      network, lines: lines, target: [1, -1], nudging: 0.3)
    // The same network with every cell as an element.
    let layers = network.matrices.enumerated().map { k, matrix in
      LayeredNetwork.Layer(
        conductances: Matrix(
          rowCount: matrix.rowCount, columnCount: matrix.columnCount,
          elements: matrix.weights.map { 1e-6 * Double($0) }),
        bounds: k == 0
          ? LayeredNetwork.excitatoryAndInhibitory(4)
          : LayeredNetwork.linear(matrix.columnCount))
    }
    let whole = try LayeredCircuit(
      LayeredNetwork(layers: layers), inputs: lines.map(Double.init))
    var capacitances = [Double](repeating: 0, count: whole.network.nodeCount)
    for node in whole.units[0] { capacitances[node] = 5e-15 + 8 * line }
    for node in whole.units[1] { capacitances[node] = 5e-15 + 4 * line }
    let wanted = try whole.network.settling(
      to: whole.network.steadyState(), capacitances: capacitances, bits: 10, ranges: whole.units,
      nudge: (whole.cost([1, -1]), 0.3e-6))
    for (a, b) in [(found.free, wanted.free), (found.nudged!, wanted.nudged!)] {
      #expect(abs(a.time / b.time - 1) < 5e-3)
      #expect(abs(a.energy / b.energy - 1) < 5e-3)
      #expect(abs(a.dissipated / b.dissipated - 1) < 5e-3)
    }
    #expect(found.free.time > 0 && found.nudged!.time > 0)
  }

  @Test("time follows capacitance over conductance, energy capacitance and the square of voltage")
  func scales() throws {
    let network = Golden.random(.resistive(inputGain: 3), [8], seed: 4)
    let x = Noise.uniform(5, StreamKey(seed: 6))
    let lines = x.withUnsafeBufferPointer { network.inputs($0.baseAddress!, samples: 1) }
    func settling(
      _ unit: Double, _ node: Double, volts: Double = 1
    ) throws -> NetworkSettling {
      try SettlingCircuit(
        conductanceUnit: unit, voltageUnit: volts, nodeCapacitance: node, lineCapacitance: 0,
        bits: 8, samples: 1
      ).settling(network, lines: lines, target: [1, 0, 0], nudging: 0.1)
    }
    let one = try settling(1e-6, 1e-15)
    let (conducting, charged) = (try settling(1e-4, 1e-15), try settling(1e-6, 3e-15))
    #expect(abs(one.free.time / conducting.free.time / 100 - 1) < 1e-2)
    #expect(abs(conducting.free.energy / one.free.energy - 1) < 1e-2)
    #expect(abs(charged.free.time / one.free.time / 3 - 1) < 1e-2)
    #expect(abs(charged.free.energy / one.free.energy / 3 - 1) < 1e-2)
    #expect(abs(charged.nudged!.time / one.nudged!.time / 3 - 1) < 1e-2)
    let low = try settling(1e-6, 1e-15, volts: 0.1)
    #expect(low.free.time == one.free.time && low.nudged!.time == one.nudged!.time)
    #expect(abs(low.free.energy / one.free.energy - 0.01) < 1e-5)
    #expect(abs(low.nudged!.dissipated / one.nudged!.dissipated - 0.01) < 1e-5)
  }

  @Test(
    "with particles, sweeps of epoch after epoch add up",
    arguments: [SettlingNetwork.Kind.resistive(inputGain: 3), .energy])
  func particles(kind: SettlingNetwork.Kind) throws {
    let network = Golden.random(kind, [6, 4], seed: 3)
    let x = Matrix(rowCount: 7, columnCount: 5, elements: Noise.uniform(35, StreamKey(seed: 9)))
    let labels: [Int32] = [0, 1, 2, 0, 1, 2, 0]
    func learning(sweeps: Int, persistent: Bool) -> EquilibriumPropagation {
      // Weights stay as they are.
      var learning = EquilibriumPropagation(
        network: network, rate: 0, window: -100...100, key: StreamKey(seed: 2))
      learning.nudging = 0.2
      learning.sweeps = sweeps
      if persistent { learning.particles = SettledParticles(network, samples: 20) }
      return learning
    }
    let numbers = [4, 19, 0, 7, 3, 11, 12]
    var kept = learning(sweeps: 2, persistent: true)
    for epoch in 1...4 {
      let step = kept.changes(x, labels: labels, samples: numbers, step: epoch)
      kept.apply(step)
      let whole = learning(sweeps: 2 * epoch, persistent: false)
      let wanted = whole.changes(x, labels: labels, step: epoch)
      #expect(step.loss == wanted.loss)
      #expect(step.changes.map(\.columns) == wanted.changes.map(\.columns))
    }
    // Samples that were not seen are still at 0.
    let particles = try #require(kept.particles).values
    for sample in 0..<20 {
      let units = particles[sample * 13..<(sample + 1) * 13]
      #expect(units.contains { $0 != 0 } == numbers.contains(sample))
    }
  }
}
