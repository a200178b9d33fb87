import Foundation
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

/// Laws of plasticity: what spikes ask of weights, against closed forms and counts.
@Suite struct PlasticityTests {
  /// What a law asks of weights for spikes before (steps × inputs) and behind (steps × outputs).
  static func change(
    _ law: any PlasticityLaw, _ pre: [[Float]], _ post: [[Float]], isDelayed: Bool = false,
    depression: [Float]? = nil
  ) -> Matrix<Float> {
    var requests = UpdateRequests(inputs: pre[0].count, outputs: post[0].count)
    let (pre, post) = (pre, post)
    let (x, z) = (pre.flatMap { $0 }, post.flatMap { $0 })
    x.withUnsafeBufferPointer { x in
      z.withUnsafeBufferPointer { z in
        var activity = SiteActivity(
          steps: pre.count, inputs: pre[0].count, outputs: post[0].count, pre: x.baseAddress!,
          isDelayed: isDelayed, post: z.baseAddress!, units: IntegrateAndFire())
        activity.depression = depression
        law.add(activity, to: &requests)
      }
    }
    return requests.sum()
  }

  /// One line that fires in these steps.
  static func train(_ places: [Int], steps: Int) -> [[Float]] {
    (0..<steps).map { [places.contains($0) ? 1 : 0] }
  }

  /// Random spikes of some lines.
  static func random(_ steps: Int, _ lines: Int, seed: UInt64) -> [[Float]] {
    let draws = Noise.uniform(steps * lines, StreamKey(seed: seed))
    return (0..<steps).map { t in (0..<lines).map { draws[t * lines + $0] < 0.2 ? 1 : 0 } }
  }

  @Test(
    "a pair changes a weight by its order and by e^(−|Δ|/τ)", arguments: [-12, -3, -1, 0, 1, 7])
  func sign(delta: Int) {
    let law = PairLaw(potentiation: 0.2, depression: 0.3, times: (4, 6))
    let change = Self.change(
      law, Self.train([15], steps: 30), Self.train([15 + delta], steps: 30))
    let expected =
      delta >= 0 ? 0.2 * exp(-Double(delta) / 4) : -0.3 * exp(Double(delta) / 6)
    #expect(abs(Double(change[0, 0]) - expected) < 1e-7)
  }

  @Test(
    "traces add up over all pairs as the closed form says, in lines from unit to unit one step later"
  )
  func allPairs() {
    let law = PairLaw(potentiation: 0.2, depression: 0.3, times: (5, 3))
    let (pre, post) = (Self.random(60, 3, seed: 1), Self.random(60, 4, seed: 2))
    for delay in [0, 1] {
      let found = Self.change(law, pre, post, isDelayed: delay == 1)
      for i in 0..<3 {
        for j in 0..<4 {
          var sum = 0.0
          for a in 0..<60 where pre[a][i] > 0 && a + delay < 60 {
            for b in 0..<60 where post[b][j] > 0 {
              let delta = Double(b - a - delay)
              sum += delta >= 0 ? 0.2 * exp(-delta / 5) : -0.3 * exp(delta / 3)
            }
          }
          #expect(abs(Double(found[i, j]) - sum) < 2e-5)
        }
      }
    }
  }

  @Test("a factor on depression acts on pairs of the other order alone")
  func depression() {
    let law = PairLaw(potentiation: 0.2, depression: 0.3, times: (5, 5))
    let factor = (0..<20).map { Float($0) / 10 }
    func change(_ a: Int, _ b: Int, _ depression: [Float]?) -> Float {
      Self.change(
        law, Self.train([a], steps: 20), Self.train([b], steps: 20), depression: depression)[0, 0]
    }
    #expect(change(3, 8, factor) == change(3, 8, nil))
    #expect(abs(change(8, 3, factor) - 0.8 * change(8, 3, nil)) < 1e-7)
  }

