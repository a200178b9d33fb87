import ArrayFiles
import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import NumericalMethods
import Randomness
import Testing

@Suite struct NonlinearArrayTests {
  typealias NamedLaw = (name: String, law: CellLaw)

  static let laws: [NamedLaw] = {
    let transistor = AccessTransistor(gain: 2e-4, overdrive: 0.5, modulation: 0.05)
    let selector = ThresholdSelector(
      offConductance: 1e-9, onConductance: 1e-3, threshold: 0.4, width: 0.03)
    var all: [NamedLaw] = []
    all.append(("ohmic", CellLaw.ohmic))
    all.append(("sinh", CellLaw(.sinh(steepness: 3))))
    all.append(("cubic", CellLaw(.cubic(curvature: 2))))
    all.append(("exponential", CellLaw(.exponential(steepness: 2.5))))
    all.append(("Poole–Frenkel", CellLaw(.pooleFrenkel(steepness: 1.5))))
    all.append(("resistor", CellLaw(.sinh(steepness: 2), access: .resistor(5e3))))
    all.append(("1T1R", CellLaw(.sinh(steepness: 2), access: .transistor(transistor))))
    all.append(("1S1R", CellLaw(.ohmic, access: .selector(selector))))
    guard let table = try? ConductionTable(voltages: [0.2, 0.5, 1], currents: [1, 4, 12]) else {
      preconditionFailure("rising voltages with rising currents are a table")
    }
    all.append(("table", CellLaw(.table(table))))
    return all
  }()

  @Test(
    "sinh cells have the voltages and currents of the 80-bit solutions",
    arguments: ["sinh_4x3_r10_a2", "sinh_8x8_r10_a2"])
  func reference(name: String) throws {
    let file = try WiredReference.file(name)
    let array = try WiredArray(
      conductances: file.matrix("G"), wordLineResistances: file.matrix("RR"),
      bitLineResistances: file.matrix("RC"))
    let law = CellLaw(.sinh(steepness: try file.array("a").doubles[0]))
    let solution = try NonlinearArraySolver(array, law: law)
      .solve(file.array("V").doubles, tolerance: 1e-11)
    for (found, exact) in [
      (solution.wordLineVoltages.elements, "u"), (solution.bitLineVoltages.elements, "w"),
      (solution.cellCurrents.elements, "Idev"), (solution.outputCurrents, "Iout"),
      (solution.sourceCurrents, "Isrc"),
    ] {
      let distance = WiredArrayTests.distance(found, try file.array(exact).doubles)
      #expect(distance < 1e-9, "\(exact)")
    }
  }

  @Test("a law's slopes are the derivatives of its current, and it is odd", arguments: laws.indices)
  func slopes(index: Int) {
    let (name, law) = Self.laws[index]
    for (g, v) in [(2e-5, 0.31), (1e-4, 0.77), (3e-6, -0.9), (5e-5, 1.3), (1e-4, 1e-4)] {
      let point = law.point(conductance: g, voltage: v)
      let h = 1e-5 * abs(v)
      let (a, b) = (
        law.point(conductance: g, voltage: v + h), law.point(conductance: g, voltage: v - h)
      )
      let slope = (a.current - b.current) / (2 * h)
      #expect(abs(point.slope - slope) < 1e-5 * slope, "\(name) at \(v) V")
      let (c, d) = (
        law.point(conductance: g * (1 + 1e-6), voltage: v),
        law.point(conductance: g * (1 - 1e-6), voltage: v)
      )
      let more = (c.current - d.current) / (2e-6 * g)
      // Differences of currents near saturation keep few digits.
      #expect(abs(point.perConductance - more) < 1e-5 * abs(v), "\(name) at \(v) V")
      #expect(law.point(conductance: g, voltage: -v).current == -point.current)
    }
    #expect(law.point(conductance: 1e-4, voltage: 0).current == 0)
    #expect(law.point(conductance: 0, voltage: 1).current == 0)
  }

  @Test("many cells at once carry the currents of one at a time")
  func vectors() {
    let law = CellLaw(.sinh(steepness: 4))
    let v = (0..<1001).map { Double($0 - 500) * 3e-3 * pow(1.005, Double($0)) } + [1e-12, -2e-9]
    let g = v.indices.map { 1e-6 * Double($0 % 17) }
    var (i, s) = (v, v)
    law.evaluate(conductances: g, voltages: v, currents: &i, slopes: &s, count: v.count)
    for k in v.indices {
      let point = law.point(conductance: g[k], voltage: v[k])
      #expect(abs(i[k] - point.current) <= 4e-15 * abs(point.current))
      #expect(abs(s[k] - point.slope) <= 4e-15 * point.slope)
    }
  }

