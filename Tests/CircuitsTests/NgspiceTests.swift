import Circuits
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

@Suite struct NgspiceTests {
  static let missing: Comment = "ngspice is not installed (Debian package ngspice): skipped"

  /// The largest deviation from ngspice over output and source currents, relative to the largest of them.
  static func deviation(
    of solution: ArraySolution, _ array: WiredArray, _ law: CellLaw, _ inputs: [Double]
  ) throws -> Double {
    let netlist = ArrayCircuit(array, law: law)
      .spiceNetlist(.read(inputs, columns: array.columnCount))
    let printed = try Ngspice.printed(by: netlist)
    let ours = solution.outputCurrents + solution.sourceCurrents.map { -$0 }
    let names =
      (0..<array.columnCount).map { "i(vo\($0))" } + (0..<array.rowCount).map { "i(vs\($0))" }
    let theirs = try names.map { try #require(printed[$0]) }
    let worst = zip(ours, theirs).map { abs($0 - $1) }.max()!
    return worst / theirs.map(abs).max()!
  }

  @Test(
    "ngspice finds the same currents for every kind of cell",
    .enabled(if: Ngspice.executable != nil, missing),
    arguments: NonlinearArrayTests.laws.indices)
  func cells(index: Int) throws {
    for seed in [0, 1] {
      let (g, v) = WiredArrayTests.random(6 + 5 * seed, 9 - 4 * seed, seed: 100 + 10 * index + seed)
      let (name, law) = NonlinearArrayTests.laws[index]
      let array = try WiredArray(
        conductances: g,
        wires: UniformWires(
          wordSegment: Ohms(3), bitSegment: Ohms(40), source: Ohms(120), sense: Ohms(0)))
      let solution = try NonlinearArraySolver(array, law: law).solve(v, tolerance: 1e-11)
      #expect(try Self.deviation(of: solution, array, law, v) < 1e-6, "\(name), seed \(seed)")
    }
  }

  @Test(
    "ngspice finds the same currents where segments differ, are ideal or broken, and cells open",
    .enabled(if: Ngspice.executable != nil, missing), arguments: 0..<4)
  func segments(seed: Int) throws {
    let (rows, columns) = (5 + 3 * seed, 12 - seed)
    var (g, v) = WiredArrayTests.random(rows, columns, seed: 200 + seed)
    var stream = RandomStream(StreamKey(seed: UInt64(seed)).child("segments"))
    func wires(_ broken: Double) -> Matrix<Double> {
      Matrix(
        rowCount: rows, columnCount: columns,
        elements: (0..<rows * columns).map { _ in
          let x = stream.uniform()
          return x < broken ? .infinity : x < 0.2 ? 0 : 50 * x
        })
    }
    for k in g.elements.indices where stream.uniform() < 0.1 {
      g.elements[k] = stream.uniform() < 0.5 ? 0 : 0.1
    }
    v[0] = 0
    let array = try WiredArray(
      conductances: g, wordLineResistances: wires(0.03), bitLineResistances: wires(0.03))
    let solution = try WiredArraySolver(array).solve(v, tolerance: 1e-11)
    #expect(try Self.deviation(of: solution, array, .ohmic, v) < 1e-6)
  }
}
