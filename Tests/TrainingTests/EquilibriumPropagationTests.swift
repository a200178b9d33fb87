import Foundation
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

/// The resistive network 6-4-2 whose steady states, sweeps and gradients were computed by an independent program
/// in double precision. Single precision settles to 1e-6 of a volt.
@Suite struct EquilibriumPropagationTests {
  static let x: [Float] = [0.5, -0.25, 0.8]

  static func golden() -> SettlingNetwork {
    var first = [Float](repeating: 0, count: 24)
    var second = [Float](repeating: 0, count: 8)
    for i in 0..<6 {
      for j in 0..<4 { first[i * 4 + j] = 0.1 + 0.1 * Float((3 * i + 2 * j) % 7) }
    }
    for j in 0..<4 {
      for k in 0..<2 { second[j * 2 + k] = 0.1 + 0.1 * Float((5 * j + 3 * k) % 6) }
    }
    return SettlingNetwork(
      kind: .resistive(inputGain: 4), inputCount: 3,
      matrices: [
        SettlingMatrix(rowCount: 6, columnCount: 4, weights: first),
        SettlingMatrix(rowCount: 4, columnCount: 2, weights: second),
      ], biases: [[0, 0, 0, 0], [0, 0]])
  }

  static func settled(_ network: SettlingNetwork, sweeps: Int, beta: Float? = nil)
    -> SettlingStates
  {
    let lines = x.withUnsafeBufferPointer { network.inputs($0.baseAddress!, samples: 1) }
    var states = SettlingStates(network, lines: lines, samples: 1)
    network.settle(
      &states, sweeps: sweeps, nudge: beta.map { Nudge(strength: $0, target: [1, -1]) })
    return states
  }

  static func distance(_ a: [Float], _ b: [Double]) -> Double {
    zip(a, b).map { abs(Double($0) - $1) }.max() ?? .infinity
  }

  @Test("the free state and the nudged states are those of the independent program")
  func steadyStates() {
    let network = Self.golden()
    let free = Self.settled(network, sweeps: 40)
    #expect(Self.distance(free.layers[1], [0.52091827, 0, -0.2519687, 0]) < 1e-6)
    #expect(Self.distance(free.layers[2], [-0.04618283, 0.15797357]) < 1e-6)
    let plus = Self.settled(network, sweeps: 40, beta: 0.5)
    #expect(Self.distance(plus.layers[1], [0.4731533, 0, -0.23812638, 0]) < 1e-6)
    #expect(Self.distance(plus.layers[2], [0.20392959, -0.2389093]) < 1e-6)
    let minus = Self.settled(network, sweeps: 80, beta: -0.5)
    #expect(Self.distance(minus.layers[1], [0.68992309, 0, -0.24242934, 0]) < 2e-6)
    #expect(Self.distance(minus.layers[2], [-0.50202033, 1.45496674]) < 4e-6)
  }

  @Test(
    "k sweeps leave the error of the independent program",
    arguments: zip(1...5, [2.1e-2, 1.3e-3, 1.1e-4, 1.1e-5, 1.0e-6]))
  func sweeps(count: Int, error: Double) {
    let network = Self.golden()
    let found = Self.settled(network, sweeps: count)
    let exact = [0.52091827, 0, -0.2519687, 0, -0.04618283, 0.15797357]
    let distance = Self.distance(found.layers[1] + found.layers[2], exact)
    #expect(distance > 0.7 * error - 2e-7 && distance < 1.3 * error + 2e-7)
  }

  /// The change of all weights by one step against the target (1, −1), which names no class: found from the
  /// states themselves.
  static func estimate(beta: Double) -> [Double] {
    let network = golden()
    let (plus, minus) = (
      settled(network, sweeps: 200, beta: Float(beta)),
      settled(network, sweeps: 200, beta: Float(-beta))
    )
    var result: [Double] = []
    for k in 0..<2 {
      for i in 0..<network.sizes[k] {
        for j in 0..<network.sizes[k + 1] {
          let a = Double(plus.layers[k][i]) - Double(plus.layers[k + 1][j])
          let b = Double(minus.layers[k][i]) - Double(minus.layers[k + 1][j])
          result.append((a * a - b * b) / (4 * beta))
        }
      }
    }
    return result
  }

