import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import Randomness
import Testing

/// Arrays whose cells' transistors have gates of their own.
@Suite struct OverdriveTests {
  private static let law = CellLaw(
    .sinh(steepness: 2),
    access: .transistor(AccessTransistor(gain: 2e-4, overdrive: 1, modulation: 0.05)))

  private static func circuit(
    _ rows: Int, _ columns: Int, overdrives: Matrix<Double>?
  ) throws -> ArrayCircuit {
    let draws = Noise.uniform(rows * columns, StreamKey(seed: 3))
    func lines(_ ohms: Double) -> Matrix<Double> {
      Matrix(rowCount: rows, columnCount: columns, repeating: ohms)
    }
    var circuit = try ArrayCircuit(
      conductances: Matrix(
        rowCount: rows, columnCount: columns, elements: draws.map { 1e-5 + 1e-4 * Double($0) }),
      wordLineResistances: lines(5), bitLineResistances: lines(5), law: law)
    circuit.overdrives = overdrives
    return circuit
  }

  @Test("one cell: the currents of transistor and memristor agree, by hand")
  func oneCell() throws {
    // Saturated: β/2·V_ov²·(1 + λ·V_T) at V_ov = 0.1 V is near 1 µA, at which 100 µS drop little.
    var circuit = try Self.circuit(
      1, 1, overdrives: Matrix(rowCount: 1, columnCount: 1, elements: [0.1]))
    circuit.law.memristor = .ohmic
    circuit.conductances[0, 0] = 1e-4
    let solution = try circuit.solve(.read([1], columns: 1))
    // I = 1e-6·(1 + 0.05·V_T) and V_T = 1 − I/100 µS − I·10 Ω.
    let current = solution.bitTerminalCurrents[0]
    let across = 1 - current * (1e4 + 10)
    #expect(abs(current - 1e-6 * (1 + 0.05 * across)) < 1e-14)
  }

  @Test("equal overdrives are the law's own, and both methods agree where they differ")
  func methods() throws {
    let (rows, columns) = (9, 7)
    let volts = Noise.uniform(rows, StreamKey(seed: 8)).map { 0.9 * Double($0) + 0.1 }
    let terminals = TerminalVoltages.read(volts, columns: columns)
    let own = try Self.circuit(rows, columns, overdrives: nil).solve(terminals)
    let equal = try Self.circuit(
      rows, columns, overdrives: Matrix(rowCount: rows, columnCount: columns, repeating: 1)
    ).solve(terminals)
    #expect(own.bitTerminalCurrents == equal.bitTerminalCurrents)
    let gates = Noise.uniform(rows * columns, StreamKey(seed: 9)).map { 0.05 + Double($0) }
    let mixed = try Self.circuit(
      rows, columns, overdrives: Matrix(rowCount: rows, columnCount: columns, elements: gates))
    let (lines, direct) = (try mixed.solve(terminals), try mixed.solveDirectly(terminals))
    for (a, b) in zip(lines.bitTerminalCurrents, direct.bitTerminalCurrents) {
      #expect(abs(a - b) < 1e-8 * abs(b))
    }
    #expect(zip(lines.bitTerminalCurrents, own.bitTerminalCurrents).allSatisfy { $0 != $1 })
  }
}
