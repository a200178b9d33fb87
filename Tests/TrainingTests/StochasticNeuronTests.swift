import DeviceModels
import Foundation
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import StrictYAML
import Testing
import Training

@Suite struct StochasticNeuronTests {
  /// One unit, loss L1 where it fires and L0 where it does not.
  static func estimates(
    _ estimator: StochasticEstimator, a: Float, loss1: Float, loss0: Float, batches: Int
  ) -> [Double] {
    var neurons = StochasticNeurons(units: 1, estimator: estimator)
    let samples = 64
    let pre = [Float](repeating: a, count: samples)
    var all: [Double] = []
    for k in 0..<batches {
      let h = neurons.fire(pre, key: StreamKey(seed: 21).child(k))
      let losses = h.map { $0 > 0 ? loss1 : loss0 }
      let dh = [Float](repeating: (loss1 - loss0) / Float(samples), count: samples)
      let g = neurons.gradient(pre, outputs: h, dh: dh, losses: losses)
      all.append(Double(g.reduce(0, +)))
    }
    return all
  }

  @Test("with the best baseline the unbiased estimate has no variance", arguments: [-1, 0, 1.5])
  func zeroVariance(a: Float) {
    // L̄* = (1−p)·L1 + p·L0 makes both outcomes give p(1−p)(L1−L0).
    let (loss1, loss0): (Float, Float) = (2, 0.5)
    let p = 1 / (1 + exp(-Double(a)))
    let exact = p * (1 - p) * Double(loss1 - loss0)
    let late = Self.estimates(.reinforce, a: a, loss1: loss1, loss0: loss0, batches: 600).suffix(
      300)
    let statistics = SampleStatistics(Array(late))
    #expect(abs(statistics.mean - exact) < 0.01 * exact)
    // Without a baseline the deviation of a batch of 64 is about |L|·√(p(1−p))/8, some 0.1.
    #expect(statistics.deviation < 0.05 * exact)
  }

  @Test("stochastic times smooth has the mean of the sigmoid")
  func smoothMean() {
    let neurons = StochasticNeurons(units: 1, estimator: .stochasticTimesSmooth)
    for a: Float in [-2, 0, 2] {
      let n = 100_000
      let h = neurons.fire(Array(repeating: a, count: n), key: StreamKey(seed: 4))
      let p = Double(1 / (1 + exp(-a)))
      let mean = Double(h.reduce(0, +)) / Double(n)
      // Var h = p^(3/2)·(1 − √p): five deviations.
      let deviation = (p * p.squareRoot() * (1 - p.squareRoot()) / Double(n)).squareRoot()
      #expect(abs(mean - p) < 5 * deviation)
    }
  }

  @Test("binary neurons fire as often as the switching law says")
  func rate() {
    let neurons = StochasticNeurons(units: 1, estimator: .straightThrough(derivative: false))
    let n = 100_000
    for a: Float in [-1, 0.3, 2] {
      let fired = neurons.fire(Array(repeating: a, count: n), key: StreamKey(seed: 5)).reduce(0, +)
      let p = Double(1 / (1 + exp(-a)))
      #expect(abs(Double(fired) - Double(n) * p) < 5 * (Double(n) * p * (1 - p)).squareRoot())
    }
  }

  @Test("straight-through with the derivative is unbiased for a loss linear in h")
  func straightThrough() {
    let p = 1 / (1 + exp(-0.7))
    let estimate = Self.estimates(
      .straightThrough(derivative: true), a: 0.7, loss1: 3, loss0: 1, batches: 1)
    #expect(abs(estimate[0] - p * (1 - p) * 2) < 1e-5)
  }

  static let devices = ["ag-filament", "oxide-filament-lognormal", "cofeb-neel-brown"]

