import ArrayFiles
import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing

@Suite struct ArrayCircuitTests {
  static let arrangements: [LineArrangement] = [.crossing, .sourceLines]

  /// A random circuit of some size and any topology.
  static func circuit(
    _ rows: Int, _ columns: Int, seed: Int, law: CellLaw = .ohmic, faults: Bool = true
  ) throws -> (circuit: ArrayCircuit, terminals: TerminalVoltages) {
    var stream = RandomStream(StreamKey(seed: UInt64(seed)).child("circuit"))
    var (g, v) = WiredArrayTests.random(rows, columns, seed: seed)
    let broken = faults ? 0.02 : 0
    func wires() -> Matrix<Double> {
      Matrix(
        rowCount: rows, columnCount: columns,
        elements: (0..<rows * columns).map { _ in
          stream.uniform() < broken ? .infinity : 1 + 40 * stream.uniform()
        })
    }
    if faults {
      for k in g.elements.indices where stream.uniform() < 0.06 {
        g.elements[k] = stream.uniform() < 0.5 ? 0 : .infinity
      }
    }
    let ends: [FarEnd] = [.open, .connected(Ohms(7)), .grounded(Ohms(300))]
    let circuit = try ArrayCircuit(
      conductances: g, wordLineResistances: wires(), bitLineResistances: wires(), law: law,
      arrangement: arrangements[stream.index(below: 2)], wordFarEnd: ends[stream.index(below: 3)],
      bitFarEnd: ends[stream.index(below: 3)])
    let words = circuit.wordTerminalCount
    let (row, column) = (stream.index(below: words), stream.index(below: columns))
    v = (0..<words).map { v[$0 % rows] }
    let terminals: TerminalVoltages
    switch stream.index(below: 5) {
    case 0: terminals = .read(v, columns: columns)
    // Floating source lines carry no current, of which ngspice finds no operating point.
    case 1 where circuit.arrangement == .crossing:
      terminals = .floatingRead(v, columns: columns)
    case 2: terminals = .transposedRead((0..<columns).map { v[$0 % words] }, rows: words)
    case 3:
      terminals = .halfVoltageWrite(1.5, row: row, column: column, rows: words, columns: columns)
    default:
      terminals = .thirdVoltageWrite(1.5, row: row, column: column, rows: words, columns: columns)
    }
    return (circuit, terminals)
  }

  @Test(
    "the direct method has the voltages and currents of the 80-bit solutions",
    arguments: WiredArrayTests.references + ["sinh_4x3_r10_a2", "sinh_8x8_r10_a2"])
  func reference(name: String) throws {
    let file = try WiredReference.file(name)
    let steepness = try file.array("a").doubles[0]
    let circuit = try ArrayCircuit(
      conductances: file.matrix("G"), wordLineResistances: file.matrix("RR"),
      bitLineResistances: file.matrix("RC"),
      law: steepness == 0 ? .ohmic : CellLaw(.sinh(steepness: steepness)))
    let terminals = TerminalVoltages.read(
      try file.array("V").doubles, columns: circuit.bitTerminalCount)
    let solution = try circuit.solveDirectly(terminals)
    for (found, exact) in [
      (solution.wordLineVoltages.elements, "u"), (solution.bitLineVoltages.elements, "w"),
      (solution.cellCurrents.elements, "Idev"), (solution.bitTerminalCurrents, "Iout"),
      (solution.wordTerminalCurrents, "Isrc"),
    ] {
      #expect(WiredArrayTests.distance(found, try file.array(exact).doubles) < 1e-9, "\(exact)")
    }
  }

  @Test("drivers deliver what cells and lines dissipate, in any circuit", arguments: 0..<40)
  func power(seed: Int) throws {
    let laws = NonlinearArrayTests.laws
    let (circuit, terminals) = try Self.circuit(
      4 + seed % 9, 3 + seed % 11, seed: seed, law: laws[seed % laws.count].law,
      faults: seed % 2 == 0)
    let s = try circuit.solve(terminals)
    let delivered = (s.wordDriverPowers + s.bitDriverPowers).reduce(0, +)
    let dissipated =
      (s.cellPowers.elements + s.wordLinePowers + s.bitLinePowers).reduce(0, +)
    let size = (s.wordDriverPowers + s.bitDriverPowers).reduce(0) { $0 + abs($1) }
    #expect(abs(delivered - dissipated) <= 1e-7 * size)
  }