  /// (V_i − V_j)(λ_i − λ_j) with λ = dV/dβ.
  static func adjoint() -> [Double] {
    let network = golden()
    let free = settled(network, sweeps: 100)
    let response = network.response(free, target: [1, -1], sweeps: 100)
    var result: [Double] = []
    for k in 0..<2 {
      for i in 0..<network.sizes[k] {
        for j in 0..<network.sizes[k + 1] {
          let v = Double(free.layers[k][i]) - Double(free.layers[k + 1][j])
          let l = Double(response.layers[k][i]) - Double(response.layers[k + 1][j])
          result.append(v * l)
        }
      }
    }
    return result
  }

  static func cosine(_ a: [Double], _ b: [Double]) -> (cosine: Double, ratio: Double) {
    let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    let (aa, bb) = (a.reduce(0) { $0 + $1 * $1 }, b.reduce(0) { $0 + $1 * $1 })
    return (dot / (aa * bb).squareRoot(), (aa / bb).squareRoot())
  }

  @Test("the adjoint of the steady state is the true gradient")
  func trueGradient() {
    let exact = [
      -0.455031, 0.385782, -0.03013, -0.191605, 0.129042, -0.507605, -0.03013, -0.191605,
    ]
    let found = Self.adjoint().suffix(8)
    for (a, b) in zip(found, exact) { #expect(abs(a - b) < 2e-6) }
  }

  @Test(
    "the centered estimate nears the true gradient as the nudging falls",
    arguments: [(0.5, 0.8292, 2.07), (0.1, 0.99971, 1.0188)])
  func estimates(beta: Double, cosine: Double, ratio: Double) {
    let found = Self.cosine(Self.estimate(beta: beta), Self.adjoint())
    #expect(abs(found.cosine - cosine) < 1e-4)
    #expect(abs(found.ratio - ratio) < 5e-3)
  }

  /// A network of random conductances: 2·5 input lines, `hidden` units, 3 outputs.
  static func random(_ kind: SettlingNetwork.Kind, _ hidden: [Int], seed: UInt64) -> SettlingNetwork
  {
    let sizes = [5 * kind.inputCopies] + hidden + [3]
    let key = StreamKey(seed: seed)
    let matrices = (1..<sizes.count).map { k in
      let count = sizes[k - 1] * sizes[k]
      let drawn = Noise.uniform(count, key.child(k))
      return SettlingMatrix(
        rowCount: sizes[k - 1], columnCount: sizes[k],
        weights: kind == .energy ? drawn.map { 0.6 * $0 - 0.2 } : drawn)
    }
    return SettlingNetwork(
      kind: kind, inputCount: 5, matrices: matrices,
      biases: (1..<sizes.count).map { Noise.uniform(sizes[$0], key.child(100 + $0)) })
  }

  @Test(
    "a step changes weights and biases as the two ends of each know",
    arguments: [SettlingNetwork.Kind.resistive(inputGain: 3), .energy],
    [EquilibriumPropagation.Gradient.equilibriumPropagation, .backpropagation])
  func step(kind: SettlingNetwork.Kind, way: EquilibriumPropagation.Gradient) throws {
    let network = Self.random(kind, [6, 4], seed: 3)
    var learning = EquilibriumPropagation(
      network: network, rate: 0.1, window: -100...100, key: StreamKey(seed: 2))
    learning.gradient = way
    learning.nudging = 0.2
    (learning.sweeps, learning.nudgedSweeps) = (60, 60)
    let x = Matrix(
      rowCount: 7, columnCount: 5, elements: Noise.uniform(35, StreamKey(seed: 9)))
    let labels: [Int32] = [0, 1, 2, 0, 1, 2, 0]
    learning.apply(learning.changes(x, labels: labels, step: 0))
    // The same by the definition, weight by weight.
    for k in network.matrices.indices {
      let before = network.matrices[k].weights
      let after = learning.network.matrices[k].weights
      var wanted = [Double](repeating: 0, count: before.count)
      for s in 0..<7 {
        let sample = Array(x.elements[s * 5..<(s + 1) * 5])
        let lines = sample.withUnsafeBufferPointer {
          network.inputs($0.baseAddress!, samples: 1)
        }
        let target = (0..<3).map { Float(Int($0) == Int(labels[s]) ? 1 : 0) }
        var free = SettlingStates(network, lines: lines, samples: 1)
        network.settle(&free, sweeps: 60)
        func states(_ beta: Float) -> SettlingStates {
          var result = free
          network.settle(&result, sweeps: 60, nudge: Nudge(strength: beta, target: target))
          return result
        }
        let (a, b) = (states(-0.2), states(0.2))
        let response = network.response(free, target: target, sweeps: 240)
        let columns = network.sizes[k + 1]
        for i in 0..<network.sizes[k] {
          for j in 0..<columns {
            func ends(_ s: SettlingStates) -> (Double, Double) {
              (Double(s.layers[k][i]), Double(s.layers[k + 1][j]))
            }
            func energySlope(_ s: SettlingStates) -> Double {
              let (u, v) = ends(s)
              return kind == .energy ? -u * v : 0.5 * (u - v) * (u - v)
            }
            let slope: Double
            if way == .equilibriumPropagation {
              slope = (energySlope(b) - energySlope(a)) / 0.4
            } else {
              let ((u, v), (l, m)) = (ends(free), ends(response))
              slope = kind == .energy ? -(u * m + l * v) : (u - v) * (l - m)
            }
            wanted[i * columns + j] -= 0.1 * slope / 7
          }
        }
      }
      for (k, change) in wanted.enumerated() {
        #expect(abs(Double(after[k] - before[k]) - change) < 2e-5)
      }
    }
  }

  /// A unit whose diode begins to conduct between the two nudged states has no derivative there: such networks are
  /// told apart by their states, and few.
  @Test("on random networks the centered estimate has the direction of the adjoint")
  func randomNetworks() throws {
    var cosines: [Double] = []
    for seed in 0..<100 {
      let network = Self.random(.resistive(inputGain: 3), [8], seed: UInt64(seed))
      var learning = EquilibriumPropagation(
        network: network, rate: 1, window: -1e6...1e6, key: StreamKey(seed: 2))
      learning.nudging = 0.1
      (learning.sweeps, learning.nudgedSweeps) = (100, 100)
      let x = Matrix(
        rowCount: 1, columnCount: 5,
        elements: Noise.uniform(5, StreamKey(seed: UInt64(1000 + seed))))
      func change(_ way: EquilibriumPropagation.Gradient) -> [Double] {
        var copy = learning
        copy.gradient = way
        copy.apply(copy.changes(x, labels: [Int32(seed % 3)], step: 0))
        return network.matrices.indices.flatMap { k in
          zip(copy.network.matrices[k].weights, network.matrices[k].weights).map {
            Double($0) - Double($1)
          }
        }
      }
      /// Which hidden units are held, with this nudging.
      func held(_ beta: Float) -> [Bool] {
        let lines = x.elements.withUnsafeBufferPointer {
          network.inputs($0.baseAddress!, samples: 1)
        }
        var states = SettlingStates(network, lines: lines, samples: 1)
        let target = (0..<3).map { Float($0 == seed % 3 ? 1 : 0) }
        network.settle(&states, sweeps: 200, nudge: Nudge(strength: beta, target: target))
        return states.layers[1].map { $0 == 0 }
      }
      guard held(0.1) == held(-0.1) else { continue }
      cosines.append(
        Self.cosine(change(.equilibriumPropagation), change(.backpropagation)).cosine)
    }
    #expect(cosines.count >= 90)
    #expect(cosines.allSatisfy { $0 > 0.999 })
  }

  @Test("the same bits on any number of threads")
  func threads() {
    let network = Self.random(.resistive(inputGain: 3), [300, 200], seed: 5)
    let x = Matrix(
      rowCount: 33, columnCount: 5, elements: Noise.uniform(165, StreamKey(seed: 9)))
    let labels = (0..<33).map { Int32($0 % 3) }
    func trained(_ threads: Int) -> [[Float]] {
      let before = Parallel.threadCount
      Parallel.threadCount = threads
      defer { Parallel.threadCount = before }
      var learning = EquilibriumPropagation(
        network: network, rate: 0.01, window: 0...100, key: StreamKey(seed: 2))
      for step in 0..<3 { learning.apply(learning.changes(x, labels: labels, step: step)) }
      return learning.network.matrices.map(\.weights)
    }
    #expect(trained(1) == trained(2))
    #expect(trained(1) == trained(5))
  }
}