  @Test("without wires every column adds its cells' own currents", arguments: laws.indices)
  func ideal(index: Int) throws {
    let (g, v) = WiredArrayTests.random(12, 7, seed: index)
    let law = Self.laws[index].law
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(0))
    let solution = try NonlinearArraySolver(array, law: law).solve(v)
    let exact = (0..<7).map { j in
      (0..<12).reduce(0) { $0 + law.point(conductance: g[$1, j], voltage: v[$1]).current }
    }
    #expect(WiredArrayTests.distance(solution.outputCurrents, exact) < 1e-12)
  }

  @Test("linear cells give the linear solver's answer, and small signals do for every memristor")
  func linearLimit() throws {
    let (g, v) = WiredArrayTests.random(20, 30, seed: 5)
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(20))
    let linear = try WiredArraySolver(array).solve(v, tolerance: 1e-12)
    let same = try NonlinearArraySolver(array, law: .ohmic).solve(v, tolerance: 1e-12)
    #expect(WiredArrayTests.distance(same.outputCurrents, linear.outputCurrents) < 1e-10)
    let small = try NonlinearArraySolver(array, law: CellLaw(.sinh(steepness: 2)))
      .solve(v.map { $0 * 1e-5 }, tolerance: 1e-12)
    let scaled = small.outputCurrents.map { $0 * 1e5 }
    #expect(WiredArrayTests.distance(scaled, linear.outputCurrents) < 1e-9)
  }

  @Test("steep cells and long wires converge, and what enters leaves", arguments: laws.indices)
  func hard(index: Int) throws {
    let (g, v) = WiredArrayTests.random(40, 40, seed: 60 + index)
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(100))
    let solver = NonlinearArraySolver(array, law: Self.laws[index].law)
    let solution = try solver.solve(v.map { $0 * 2 })
    #expect(solution.residual <= 1e-9)
    let into = solution.sourceCurrents.reduce(0, +)
    let out = solution.outputCurrents.reduce(0, +)
    let size = solution.cellCurrents.elements.map(abs).max()!
    #expect(abs(into - out) < 1600e-9 * size)
    let again = try solver.solve(v.map { $0 * 2 }, from: solution)
    #expect(again.newtonSteps <= max(2, solution.newtonSteps))
    #expect(WiredArrayTests.distance(again.outputCurrents, solution.outputCurrents) < 1e-6)
  }

  @Test("the adjoint's gradient is that of finite differences", arguments: laws.indices)
  func gradient(index: Int) throws {
    let (g, v) = WiredArrayTests.random(6, 5, seed: 90 + index)
    let (name, law) = Self.laws[index]
    func loss(_ g: Matrix<Double>, _ v: [Double]) throws -> (Double, ArraySolution, WiredArray) {
      let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(200))
      let solution = try NonlinearArraySolver(array, law: law).solve(v, tolerance: 1e-13)
      let sum = solution.outputCurrents.enumerated()
        .reduce(0) { $0 + Double($1.offset - 2) * $1.element }
      return (sum, solution, array)
    }
    let (_, solution, array) = try loss(g, v)
    let gradient = try solution.gradient(
      [-2, -1, 0, 1, 2], of: array, law: law, tolerance: 1e-13)
    let scale = gradient.conductances.elements.map(abs).max()!
    for (i, j) in [(0, 0), (2, 4), (5, 1), (3, 2)] {
      let step = 1e-5 * g[i, j]
      var (up, down) = (g, g)
      up[i, j] += step
      down[i, j] -= step
      let difference = (try loss(up, v).0 - loss(down, v).0) / (2 * step)
      #expect(abs(gradient.conductances[i, j] - difference) < 1e-5 * scale, "\(name) \(i), \(j)")
    }
    for i in [0, 4] {
      var (up, down) = (v, v)
      up[i] += 1e-6
      down[i] -= 1e-6
      let difference = (try loss(g, up).0 - loss(g, down).0) / 2e-6
      let size = gradient.inputs.map(abs).max()!
      #expect(abs(gradient.inputs[i] - difference) < 1e-5 * size, "\(name), input \(i)")
    }
  }

  @Test("a batch has each vector's own bits on any number of threads")
  func batches() throws {
    let (g, v) = WiredArrayTests.random(16, 16, seed: 4)
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(5))
    let batch = (0..<5).map { k in v.map { $0 * (0.3 + 0.2 * Double(k)) } }
    let solver = NonlinearArraySolver(array, law: CellLaw(.sinh(steepness: 2)))
    let together = try solver.solve(batch: batch)
    let linear = try WiredArraySolver(array).solve(batch: batch)
    for k in batch.indices {
      #expect(try solver.solve(batch[k]).outputCurrents == together[k].outputCurrents)
      #expect(
        try WiredArraySolver(array).solve(batch[k]).outputCurrents == linear[k].outputCurrents)
    }
  }

  @Test("too few steps are an error with count and residual")
  func refusal() throws {
    let (g, v) = WiredArrayTests.random(8, 8, seed: 1)
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(10))
    let solver = NonlinearArraySolver(array, law: CellLaw(.exponential(steepness: 5)))
    let failure = #expect(throws: NumericalFailure.self) { try solver.solve(v, stepLimit: 1) }
    #expect(failure?.message.contains("after 1 Newton steps") == true)
    #expect(throws: (any Error).self) {
      try ConductionTable(voltages: [1, 0.5], currents: [1, 2])
    }
  }
}