  @Test(
    "a device fires as its switching law says, with the logistic slope in the middle",
    arguments: devices)
  func deviceLaw(name: String) throws {
    let switching = try #require(try DeviceFile(named: name).switching)
    let law = try FiringLaw(switching, width: Seconds(1e-5))
    #expect(abs(law.probability(0) - 0.5) < 1e-6 && abs(law.slope(0) - 0.25) < 1e-4)
    for k in -40...40 {
      let a = 0.1 * Float(k) + 0.033
      let exact = switching.probability(height: law.middle + law.unit * Double(a), width: 1e-5)
      #expect(abs(Double(law.probability(a)) - exact) < 2e-6)
      let slope = (law.probability(a + 0.01) - law.probability(a - 0.01)) / 0.02
      #expect(abs(slope - law.slope(a)) < 2e-4)
    }
    var neurons = StochasticNeurons(
      units: 1, estimator: .straightThrough(derivative: false), law: law)
    let n = 100_000
    let fired = neurons.fire(Array(repeating: 0.8, count: n), key: StreamKey(seed: 6)).reduce(0, +)
    let p = Double(law.probability(0.8))
    #expect(abs(Double(fired) - Double(n) * p) < 5 * (Double(n) * p * (1 - p)).squareRoot())
    // The unbiased estimate of a device with another law than the logistic one.
    neurons = StochasticNeurons(units: 1, estimator: .reinforce, law: law)
    var late: [Double] = []
    for k in 0..<600 {
      let pre = [Float](repeating: 0.8, count: 64)
      let h = neurons.fire(pre, key: StreamKey(seed: 22).child(k))
      let g = neurons.gradient(pre, outputs: h, dh: h, losses: h.map { 0.5 + 1.5 * $0 })
      if k >= 300 { late.append(Double(g.reduce(0, +))) }
    }
    let exact = 1.5 * Double(law.slope(0.8))
    let statistics = SampleStatistics(late)
    #expect(abs(statistics.mean - exact) < 0.01 * exact && statistics.deviation < 0.05 * exact)
  }

  @Test("a cell that breaks down for good cannot be a neuron")
  func breakdown() throws {
    let switching = try #require(try DeviceFile(named: "taox-breakdown").switching)
    #expect(throws: NumericalFailure.self) { try FiringLaw(switching, width: Seconds(1e-6)) }
  }

  @Test("gates learn to stay shut as often as they are asked to, and the network learns")
  func gates() throws {
    func rule(target: Double) throws -> (share: Double, right: Int) {
      let root = try StrictFile(
        text: """
          rule: {name: stochastic, estimator: straight-through-derivative, gates: 10, firing-target: \(target), firing-pull: 20}
          network: {hidden: [40]}
          optimizer: {name: adam, rate: 0.005}
          """, source: "gates"
      ).root
      var rule = try StochasticRule(
        TrainingSetup(
          root: root, inputShape: [50], classCount: 10, batch: 100, stepsPerEpoch: 5, epochs: 80,
          key: StreamKey(seed: 8)))
      let (x, labels) = ForwardForwardTests.task(500, seed: 1)
      for step in 0..<400 {
        let rows = step % 5 * 100..<(step % 5 + 1) * 100
        _ = rule.step(
          TrainingBatch(
            x: x.block(rows: rows, columns: 0..<50), labels: Array(labels[rows]), step: step))
      }
      let (test, truth) = ForwardForwardTests.task(500, seed: 2)
      let scores = rule.outputs(test, readout: 1, key: StreamKey(seed: 9))
      let right = (0..<500).count { s in
        (0..<10).allSatisfy { scores[s, $0] <= scores[s, Int(truth[s])] }
      }
      return (try #require(rule.report().first).value, right)
    }
    let (few, half) = (try rule(target: 0.15), try rule(target: 0.5))
    #expect(abs(few.share - 15) < 5 && abs(half.share - 50) < 5, "\(few.share), \(half.share) %")
    #expect(few.right > 400 && half.right > 450, "\(few.right), \(half.right) of 500")
  }
}
