import ArrayFiles
import Circuits
import Foundation
import InputOutput
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing

@Suite struct WiredArrayTests {
  static let references = [
    "lin_4x3_r1", "lin_8x8_r10", "lin_32x16_r1", "lin_64x64_r10", "lin_8x8_idealterm",
    "srcsense_8x8", "segments_8x8", "faults_8x8_r1",
  ]

  /// The largest |a − b| over the largest |b|.
  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { abs($0 - $1) }.max()! / b.map(abs).max()!
  }

  static func random(_ rows: Int, _ columns: Int, seed: Int, shortest: Double = 1e-6)
    -> (g: Matrix<Double>, v: [Double])
  {
    var stream = RandomStream(StreamKey(seed: UInt64(seed)).child("array"))
    let g = (0..<rows * columns).map { _ in shortest * pow(150, stream.uniform()) }
    let v = (0..<rows).map { _ in 2 * stream.uniform() - 1 }
    return (Matrix(rowCount: rows, columnCount: columns, elements: g), v)
  }

  static func wires(_ ohms: Double) -> UniformWires {
    UniformWires(
      wordSegment: Ohms(ohms), bitSegment: Ohms(ohms), source: Ohms(ohms), sense: Ohms(ohms))
  }

  @Test("voltages and currents are those of the 80-bit solutions", arguments: references)
  func reference(name: String) throws {
    let file = try WiredReference.file(name)
    let array = try WiredArray(
      conductances: file.matrix("G"), wordLineResistances: file.matrix("RR"),
      bitLineResistances: file.matrix("RC"))
    let solution = try WiredArraySolver(array).solve(file.array("V").doubles, tolerance: 1e-11)
    for (found, exact) in [
      (solution.wordLineVoltages.elements, "u"), (solution.bitLineVoltages.elements, "w"),
      (solution.cellCurrents.elements, "Idev"), (solution.outputCurrents, "Iout"),
      (solution.sourceCurrents, "Isrc"),
    ] {
      let distance = Self.distance(found, try file.array(exact).doubles)
      #expect(distance < 1e-9, "\(exact)")
    }
    #expect(solution.residual <= 1e-11)
  }

  @Test("the sources deliver what cells and wires dissipate", arguments: 0..<6)
  func power(seed: Int) throws {
    let (g, v) = Self.random(5 + 7 * seed, 9 + 4 * seed, seed: seed)
    let solution = try WiredArraySolver(WiredArray(conductances: g, wires: Self.wires(25)))
      .solve(v, tolerance: 1e-12)
    let (rows, columns) = (g.rowCount, g.columnCount)
    var wires = 0.0
    for i in 0..<rows {
      var current = solution.sourceCurrents[i]
      for j in 0..<columns {
        wires += 25 * current * current
        current -= solution.cellCurrents[i, j]
      }
    }
    for j in 0..<columns {
      var current = 0.0
      for i in 0..<rows {
        current += solution.cellCurrents[i, j]
        wires += 25 * current * current
      }
    }
    let delivered = zip(v, solution.sourceCurrents).reduce(0) { $0 + $1.0 * $1.1 }
    let dissipated = wires + solution.cellPowers.elements.reduce(0, +)
    #expect(abs(delivered - dissipated) < 1e-9 * delivered)
  }

  @Test("an array with ideal wires gives the product exactly, and the error is linear in r")
  func idealLimit() throws {
    let (g, v) = Self.random(20, 11, seed: 3)
    let product = (0..<11).map { j in (0..<20).reduce(0) { $0 + v[$1] * g[$1, j] } }
    func error(_ ohms: Double) throws -> Double {
      let solver = try WiredArraySolver(WiredArray(conductances: g, wires: Self.wires(ohms)))
      return Self.distance(try solver.solve(v, tolerance: 1e-13).outputCurrents, product)
    }
    #expect(try error(0) < 1e-14)
    #expect(try error(1e-6) < 1e-7)
    let ratio = try error(1e-2) / error(1e-3)
    #expect(abs(ratio - 10) < 0.1)
  }

  @Test("outputs add where inputs add, and transposing exchanges drive and sense")
  func linearity() throws {
    let (g, v) = Self.random(17, 17, seed: 8)
    let solver = try WiredArraySolver(WiredArray(conductances: g, wires: Self.wires(10)))
    let other = v.map { 0.3 - $0 * $0 }
    let sum = try solver.solve(zip(v, other).map { $0 - 2 * $1 }, tolerance: 1e-12)
    let (a, b) = (
      try solver.solve(v, tolerance: 1e-12), try solver.solve(other, tolerance: 1e-12)
    )
    let expected = zip(a.outputCurrents, b.outputCurrents).map { $0 - 2 * $1 }
    #expect(Self.distance(sum.outputCurrents, expected) < 1e-10)
    // Reciprocity: the same network seen with drivers on the bit lines, both axes reversed.
    var turned = g
    for i in 0..<17 { for j in 0..<17 { turned[i, j] = g[16 - j, 16 - i] } }
    let mirror = try WiredArraySolver(WiredArray(conductances: turned, wires: Self.wires(10)))
    for (i, j) in [(0, 0), (3, 12), (16, 5)] {
      var forwards = [Double](repeating: 0, count: 17)
      var backwards = forwards
      forwards[i] = 1
      backwards[16 - j] = 1
      let there = try solver.solve(forwards, tolerance: 1e-12).outputCurrents[j]
      let back = try mirror.solve(backwards, tolerance: 1e-12).outputCurrents[16 - i]
      #expect(abs(there - back) < 1e-9 * abs(there))
    }
  }

  @Test("wires from 1e-6 to 1e6 ohms are solved to the tolerance", arguments: -6...6)
  func range(exponent: Int) throws {
    let (g, v) = Self.random(24, 24, seed: 40 + exponent)
    let array = try WiredArray(conductances: g, wires: Self.wires(pow(10, Double(exponent))))
    let solution = try WiredArraySolver(array).solve(v)
    #expect(solution.residual <= 1e-9)
    let into = solution.sourceCurrents.reduce(0, +)
    let out = solution.outputCurrents.reduce(0, +)
    let size = solution.cellCurrents.elements.map(abs).max()!
    #expect(abs(into - out) < 24 * 24 * 1e-9 * size)
  }

  @Test("uniform wires are those that are given segment by segment", arguments: [0.3, 400])
  func uniform(ohms: Double) throws {
    let (g, v) = Self.random(19, 26, seed: 6)
    let wires = UniformWires(
      wordSegment: Ohms(ohms), bitSegment: Ohms(2 * ohms), source: Ohms(0), sense: Ohms(7))
    let array = try WiredArray(conductances: g, wires: wires)
    let each = try WiredArray(
      conductances: g, wordLineResistances: array.wordLineResistances,
      bitLineResistances: array.bitLineResistances)
    #expect(array.wordLineResistances[3, 0] == 0 && array.bitLineResistances[18, 4] == 7)
    #expect(array.uniformWires == wires && each.uniformWires == nil)
    let (one, other) = (
      try WiredArraySolver(array).solve(v, tolerance: 1e-12),
      try WiredArraySolver(each).solve(v, tolerance: 1e-12)
    )
    #expect(Self.distance(one.cellCurrents.elements, other.cellCurrents.elements) < 1e-10)
    let backwards = Self.distance(
      try WiredArraySolver(array.turned).solve(Array(v.reversed()) + [0, 0, 0, 0, 0, 0, 0])
        .outputCurrents,
      try WiredArraySolver(each.turned).solve(Array(v.reversed()) + [0, 0, 0, 0, 0, 0, 0])
        .outputCurrents)
    #expect(backwards < 1e-8)
  }

  @Test("a large array has the same bits on one and on two threads", arguments: [0.1, 3])
  func threads(ohms: Double) throws {
    let (g, v) = Self.random(520, 510, seed: 9)
    let array = try WiredArray(conductances: g, wires: Self.wires(ohms))
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let solutions = try [1, 2].map { count in
      Parallel.threadCount = count
      return try WiredArraySolver(array).solve(v)
    }
    #expect(solutions[0].cellCurrents == solutions[1].cellCurrents)
    #expect(solutions[0].outputCurrents == solutions[1].outputCurrents)
    #expect(solutions[0].residual <= 1e-9)
  }

  @Test("lines that are cut off carry no current")
  func floating() throws {
    let (g, v) = Self.random(6, 5, seed: 2)
    var word = Matrix(rowCount: 6, columnCount: 5, repeating: 1.0)
    var bit = word
    for j in 0..<5 { word[2, j] = .infinity }
    for i in 0..<6 { bit[i, 3] = .infinity }
    let solution = try WiredArraySolver(
      WiredArray(conductances: g, wordLineResistances: word, bitLineResistances: bit)
    ).solve(v)
    #expect(solution.sourceCurrents[2] == 0)
    #expect(solution.outputCurrents[3] == 0)
    let size = solution.cellCurrents.elements.map(abs).max()!
    #expect((0..<5).allSatisfy { abs(solution.cellCurrents[2, $0]) < 1e-8 * size })
    let none = try WiredArray(
      conductances: Matrix(rowCount: 3, columnCount: 4), wires: Self.wires(1))
    #expect(try WiredArraySolver(none).solve([1, 2, 3]).outputCurrents == [0, 0, 0, 0])
  }

  @Test("impossible arrays and missed tolerances are refused")
  func refusals() throws {
    let (g, v) = Self.random(4, 4, seed: 1)
    var negative = g
    negative[2, 1] = -1e-6
    let error = #expect(throws: InputError.self) {
      try WiredArray(conductances: negative, wires: Self.wires(1))
    }
    #expect(error?.place == "conductances, row 2, column 1")
    #expect(throws: InputError.self) {
      try WiredArray(conductances: g, wires: Self.wires(-1))
    }
    let solver = try WiredArraySolver(WiredArray(conductances: g, wires: Self.wires(1e4)))
    let failure = #expect(throws: NumericalFailure.self) {
      try solver.solve(v, tolerance: 1e-12, iterationLimit: 1)
    }
    #expect(failure?.message.contains("after 1 iterations") == true)
  }
}
