import Circuits
import Foundation
import LinearAlgebra
import NumericalMethods
import Testing

/// A fully specified network 6-4-2, whose values an independent NumPy program computed: inputs 4·(x, −x) with
/// x = (0.5, −0.25, 0.8); G1[i][j] = 0.1 + 0.1·((3i + 2j) mod 7), G2[j][k] = 0.1 + 0.1·((5j + 3k) mod 6) siemens; hidden
/// units 0, 1 at 0 V or more, 2, 3 at 0 V or less; outputs linear; targets (1, −1) V.
@Suite struct GoldenNetworkTests {
  /// 0.1 + 0.1·((a·i + b·j) mod m) siemens.
  private static func cells(
    _ rows: Int, _ columns: Int, _ a: Int, _ b: Int, modulo m: Int
  ) -> Matrix<Double> {
    var g = Matrix<Double>(rowCount: rows, columnCount: columns)
    for i in 0..<rows {
      for j in 0..<columns { g[i, j] = 0.1 + 0.1 * Double((a * i + b * j) % m) }
    }
    return g
  }

  static let layered = LayeredNetwork(layers: [
    .init(
      conductances: cells(6, 4, 3, 2, modulo: 7), bounds: LayeredNetwork.excitatoryAndInhibitory(4)),
    .init(conductances: cells(4, 2, 5, 3, modulo: 6), bounds: LayeredNetwork.linear(2)),
  ])
  static let inputs = LayeredNetwork.doubled([0.5, -0.25, 0.8], gain: 4)
  static let targets = [1.0, -1.0]

  static func circuit() throws -> (circuit: LayeredCircuit, cost: NetworkCost) {
    let circuit = try LayeredCircuit(layered, inputs: inputs)
    return (circuit, circuit.cost(targets))
  }

  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  static func cosine(_ a: [Double], _ b: [Double]) -> (cosine: Double, ratio: Double) {
    let (aa, bb, ab) = zip(a, b).reduce((0.0, 0.0, 0.0)) {
      ($0.0 + $1.0 * $1.0, $0.1 + $1.1 * $1.1, $0.2 + $1.0 * $1.1)
    }
    return (ab / (aa * bb).squareRoot(), (aa / bb).squareRoot())
  }

  @Test("the free state and both nudged states, by Newton's method")
  func states() throws {
    let (circuit, cost) = try Self.circuit()
    let free = try circuit.network.steadyState()
    let wanted: [(beta: Double, hidden: [Double], outputs: [Double])] = [
      (0, [0.52091827, 0, -0.2519687, 0], [-0.04618283, 0.15797357]),
      (0.5, [0.4731533, 0, -0.23812638, 0], [0.20392959, -0.2389093]),
      (-0.5, [0.68992309, 0, -0.24242934, 0], [-0.50202033, 1.45496674]),
    ]
    for (beta, hidden, outputs) in wanted {
      let state =
        beta == 0
        ? free : try circuit.network.nudgedState(cost, strength: beta, from: free)
      let units = circuit.voltages(state)
      #expect(Self.distance(units[0], hidden) < 1e-8)
      #expect(Self.distance(units[1], outputs) < 1e-8)
    }
    #expect(abs(cost.value(free.voltages) - 1.217700644) < 1e-9)
  }

  @Test("the implicit gradient, and cosine and length of the centered contrast beside it")
  func gradients() throws {
    let (circuit, cost) = try Self.circuit()
    let network = circuit.network
    let free = try network.steadyState()
    let exact = try network.gradient(of: cost.slopes(free.voltages), at: free)
    let wanted = [
      -0.455031, 0.385782, -0.03013, -0.191605, 0.129042, -0.507605, -0.03013, -0.191605,
    ]
    #expect(Self.distance(Array(exact[circuit.cells[1]]), wanted) < 1e-6)
    let cells = circuit.cells[0].lowerBound..<circuit.cells[0].upperBound
    for (beta, cosine, ratio, digits) in [
      (0.5, 0.8292, 2.07, 0.01), (0.1, 0.99971, 1.0188, 1e-4), (0.01, 0.99999997, 1.00018, 1e-5),
    ] {
      let plus = try network.nudgedState(cost, strength: beta, from: free)
      let minus = try network.nudgedState(cost, strength: -beta, from: free)
      let all = try network.contrast(plus, beta, minus, -beta)
      let found = Self.cosine(
        Array(all[cells]) + Array(all[circuit.cells[1]]),
        Array(exact[cells]) + Array(exact[circuit.cells[1]]))
      #expect(abs(found.cosine - cosine) < (beta < 0.05 ? 1e-8 : 1e-4))
      #expect(abs(found.ratio - ratio) < digits)
    }
  }

  @Test(
    "a negative phase as strong as an output's conductance is refused, with the largest strength allowed"
  )
  func limit() throws {
    let (circuit, cost) = try Self.circuit()
    let free = try circuit.network.steadyState()
    #expect(abs(circuit.network.nudgeLimit(cost) - 1) < 1e-12)
    let error = #expect(throws: NumericalFailure.self) {
      try circuit.network.nudged(cost, strength: -1.001)
    }
    #expect(error?.message.contains("less than 1.0") == true)
    // The other units give way: less than the column's sum is allowed. numpy: the inverse of the matrix of all six units.
    let stable = try circuit.network.stableNudgeLimit(cost, at: free)
    #expect(abs(stable - 0.8679418987770887) < 1e-9)
    let near = try circuit.network.nudgedState(cost, strength: -0.999 * stable, from: free)
    #expect(near.residual < 1e-8 && near.voltages.allSatisfy(\.isFinite))
    #expect(throws: NumericalFailure.self) {
      try circuit.network.nudgedState(cost, strength: -1.001 * stable, from: free)
    }
  }
}
