import ArrayFiles
import Circuits
import Foundation
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

@Suite struct EffectiveConductanceTests {
  static func outputs(_ transfer: Matrix<Double>, _ v: [Double]) -> [Double] {
    (0..<transfer.columnCount).map { j in
      v.indices.reduce(0) { $0 + v[$1] * transfer[$1, j] }
    }
  }

  @Test(
    "one product gives the output currents of the 80-bit solutions",
    arguments: WiredArrayTests.references)
  func reference(name: String) throws {
    let file = try WiredReference.file(name)
    let transfer = try WiredArray(
      conductances: file.matrix("G"), wordLineResistances: file.matrix("RR"),
      bitLineResistances: file.matrix("RC")
    ).effectiveConductances()
    let found = Self.outputs(transfer, try file.array("V").doubles)
    #expect(WiredArrayTests.distance(found, try file.array("Iout").doubles) < 1e-11)
  }

  @Test(
    "arrays of any shape and wires are read as conjugate gradients read them",
    arguments: [(1, 1), (1, 9), (9, 1), (7, 30), (64, 5), (100, 90), (150, 33)],
    [1e-6, 1.0, 300])
  func shapes(shape: (Int, Int), ohms: Double) throws {
    let (g, v) = WiredArrayTests.random(shape.0, shape.1, seed: shape.0)
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(ohms))
    let exact = try WiredArraySolver(array).solve(v, tolerance: 1e-13).outputCurrents
    let found = Self.outputs(try array.effectiveConductances(), v)
    #expect(WiredArrayTests.distance(found, exact) < 1e-11)
  }

  @Test("ideal wires leave the conductances as they are")
  func ideal() throws {
    let (g, _) = WiredArrayTests.random(40, 70, seed: 5)
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(0))
    #expect(try array.effectiveConductances() == g)
  }

  @Test("an array and its mirror image turned over its diagonal exchange inputs and outputs")
  func reciprocity() throws {
    let (g, _) = WiredArrayTests.random(24, 24, seed: 8)
    // The source at the left of line i and the sense below line j change places.
    let forward = try WiredArray(conductances: g, wires: WiredArrayTests.wires(20))
      .effectiveConductances()
    let n = 24
    var turned = g
    for i in 0..<n { for j in 0..<n { turned[i, j] = g[n - 1 - j, n - 1 - i] } }
    let back = try WiredArray(conductances: turned, wires: WiredArrayTests.wires(20))
      .effectiveConductances()
    for i in 0..<n {
      for j in 0..<n {
        #expect(abs(forward[i, j] - back[n - 1 - j, n - 1 - i]) < 1e-12 * forward[i, j])
      }
    }
  }

  @Test("the bits do not depend on the number of threads")
  func threads() throws {
    let (g, _) = WiredArrayTests.random(96, 130, seed: 5)
    let array = try WiredArray(conductances: g, wires: WiredArrayTests.wires(2))
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = 1
    let one = try array.effectiveConductances()
    Parallel.threadCount = 2
    #expect(try array.effectiveConductances() == one)
  }
}