  @Test("rectangular windows: one step for any number of spikes within them, nothing outside")
  func windows() {
    let law = RectangularLaw(potentiation: 0.5, depression: 0.25, windows: (4, 3))
    for delta in -8...8 {
      let change = Self.change(
        law, Self.train([10], steps: 24), Self.train([10 + delta], steps: 24))[0, 0]
      let expected: Float = (0..<4).contains(delta) ? 0.5 : (-3..<0).contains(delta) ? -0.25 : 0
      #expect(change == expected, "\(delta)")
    }
    #expect(
      Self.change(law, Self.train([7, 8, 10], steps: 24), Self.train([10], steps: 24))[0, 0] == 0.5)
  }

  @Test("half-select pulses change a cell in the max(0, W − |Δ|) steps in which they overlap")
  func overlap() {
    for width in [1, 3, 6] {
      let law = OverlapLaw(amplitude: 1, width: width)
      for delta in -9...9 {
        let change = Self.change(
          law, Self.train([15], steps: 40), Self.train([15 + delta], steps: 40))[0, 0]
        #expect(change == Float(max(0, width - abs(delta))))
      }
    }
    // The tail of the opposite polarity lowers a cell whose input fires behind the pulse of the output.
    let law = OverlapLaw(amplitude: 1, width: 2, tail: 5)
    #expect(Self.change(law, Self.train([14], steps: 40), Self.train([10], steps: 40))[0, 0] == -2)
    #expect(Self.change(law, Self.train([11], steps: 40), Self.train([10], steps: 40))[0, 0] == 0)
  }

  @Test("the symmetric law raises a weight by pairs in either order alike")
  func symmetric() {
    let law = SymmetricLaw(potentiation: 0.1, time: 5)
    for delta in 1...6 {
      let up = Self.change(
        law, Self.train([10], steps: 30), Self.train([10 + delta], steps: 30))[0, 0]
      let down = Self.change(
        law, Self.train([10 + delta], steps: 30), Self.train([10], steps: 30))[0, 0]
      #expect(abs(up - down) < 1e-7 && abs(Double(up) - 0.1 * exp(-Double(delta) / 5)) < 1e-7)
    }
  }

  @Test("without spikes on one side no law asks for anything")
  func silent() {
    let laws: [any PlasticityLaw] = [
      PairLaw(potentiation: 0.2, depression: 0.3, times: (5, 3)),
      RectangularLaw(potentiation: 0.5, depression: 0.25, windows: (4, 3)),
      OverlapLaw(amplitude: 1, width: 4, tail: 3), SymmetricLaw(potentiation: 0.1, time: 5),
      ThreeFactorLaw(),
    ]
    let (none, some) = (
      Array(repeating: [Float](repeating: 0, count: 3), count: 40), Self.random(40, 3, seed: 4)
    )
    for law in laws {
      #expect(Self.change(law, none, some).elements.allSatisfy { $0 == 0 })
      #expect(Self.change(law, some, none).elements.allSatisfy { $0 == 0 })
    }
    // Two spikes do: the laws above are not silent by themselves.
    for law in laws.dropLast() {
      #expect(Self.change(law, some, some).elements.contains { $0 != 0 })
    }
  }

  @Test(
    "scaling brings every sum to its value and keeps the proportions",
    arguments: SynapticScaling.Side.allCases)
  func scaling(side: SynapticScaling.Side) {
    let (inputs, outputs) = (7, 4)
    var weights = Noise.uniform(inputs * outputs, StreamKey(seed: 3))
    let before = weights
    let change = SynapticScaling(sum: 2.5, side: side).requests(
      weights, inputs: inputs, outputs: outputs
    ).sum()
    for j in 0..<outputs {
      for i in 0..<inputs { weights[j * inputs + i] += change[i, j] }
    }
    let lines = side == .inputs ? outputs : inputs
    for line in 0..<lines {
      let places =
        side == .inputs
        ? (0..<inputs).map { line * inputs + $0 } : (0..<outputs).map { $0 * inputs + line }
      #expect(abs(places.reduce(0) { $0 + weights[$1] } - 2.5) < 1e-5)
      let ratio = weights[places[0]] / before[places[0]]
      #expect(places.allSatisfy { abs(weights[$0] / before[$0] - ratio) < 1e-4 })
    }
  }

  @Test("thresholds rise by their spikes, less the higher they are, as the published form does")
  func thresholds() {
    // θ begins at 20, and every spike adds 0.07·10/|θ − 10|.
    var theta = 20.0
    for _ in 0..<400 { theta += 0.7 / abs(theta - 10) }
    var own: [Float] = [0, 0]
    let spikes: [Float] = (0..<400).flatMap { _ in [Float](arrayLiteral: 1, 0) }
    spikes.withUnsafeBufferPointer {
      ThresholdAdaptation(step: 0.07, softening: 10).adapt(
        &own, $0.baseAddress!, samples: 1, steps: 400)
    }
    #expect(abs(Double(own[0]) - (theta - 20)) < 1e-3 && own[1] == 0)
  }

  @Test(
    "the astrocyte rests at 1, rises with activity beyond that of the inputs, and never is below 0")
  func astrocyte() {
    func follow(_ layer: Float, _ input: Float, weight: Float) -> Float {
      var cell = Astrocyte(weight: weight, time: 10)
      let (a, b) = ([Float](repeating: layer, count: 300), [Float](repeating: input, count: 300))
      return a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          cell.follow(
            layer: a.baseAddress!, units: 1, input: b.baseAddress!, inputs: 1, steps: 300)
        }
      }.last!
    }
    #expect(follow(1, 1, weight: 0.5) == 1)
    #expect(abs(follow(1, 0, weight: 0.5) - 1.5) < 1e-4)
    #expect(abs(follow(0, 1, weight: 0.5) - 0.5) < 1e-4)
    #expect(follow(0, 1, weight: 5) == 0)
  }

  @Test("activity that doubles branches by 2, steady activity by 1, and silence by nothing")
  func branching() {
    func factor(_ counts: [Int]) -> Double? {
      var result = BranchingFactor()
      let spikes: [Float] = counts.flatMap { n in (0..<16).map { $0 < n ? 1 : 0 } }
      spikes.withUnsafeBufferPointer {
        result.add($0.baseAddress!, units: 16, steps: counts.count)
      }
      return result.value
    }
    #expect(factor([1, 2, 4, 8, 16]) == 2)
    #expect(factor([5, 5, 5]) == 1)
    #expect(factor([8, 4, 2]) == 0.5)
    #expect(factor([0, 0, 0]) == nil)
  }
}
