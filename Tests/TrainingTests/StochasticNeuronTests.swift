import Foundation
import NumericalMethods
import Randomness
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
}