  @Test(
    "what a volt at one terminal drives through another is the same backwards", arguments: 0..<8)
  func reciprocity(seed: Int) throws {
    let (circuit, _) = try Self.circuit(7, 9, seed: 50 + seed, faults: seed % 2 == 0)
    let (m, n) = (circuit.wordTerminalCount, circuit.bitTerminalCount)
    for (i, j) in [(0, 0), (3, 5), (m - 1, n - 1)] {
      let forwards = TerminalVoltages.read((0..<m).map { $0 == i ? 1 : 0 }, columns: n)
      let backwards = TerminalVoltages.transposedRead((0..<n).map { $0 == j ? 1 : 0 }, rows: m)
      let there = try circuit.solveDirectly(forwards).bitTerminalCurrents
      let back = try circuit.solveDirectly(backwards).wordTerminalCurrents
      let size = there.map(abs).max()!
      #expect(abs(there[j] + back[i]) < 1e-9 * size)
    }
  }

  @Test("outputs add where terminal voltages add", arguments: 0..<4)
  func superposition(seed: Int) throws {
    let (circuit, _) = try Self.circuit(8, 6, seed: 70 + seed)
    let (m, n) = (circuit.wordTerminalCount, circuit.bitTerminalCount)
    func volts(_ a: Double) -> TerminalVoltages {
      TerminalVoltages(
        words: (0..<m).map { sin(a + Double($0)) }, bits: (0..<n).map { cos(2 * a + Double($0)) })
    }
    let (a, b) = (volts(0.3), volts(1.7))
    let sum = TerminalVoltages(
      words: zip(a.words, b.words).map { $0! - 2 * $1! },
      bits: zip(a.bits, b.bits).map { $0! - 2 * $1! })
    let (x, y) = (try circuit.solve(a), try circuit.solve(b))
    let expected = zip(x.bitTerminalCurrents, y.bitTerminalCurrents).map { $0 - 2 * $1 }
    let found = try circuit.solve(sum).bitTerminalCurrents
    #expect(WiredArrayTests.distance(found, expected) < 1e-9)
  }

  @Test("lines driven from both ends and a uniform array give answers that mirror")
  func symmetry() throws {
    let n = 9
    let g = Matrix(rowCount: n, columnCount: n, repeating: 1e-4)
    let wires = Matrix(rowCount: n, columnCount: n, repeating: 10.0)
    let circuit = try ArrayCircuit(
      conductances: g, wordLineResistances: wires, bitLineResistances: wires,
      wordFarEnd: .connected(Ohms(10)), bitFarEnd: .connected(Ohms(10)))
    let s = try circuit.solve(.read(Array(repeating: 1, count: n), columns: n))
    #expect(s.method.hasPrefix("sparse Cholesky"))
    for i in 0..<n {
      #expect(abs(s.bitTerminalCurrents[i] - s.bitTerminalCurrents[n - 1 - i]) < 1e-14)
      for j in 0..<n {
        #expect(abs(s.cellCurrents[i, j] - s.cellCurrents[n - 1 - i, j]) < 1e-14)
        #expect(abs(s.cellCurrents[i, j] - s.cellCurrents[i, n - 1 - j]) < 1e-14)
      }
    }
    // Two drivers lose less than one.
    var single = circuit
    single.wordFarEnd = .open
    single.bitFarEnd = .open
    let one = try single.solve(.read(Array(repeating: 1, count: n), columns: n))
    #expect(one.method.hasPrefix("sweeps by lines"))
    #expect(one.bitTerminalCurrents[4] < s.bitTerminalCurrents[4])
  }

  @Test("without wires cells of a write see V, V/2, V/3 and 0, and with wires less")
  func writes() throws {
    let (rows, columns) = (5, 6)
    let (g, _) = WiredArrayTests.random(rows, columns, seed: 3)
    func voltages(_ ohms: Double, _ terminals: TerminalVoltages) throws -> Matrix<Double> {
      let wires = Matrix(rowCount: rows, columnCount: columns, repeating: ohms)
      return try ArrayCircuit(
        conductances: g, wordLineResistances: wires, bitLineResistances: wires
      ).solve(terminals).cellVoltages
    }
    let half = TerminalVoltages.halfVoltageWrite(3, row: 2, column: 4, rows: rows, columns: columns)
    let third = TerminalVoltages.thirdVoltageWrite(
      3, row: 2, column: 4, rows: rows, columns: columns)
    let (a, b) = (try voltages(0, half), try voltages(0, third))
    for i in 0..<rows {
      for j in 0..<columns {
        let (onRow, onColumn) = (i == 2, j == 4)
        #expect(abs(a[i, j] - (onRow && onColumn ? 3 : onRow || onColumn ? 1.5 : 0)) < 1e-15)
        #expect(abs(abs(b[i, j]) - (onRow && onColumn ? 3 : 1)) < 1e-15)
      }
    }
    #expect(try voltages(20, half)[2, 4] < 2.99)
  }

