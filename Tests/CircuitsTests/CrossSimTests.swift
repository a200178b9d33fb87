import ArrayFiles
import Circuits
import Foundation
import LinearAlgebra
import Testing

/// CrossSim 3.2.0 iterates to a voltage error of 1e-10 on conductances of single precision, whose
/// rounding shows in its own ideal outputs at 3e-8.
@Suite struct CrossSimTests {
  private static func file() throws -> NamedArrays {
    let path = Bundle.module.resourceURL!.appending(path: "Fixtures/crosssim/parasitics.npz").path
    return try NPZ.read(path: path)
  }

  /// Conductances in siemens, inputs × outputs.
  private static func cells(_ name: String) throws -> Matrix<Double> {
    let array = try file().array(name)
    return Matrix(
      rowCount: array.shape[0], columnCount: array.shape[1],
      elements: array.doubles.map { $0 * 1e-3 }
    ).transposed()
  }

  private static func outputs(
    _ g: Matrix<Double>, _ x: [Double], word: Double, bit: Double
  ) throws -> [Double] {
    let array = try WiredArray(
      conductances: g,
      wordLineResistances: Matrix(
        rowCount: g.rowCount, columnCount: g.columnCount, repeating: word),
      bitLineResistances: Matrix(
        rowCount: g.rowCount, columnCount: g.columnCount, repeating: bit))
    return try WiredArraySolver(array).solve(x, tolerance: 1e-12).outputCurrents
  }

  /// The factor of currents that makes the ideal outputs.
  private static func scaled(_ currents: [Double], _ ideal: [Double], _ wanted: [Double])
    -> [Double]
  {
    let (both, square) = zip(ideal, wanted).reduce((0.0, 0.0)) {
      ($0.0 + $1.0 * $1.1, $0.1 + $1.0 * $1.0)
    }
    return currents.map { $0 * both / square }
  }

  @Test(
    "pairs of arrays with wires have CrossSim's outputs",
    arguments: [
      ("all-1", 1.0, 1.0), ("all-0.1", 0.1, 0.1), ("all-0.01", 0.01, 0.01), ("rows-2", 2, 0),
      ("columns-2", 0, 2),
    ])
  func pairs(name: String, word: Double, bit: Double) throws {
    let file = try Self.file()
    let x = try file.array("x").doubles
    func outputs(_ word: Double, _ bit: Double) throws -> [Double] {
      zip(
        try Self.outputs(Self.cells("Gpos"), x, word: word, bit: bit),
        try Self.outputs(Self.cells("Gneg"), x, word: word, bit: bit)
      ).map { $0 - $1 }
    }
    let (wanted, ideal) = (try file.array(name).doubles, try file.array("ideal").doubles)
    let found = Self.scaled(try outputs(word, bit), try outputs(0, 0), ideal)
    #expect(WiredArrayTests.distance(found, wanted) < 2e-7)
    #expect(WiredArrayTests.distance(ideal, wanted) > 1e-3)
  }

  @Test("CrossSim's default voltage error of 1e-3 is all that separates its outputs")
  func defaultTolerance() throws {
    let file = try Self.file()
    let x = try file.array("x").doubles
    func outputs(_ ohms: Double) throws -> [Double] {
      zip(
        try Self.outputs(Self.cells("Gpos"), x, word: ohms, bit: ohms),
        try Self.outputs(Self.cells("Gneg"), x, word: ohms, bit: ohms)
      ).map { $0 - $1 }
    }
    let found = Self.scaled(try outputs(1), try outputs(0), try file.array("ideal").doubles)
    let distance = WiredArrayTests.distance(found, try file.array("default-1").doubles)
    #expect(distance < 3e-3 && distance > 2e-7, "\(distance)")
  }

