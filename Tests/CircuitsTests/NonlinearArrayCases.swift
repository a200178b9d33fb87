import ArrayFiles
import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing

/// Arrays of steep cells and long wires.
@Suite struct NonlinearArrayCases {
  private static func arrays(_ name: String) throws -> NamedArrays {
    let path = Bundle.module.resourceURL!.appending(path: "Fixtures/Cases/\(name).npz").path
    return try NPZ.read(path: path)
  }

  @Test("64×64 sinh cells of 8/V on 1 Ω wires have the currents of an independent Newton method")
  func steep() throws {
    let g = try Self.arrays("01-solve-newton/G").matrix("G")
    let wires = UniformWires(
      wordSegment: Ohms(1), bitSegment: Ohms(1), source: Ohms(0), sense: Ohms(0))
    let array = try WiredArray(conductances: g, wires: wires)
    let solution = try NonlinearArraySolver(array, law: CellLaw(.sinh(steepness: 8)))
      .solve(try Self.arrays("01-solve-newton/V").array("V").doubles)
    let exact = try Self.arrays("01-solve-newton/I").array("I").doubles
    #expect(WiredArrayTests.distance(solution.outputCurrents, exact) < 1e-9)
    #expect(solution.newtonSteps <= 25, "\(solution.newtonSteps) steps")
  }

  /// One random array: its law, wires and inputs.
  private struct Case {
    var name: String
    var circuit: ArrayCircuit
    var inputs: [Double]

    init(_ number: Int) throws {
      var stream = RandomStream(StreamKey(seed: 5).child("steep-arrays").child(number))
      func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * stream.uniform()
      }
      func logarithmic(_ low: Double, _ high: Double) -> Double {
        low * pow(high / low, stream.uniform())
      }
      let (rows, columns) = (2 + Int(30 * stream.uniform()), 2 + Int(30 * stream.uniform()))
      let steepness = uniform(0.5, 12)
      let memristor: ConductionLaw =
        stream.uniform() < 0.5
        ? .sinh(steepness: steepness) : .exponential(steepness: steepness)
      let law: CellLaw
      switch number % 4 {
      case 0: law = CellLaw(.sinh(steepness: steepness))
      case 1: law = CellLaw(.exponential(steepness: steepness))
      case 2:
        let selector = ThresholdSelector(
          offConductance: logarithmic(1e-12, 1e-8), onConductance: logarithmic(1e-5, 1e-2),
          threshold: uniform(0.1, 1), width: uniform(0.005, 0.1))
        law = CellLaw(memristor, access: .selector(selector))
      default:
        let transistor = AccessTransistor(
          gain: logarithmic(1e-5, 1e-2), overdrive: uniform(0.1, 2),
          modulation: stream.uniform() < 0.5 ? 0 : uniform(0, 0.2))
        law = CellLaw(memristor, access: .transistor(transistor))
      }
      let ohms = stream.uniform() < 0.1 ? 0 : logarithmic(1e-3, 1e6)
      let end = stream.uniform() < 0.5 ? 0 : ohms
      let voltage = logarithmic(0.1, 5)
      let isUnipolar = stream.uniform() < 0.5
      func matrix(_ element: (Int, Int) -> Double) -> Matrix<Double> {
        var m = Matrix(rowCount: rows, columnCount: columns, repeating: 0.0)
        for i in 0..<rows { for j in 0..<columns { m[i, j] = element(i, j) } }
        return m
      }
      circuit = try ArrayCircuit(
        conductances: matrix { _, _ in logarithmic(1e-7, 1e-4) },
        wordLineResistances: matrix { _, j in j == 0 ? end : ohms },
        bitLineResistances: matrix { i, _ in i == rows - 1 ? end : ohms }, law: law)
      inputs = (0..<rows).map { _ in voltage * (isUnipolar ? stream.uniform() : uniform(-1, 1)) }
      name = "\(number): \(law), \(rows)×\(columns), \(ohms) Ω, \(voltage) V"
    }
  }

  @Test("of random steep arrays from 0 to 1e6 Ω and 0.1 to 5 V at least 99 % converge by lines")
  func lines() throws {
    let count = 800
    let failed = try Self.failures(count) { example in
      let (array, inputs) = try #require(
        example.circuit.plain(
          .read(example.inputs, columns: example.circuit.conductances.columnCount)))
      let solution = try NonlinearArraySolver(array, law: example.circuit.law).solve(inputs)
      #expect(solution.residual <= 1e-9)
      return solution.newtonSteps
    }
    #expect(failed.count <= count / 100, "\(failed)")
  }

  @Test("and by the direct method, but where rounding of voltages hides the cells' currents")
  func direct() throws {
    let count = 400
    let failed = try Self.failures(count) { example in
      let columns = example.circuit.conductances.columnCount
      let solution = try example.circuit.solveDirectly(.read(example.inputs, columns: columns))
      #expect(solution.residual <= 1e-9)
      return 0
    }.filter { !$0.contains("rounding leaves as much: set them to 0 Ohm") }
    #expect(failed.count <= count / 100, "\(failed)")
  }

  /// The cases that ended in a refusal, with its words, which say what to change.
  private static func failures(
    _ count: Int, _ solve: (Case) throws -> Int
  ) throws -> [String] {
    var failed: [String] = []
    var steps: [Int] = []
    for number in 0..<count {
      let example = try Case(number)
      do {
        steps.append(try solve(example))
      } catch let failure as NumericalFailure {
        failed.append("\(example.name): \(failure)")
        #expect("\(failure)".contains("larger tolerance"), "\(failure)")
      }
    }
    steps.sort()
    for line in failed { print(line) }
    print(
      "\(count - failed.count) of \(count) converged; steps: median \(steps[steps.count / 2]), most \(steps.last ?? 0)"
    )
    return failed
  }
}