  @Test("a floating bit line comes to the mean of its inputs weighted by its cells")
  func floating() throws {
    let (g, v) = WiredArrayTests.random(8, 5, seed: 21)
    let wires = Matrix<Double>(rowCount: 8, columnCount: 5)
    let circuit = try ArrayCircuit(
      conductances: g, wordLineResistances: wires, bitLineResistances: wires)
    let s = try circuit.solve(.floatingRead(v, columns: 5))
    for j in 0..<5 {
      let (sum, all) = (0..<8).reduce((0.0, 0.0)) {
        ($0.0 + g[$1, j] * v[$1], $0.1 + g[$1, j])
      }
      #expect(abs(s.bitTerminalVoltages[j] - sum / all) < 1e-14)
      #expect(abs(s.bitTerminalCurrents[j]) < 1e-18)
    }
    var along = circuit
    along.arrangement = .sourceLines
    let (ends, law) = (Array(v[..<5]), CellLaw(.sinh(steepness: 3)))
    for law in [.ohmic, law] {
      along.law = law
      let still = try along.solve(.floatingRead(ends, columns: 5))
      #expect(WiredArrayTests.distance(still.bitTerminalVoltages, ends) < 1e-12)
    }
    // Nothing holds any line of these: no current, 0 V.
    let none = TerminalVoltages(
      words: Array(repeating: nil, count: 8), bits: Array(repeating: nil, count: 5))
    let rest = try circuit.solve(none)
    #expect(rest.cellCurrents.elements.allSatisfy { $0 == 0 })
    #expect(rest.bitTerminalVoltages.allSatisfy { $0 == 0 })
  }

