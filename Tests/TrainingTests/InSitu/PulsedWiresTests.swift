import ArrayFiles
import Circuits
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing
import Training

/// Pulsed arrays behind wires, against the exact solution of the wired array.
@Suite struct PulsedWiresTests {
  static let (rows, columns) = (9, 4)

  static func model() throws -> PulseModel {
    let device = try DeviceModel(
      text: """
        title: a test device
        source: this test
        validity: this test
        conductance-window: {minimum: 10 uS, maximum: 90 uS}
        pulses:
          law: constant-step
          conductance: {zero: 50 uS, unit: 40 uS}
          bounds: {minimum: -1, maximum: 1}
          step: {size: 0.01}
          noise: {cycle: 0}
          check-points: []
        """, name: "test")
    return try #require(device.pulses)
  }

  static let weights = Noise.normal(rows * columns, StreamKey(seed: 1)).map {
    max(-0.9, min(0.9, 0.5 * $0))
  }

  static func array(_ cells: CellArrangement, _ segment: Double) throws -> PulsedArray {
    var array = PulsedArray(
      try model(), rowCount: rows, columnCount: columns, cells: cells, weights: weights,
      key: StreamKey(seed: 2))
    let r = Ohms(segment)
    array.join(
      UniformWires(wordSegment: r, bitSegment: r, source: r, sense: r), exactEvery: 10)
    return array
  }

  /// What the array gives for a full input on each row.
  static func read(_ array: inout PulsedArray, key: StreamKey? = nil) -> [Float] {
    var x = [Float](repeating: 0, count: rows * rows)
    for i in 0..<rows { x[i * rows + i] = 1 }
    var y = [Float](repeating: 0, count: rows * columns)
    array.forward(x, samples: rows, into: &y, path: .ideal, key: key)
    return y
  }

  @Test(
    "an array reads what its wired cells give, single devices and pairs",
    arguments: [CellArrangement.single, .pair(.bothCells), .pair(.oneSided(refreshAbove: 2))])
  func exact(cells: CellArrangement) throws {
    var array = try Self.array(cells, 20)
    let found = Self.read(&array, key: StreamKey(seed: 3))
    // The cells side by side as on the tile, solved by the circuit solver.
    let states = array.populations.map(\.states)
    var g = Matrix<Double>(rowCount: Self.rows, columnCount: 2 * Self.columns)
    for i in 0..<Self.rows {
      for j in 0..<Self.columns {
        let k = i * Self.columns + j
        g[i, 2 * j] = 50e-6 + 40e-6 * Double(states[0][k])
        g[i, 2 * j + 1] = 50e-6 + (states.count == 2 ? 40e-6 * Double(states[1][k]) : 0)
      }
    }
    let r = Ohms(20)
    let effective = try WiredArray(
      conductances: g, wires: UniformWires(wordSegment: r, bitSegment: r, source: r, sense: r)
    ).effectiveConductances()
    for i in 0..<Self.rows {
      for j in 0..<Self.columns {
        let wanted = (effective[i, 2 * j] - effective[i, 2 * j + 1]) / 40e-6
        #expect(abs(Double(found[i * Self.columns + j]) - wanted) < 1e-5)
      }
    }
    #expect(zip(found, Self.weights).contains { abs($0 - $1) > 0.02 })
  }

  @Test("in the limit of no resistance an array reads its weights")
  func limit() throws {
    var array = try Self.array(.pair(.bothCells), 1e-6)
    for (a, b) in zip(Self.read(&array), array.weights) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("reads in training follow the devices, and come back after a restoration")
  func follows() throws {
    var array = try Self.array(.pair(.bothCells), 20)
    let before = Self.read(&array)
    let counts = [Float](repeating: 5, count: Self.rows * Self.columns)
    counts.withUnsafeBufferPointer { array.send($0) }
    let after = Self.read(&array)
    let exact = Self.read(&array, key: StreamKey(seed: 3))
    for k in after.indices {
      #expect(after[k] > before[k])
      // Ladders with the rest of the earlier array.
      #expect(abs(after[k] - exact[k]) < 0.1 * abs(after[k] - before[k]) + 1e-4)
    }
    var saved = SavedState()
    array.visit(&saved, "array")
    var again = try Self.array(.pair(.bothCells), 20)
    var restored = SavedState(
      .restore, from: NamedArrays(source: "saved", saved.entries))
    again.visit(&restored, "array")
    try restored.finish()
    #expect(Self.read(&again) == Self.read(&array))
  }
}
