import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import Testing
import Training

/// Random matrices as run files describe them.
@Suite struct RandomMatrixTests {
  /// The recurrent matrix of 120 units, inputs × outputs.
  private static func matrix(_ keys: String) throws -> Matrix<Double> {
    let rule = try ReadoutTests.rule(
      """
      rule: readout
      network: {layers: [
        {type: leaky-rate, recurrent: true, random: {\(keys)}}, {type: dense, outputs: 2}]}
      """, shape: [3, 120], outputs: 2)
    let weights = try ReadoutTests.weights(rule, "layer1.weight").map(Double.init)
    return Matrix(rowCount: 120, columnCount: 120, elements: weights).transposed()
  }

  @Test(
    "matrices between too many units, or with too many eigenvalues, are refused before they are drawn"
  )
  func limits() throws {
    func problem(_ units: Int, _ keys: String) -> String {
      do {
        _ = try ReadoutTests.rule(
          """
          rule: readout
          network: {layers: [
            {type: leaky-rate, recurrent: true, random: {\(keys)}}, {type: dense, outputs: 2}]}
          """, shape: [3, units], outputs: 2)
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem(20_000, "law: gaussian").contains("20000 × 20000 weights are too many"))
    #expect(problem(9000, "spectral-radius: 0.9").contains("at most 8192"))
  }

  @Test("cells conduct as often as the breakdown law says", arguments: [3.3, 3.433, 3.55])
  func sparsity(volts: Double) throws {
    let p = DielectricBreakdown().probability(volts)
    let w = try Self.matrix("law: breakdown, voltage: \(volts) V, differential: false").elements
    let n = Double(w.count)
    let count = Double(w.count { $0 != 0 })
    #expect(abs(count - n * p) < 5 * (n * p * (1 - p)).squareRoot())
    #expect(w.allSatisfy { $0 >= 0 })
    let logs = w.filter { $0 > 0 }.map { log($0) }
    let mean = logs.reduce(0, +) / count
    let deviation = (logs.reduce(0) { $0 + pow($1 - mean, 2) } / count).squareRoot()
    #expect(abs(mean) < 5 * 0.149 / count.squareRoot())
    #expect(abs(deviation - 0.149) < 5 * 0.149 / (2 * count).squareRoot())
    // A pair of cells carries nothing where both are unbroken.
    let pairs = try Self.matrix("law: breakdown, voltage: \(volts) V").elements
    let empty = (1 - p) * (1 - p)
    let none = Double(pairs.count { $0 == 0 })
    #expect(abs(none - n * empty) < 5 * (n * empty * (1 - empty)).squareRoot())
    #expect(pairs.contains { $0 > 0 } && pairs.contains { $0 < 0 })
  }

  @Test("normal and uniform laws, gain and spectral radius") func laws() throws {
    let n = 120.0 * 120
    let normal = try Self.matrix("mean: 1, deviation: 0.5, gain: 2").elements
    let mean = normal.reduce(0, +) / n
    let deviation = (normal.reduce(0) { $0 + pow($1 - mean, 2) } / n).squareRoot()
    #expect(abs(mean - 2) < 5 / n.squareRoot() && abs(deviation - 1) < 5 / (2 * n).squareRoot())
    let uniform = try Self.matrix("law: uniform, minimum: 1, maximum: 3").elements
    #expect(uniform.allSatisfy { (1...3).contains($0) })
    #expect(uniform.min()! < 1.01 && uniform.max()! > 2.99)
    let scaled = try Self.matrix(
      "spectral-radius: 0.9, gain: 1, connection-probability: 0.1")
    #expect(abs(BLAS.spectralRadius(scaled) - 0.9) < 1e-5)
    let share = Double(scaled.elements.count { $0 != 0 }) / n
    #expect(abs(share - 0.1) < 5 * (0.1 * 0.9 / n).squareRoot())
  }

  @Test(
    "links on a lattice are as many as distances say, none to itself, and weights that learn are not fixed"
  )
  func lattice() throws {
    let text = """
      rule: {name: stdp, law: pair}
      network: {layers: [
        {type: dense, outputs: 120, each-step: true, random: {}},
        {type: integrate-and-fire, recurrent: true, random: {learns: true, law: uniform, minimum: 1, maximum: 1,
          excitatory: 0.8, inhibitory-gain: 0.25, lattice: {size: [4, 5, 6], range: 2}}},
        {type: mean-over-time}, {type: dense, outputs: 2}]}
      """
    let rule = try ReadoutTests.rule(text, shape: [3, 4], outputs: 2, targets: .classes)
    let w = try ReadoutTests.weights(rule, "layer2.weight")
    // Row: the unit that receives. The first 96 sources are excitatory.
    #expect((0..<120).allSatisfy { w[$0 * 121] == 0 })
    #expect(w.allSatisfy { [0, 1, -1].contains($0) })
    let kinds: [(Range<Int>, Range<Int>, Double)] = [
      (0..<96, 0..<96, 0.2), (0..<96, 96..<120, 0.1), (96..<120, 0..<96, 0.3),
    ]
    for kind in kinds {
      let (sources, targets, c) = kind
      var found = 0
      for i in sources { for j in targets where w[j * 120 + i] != 0 { found += 1 } }
      // The mean of C·exp(−(D/λ)²) over all pairs of places that differ.
      var sum = 0.0
      for a in 0..<120 {
        for b in 0..<120 where a != b {
          let (x, y, z) = (a % 4 - b % 4, a / 4 % 5 - b / 4 % 5, a / 20 - b / 20)
          let square: Int = x * x + y * y + z * z
          sum += c * exp(-Double(square) / 4)
        }
      }
      let p = sum / (120 * 119)
      let pairs = Double(sources.count * targets.count - (sources == targets ? sources.count : 0))
      #expect(abs(Double(found) - pairs * p) < 6 * (pairs * p).squareRoot(), "C = \(c)")
    }
  }

  @Test("by Dale's law all weights of a source have one sign, and balanced ones cancel in the mean")
  func dale() throws {
    let w = try Self.matrix(
      "mean: 1, deviation: 0.2, excitatory: 0.75, inputs-per-unit: 40, reached: 0.5")
    var sums: [Double] = []
    for j in 0..<120 {
      let column = (0..<120).map { w[$0, j] }
      let (plus, minus) = (column[..<90].count { $0 > 0 }, column[90...].count { $0 < 0 })
      #expect(column[..<90].allSatisfy { $0 >= 0 } && column[90...].allSatisfy { $0 <= 0 })
      #expect((plus == 30 && minus == 10) || (plus == 0 && minus == 0))
      if plus > 0 { sums.append(column.reduce(0, +)) }
    }
    #expect(sums.count == 60)
    // Σ of 30 weights of deviation 0.2 less 10 of 0.6.
    let deviation = (30 * 0.04 + 10 * 0.36).squareRoot()
    #expect(abs(sums.reduce(0, +) / 60) < 5 * deviation / 60.0.squareRoot())
  }

  @Test(
    "keys that do not go together are refused",
    arguments: [
      "connection-probability: 0.1, inputs-per-unit: 3", "law: breakdown", "law: levy",
      "law: uniform, minimum: 2, maximum: 1", "law: breakdown, voltage: 3.4 V, device: hfo2-1t1r",
      "read-noise: -1", "width: 3",
    ])
  func refused(keys: String) { #expect(throws: (any Error).self) { try Self.matrix(keys) } }
}