  @Test("a short is the limit of large conductances, and ideal sources in conflict are refused")
  func shorts() throws {
    let (g, v) = WiredArrayTests.random(6, 6, seed: 31)
    let wires = Matrix(rowCount: 6, columnCount: 6, repeating: 5.0)
    func currents(_ short: Double) throws -> CircuitSolution {
      var g = g
      g[2, 3] = short
      g[4, 3] = short
      return try ArrayCircuit(
        conductances: g, wordLineResistances: wires, bitLineResistances: wires
      ).solve(.read(v, columns: 6))
    }
    let exact = try currents(.infinity)
    let near = try currents(1e5)
    #expect(
      WiredArrayTests.distance(near.bitTerminalCurrents, exact.bitTerminalCurrents) < 1e-5)
    #expect(
      WiredArrayTests.distance(near.cellCurrents.elements, exact.cellCurrents.elements) < 1e-5)
    var dead = g
    dead[0, 0] = .infinity
    let ideal = Matrix<Double>(rowCount: 6, columnCount: 6)
    let circuit = try ArrayCircuit(
      conductances: dead, wordLineResistances: ideal, bitLineResistances: ideal)
    #expect(throws: NumericalFailure.self) { try circuit.solve(.read(v, columns: 6)) }
  }

  @Test("the error of ideal wires is of first order also where lines are driven from both ends")
  func firstOrder() throws {
    let (g, v) = WiredArrayTests.random(10, 8, seed: 41)
    func outputs(_ ohms: Double) throws -> [Double] {
      let wires = Matrix(rowCount: 10, columnCount: 8, repeating: ohms)
      return try ArrayCircuit(
        conductances: g, wordLineResistances: wires, bitLineResistances: wires,
        wordFarEnd: .connected(Ohms(ohms)), bitFarEnd: .connected(Ohms(ohms))
      ).solveDirectly(.read(v, columns: 8)).bitTerminalCurrents
    }
    let ideal = try outputs(0)
    let ratio =
      WiredArrayTests.distance(try outputs(0.1), ideal)
      / WiredArrayTests.distance(try outputs(0.01), ideal)
    #expect(abs(ratio - 10) < 0.1)
  }

  @Test("the Elmore delay of one cell is that of two resistors and two capacitors")
  func elmore() throws {
    let (first, cell, last, farad) = (50.0, 1e4, 300.0, 2e-15)
    func delays(_ rows: Int, _ sense: Double) throws -> [Double] {
      try ArrayCircuit(
        conductances: Matrix(rowCount: rows, columnCount: 1, repeating: 1 / cell),
        wordLineResistances: Matrix(rowCount: rows, columnCount: 1, repeating: first),
        bitLineResistances: Matrix(rowCount: rows, columnCount: 1, repeating: sense)
      ).elmoreDelays(
        .read(Array(repeating: 0.7, count: rows), columns: 1), capacitance: Farads(farad))
    }
    let sum = first + cell + last
    let (u, w) = ((cell + last) / sum, last / sum)
    let exact = farad * (u * first / sum + w * (first + cell) / sum) * sum
    #expect(abs(try delays(1, last)[0] - exact) < 1e-9 * exact)
    // An ideal sense: only the word line's node is charged.
    let ideal = farad * first * cell / (first + cell)
    #expect(abs(try delays(1, 0)[0] - ideal) < 1e-9 * ideal)
    #expect(try delays(20, last)[0] > delays(10, last)[0])
  }

  @Test("a cell whose lines differ much in resistance settles as one resistor and capacitor")
  func settling() throws {
    // The word line's node follows its source at once; the bit line's charges through the sense.
    let (cell, sense, farad) = (1e4, 5e3, 1e-14)
    let circuit = try ArrayCircuit(
      conductances: Matrix(rowCount: 1, columnCount: 1, repeating: 1 / cell),
      wordLineResistances: Matrix(rowCount: 1, columnCount: 1, repeating: 0.01),
      bitLineResistances: Matrix(rowCount: 1, columnCount: 1, repeating: sense))
    let read = TerminalVoltages.read([1], columns: 1)
    let time = farad * cell * sense / (cell + sense)
    for bits in [4, 8] {
      let accuracy = pow(2, -Double(bits + 1))
      let found = try circuit.settlingTimes(
        read, capacitance: Farads(farad), accuracy: accuracy)[0]
      let exact = -log(accuracy) * time
      #expect(abs(found - exact) < 0.02 * exact, "\(bits) bits")
    }
    #expect(
      abs(try circuit.elmoreDelays(read, capacitance: Farads(farad))[0] - time) < 1e-3 * time)
    let (g, v) = WiredArrayTests.random(4, 5, seed: 2)
    let wires = Matrix(rowCount: 4, columnCount: 5, repeating: 100.0)
    let small = try ArrayCircuit(
      conductances: g, wordLineResistances: wires, bitLineResistances: wires,
      law: CellLaw(.sinh(steepness: 2)), wordFarEnd: .connected(Ohms(100)))
    func slowest(_ bits: Double) throws -> Double {
      try small.settlingTimes(
        .read(v, columns: 5), capacitance: Farads(farad), accuracy: pow(2, -bits - 1)
      ).max()!
    }
    #expect(try slowest(10) > slowest(6))
  }

  @Test(
    "ngspice finds the same currents and voltages for random circuits",
    .enabled(if: Ngspice.executable != nil, NgspiceTests.missing), arguments: 0..<24)
  func ngspice(seed: Int) throws {
    try compare(4 + seed % 7, 3 + (seed * 5) % 9, seed: 300 + seed)
  }

  static let isThorough = ProcessInfo.processInfo.environment["OHMWEAVE_THOROUGH_TESTS"] != nil

  @Test(
    "and for large ones",
    .enabled(if: Ngspice.executable != nil, NgspiceTests.missing),
    .enabled(if: isThorough, "minutes long: set OHMWEAVE_THOROUGH_TESTS"), arguments: 0..<9)
  func ngspiceLarge(seed: Int) throws {
    try compare(seed == 0 ? 64 : 20 + 3 * seed, seed == 0 ? 64 : 40 - 2 * seed, seed: 400 + seed)
  }

  private func compare(_ rows: Int, _ columns: Int, seed: Int) throws {
    let (name, law) = NonlinearArrayTests.laws[seed % NonlinearArrayTests.laws.count]
    let (circuit, terminals) = try Self.circuit(rows, columns, seed: seed, law: law)
    let solution = try circuit.solve(terminals, tolerance: 1e-10)
    let netlist = circuit.spiceNetlist(terminals)
    let deviation = try Ngspice.deviation(
      of: solution, under: terminals, netlist: netlist, from: Ngspice.printed(by: netlist))
    #expect(deviation < 1e-6, "\(name), seed \(seed)")
  }
}