  @Test("gates as inputs, one bit of the input after the other, have CrossSim's outputs")
  func gates() throws {
    let file = try Self.file()
    let x = try file.array("gate.x").doubles
    // A bit opens the cells of its row; every column's line is driven at its upper end.
    let codes = x.map { Int(($0 * 127).rounded()) }
    func outputs(_ name: String, ohms: Double) throws -> [Double] {
      let all = try Self.cells(name)
      let (m, n) = (all.rowCount, all.columnCount)
      let wires = Matrix(rowCount: m, columnCount: n, repeating: ohms)
      var sums = [Double](repeating: 0, count: n)
      for bit in 0..<7 {
        var g = all
        for i in 0..<m where codes[i] >> bit & 1 == 0 { for j in 0..<n { g[i, j] = 0 } }
        let circuit = try ArrayCircuit(
          conductances: g, wordLineResistances: wires, bitLineResistances: wires,
          arrangement: .sourceLines)
        let ones = [Double](repeating: 1, count: n)
        let read = try circuit.solve(.read(ones, columns: n))
        for j in 0..<n { sums[j] += Double(1 << bit) * read.bitTerminalCurrents[j] / 127 }
      }
      return sums
    }
    let found = zip(
      try outputs("gate.Gpos", ohms: 1), try outputs("gate.Gneg", ohms: 1)
    ).map { $0 - $1 }
    // The factor of currents comes from reads of the exact inputs without wires.
    let plain = zip(
      try Self.outputs(Self.cells("gate.Gpos"), x, word: 0, bit: 0),
      try Self.outputs(Self.cells("gate.Gneg"), x, word: 0, bit: 0)
    ).map { $0 - $1 }
    let scaled = Self.scaled(found, plain, try file.array("gate.ideal").doubles)
    #expect(WiredArrayTests.distance(scaled, try file.array("gate.y").doubles) < 3e-7)
  }

  @Test("interleaved positive and negative cells on one bit line have CrossSim's outputs")
  func interleaved() throws {
    let file = try Self.file()
    let x = try file.array("x").doubles
    let (positive, negative) = (try Self.cells("Gpos"), try Self.cells("Gneg"))
    let (m, n) = (positive.rowCount, positive.columnCount)
    var g = Matrix<Double>(rowCount: 2 * m, columnCount: n)
    var bits = g
    for i in 0..<m {
      for j in 0..<n {
        g[2 * i, j] = positive[i, j]
        g[2 * i + 1, j] = negative[i, j]
        bits[2 * i + 1, j] = 1
      }
    }
    let inputs = x.flatMap { [$0, -$0] }
    func outputs(_ ohms: Double) throws -> [Double] {
      var wires = bits
      for k in wires.elements.indices { wires.elements[k] *= ohms }
      let words = Matrix(rowCount: 2 * m, columnCount: n, repeating: ohms)
      let array = try WiredArray(
        conductances: g, wordLineResistances: words, bitLineResistances: wires)
      return try WiredArraySolver(array).solve(inputs, tolerance: 1e-12).outputCurrents
    }
    let found = Self.scaled(
      try outputs(1), try outputs(0), try file.array("ideal").doubles)
    let wanted = try file.array("interleaved-1").doubles
    #expect(WiredArrayTests.distance(found, wanted) < 2e-7)
  }

  @Test("a batch has CrossSim's outputs, by effective conductances")
  func batch() throws {
    let file = try Self.file()
    let (x, y) = (try file.array("batch.x"), try file.array("batch.y").doubles)
    let ideal = try file.array("batch.ideal").doubles
    func effective(_ name: String) throws -> Matrix<Double> {
      let g = try Self.cells(name)
      let ohms = Matrix(rowCount: g.rowCount, columnCount: g.columnCount, repeating: 1.0)
      return try WiredArray(
        conductances: g, wordLineResistances: ohms, bitLineResistances: ohms
      ).effectiveConductances()
    }
    func outputs(_ a: Matrix<Double>, _ b: Matrix<Double>) -> [Double] {
      let inputs = Matrix(rowCount: x.shape[0], columnCount: x.shape[1], elements: x.doubles)
      return zip(product(inputs, a).elements, product(inputs, b).elements).map { $0 - $1 }
    }
    let found = Self.scaled(
      outputs(try effective("batch.Gpos"), try effective("batch.Gneg")),
      outputs(try Self.cells("batch.Gpos"), try Self.cells("batch.Gneg")), ideal)
    #expect(WiredArrayTests.distance(found, y) < 2e-7)
  }
}
