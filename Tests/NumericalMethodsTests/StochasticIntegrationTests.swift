import Foundation
import NumericalMethods
import Randomness
import Testing

/// dx = μ x dt + σ x dW.
private struct GeometricBrownianMotion: StochasticSystem {
  var mu: Double
  var sigma: Double
  var dimension: Int { 1 }
  var noiseCount: Int { 1 }
  func drift(_ t: Double, _ x: UnsafePointer<Double>, into a: UnsafeMutablePointer<Double>) {
    a[0] = mu * x[0]
  }
  func diffusion(_ t: Double, _ x: UnsafePointer<Double>, into b: UnsafeMutablePointer<Double>) {
    b[0] = sigma * x[0]
  }
  func diffusionSlope(
    _ t: Double, _ x: UnsafePointer<Double>, into s: UnsafeMutablePointer<Double>
  ) { s[0] = sigma }
}

@Suite struct StochasticIntegrationTests {
  private let system = GeometricBrownianMotion(mu: 1.5, sigma: 0.6)

  /// The mean of |x − exact| and of x − exact at t = 1 over `paths` paths of `2^level` steps; every
  /// level sees the same Wiener processes, and every method its own calculus's exact solution.
  private func errors(_ method: StochasticMethod, level: Int, paths: Int) -> (Double, Double) {
    let finest = 1 << 8
    let count = 1 << level
    var strong = 0.0
    var weak = 0.0
    for path in 0..<paths {
      let generator = GSLGenerator(StreamKey(seed: 11).child(path))
      let fine = (0..<finest).map { _ in generator.normal() / Double(finest).squareRoot() }
      var integrator = StochasticIntegrator(system, method: method, state: [1])
      let group = finest / count
      var total = 0.0
      for step in 0..<count {
        let dW = fine[step * group..<(step + 1) * group].reduce(0, +)
        total += dW
        integrator.step(1 / Double(count), increments: [dW])
      }
      let correction = method == .heun ? 0 : 0.5 * system.sigma * system.sigma
      let exact = exp(system.mu - correction + system.sigma * total)
      strong += abs(integrator.state[0] - exact)
      weak += integrator.state[0] - exact
    }
    return (strong / Double(paths), abs(weak) / Double(paths))
  }

  // Least squares of log2(error) against the level: the order. 2,000 paths leave its standard error
  // below 0.05 for each of these.
  private func orders(_ method: StochasticMethod) -> (strong: Double, weak: Double) {
    let levels = [4, 5, 6, 7]
    let all = levels.map { errors(method, level: $0, paths: 2000) }
    func slope(_ y: [Double]) -> Double {
      let x = levels.map(Double.init)
      let mx = x.reduce(0, +) / 4
      let my = y.reduce(0, +) / 4
      let xy = zip(x, y).map { ($0 - mx) * ($1 - my) }.reduce(0, +)
      return -xy / x.map { ($0 - mx) * ($0 - mx) }.reduce(0, +)
    }
    return (slope(all.map { log2($0.0) }), slope(all.map { log2($0.1) }))
  }

  @Test("Euler and Maruyama's method has strong order 1/2 and weak order 1")
  func euler() {
    let order = orders(.eulerMaruyama)
    // The drift's own error of order 1 lifts the measured strong order at coarse steps.
    #expect(order.strong > 0.4 && order.strong < 0.9, "\(order)")
    #expect(abs(order.weak - 1) < 0.25, "\(order)")
  }

  @Test("Milstein's method has strong order 1 and weak order 1")
  func milstein() {
    let order = orders(.milstein)
    #expect(abs(order.strong - 1) < 0.15 && abs(order.weak - 1) < 0.25, "\(order)")
  }

  @Test("Heun's method converges to Stratonovich's solution with strong order 1")
  func heun() {
    let order = orders(.heun)
    #expect(abs(order.strong - 1) < 0.3, "\(order)")
  }

  @Test("without noise Euler and Maruyama's method is Euler's")
  func noNoise() {
    let still = GeometricBrownianMotion(mu: -1, sigma: 0)
    var integrator = StochasticIntegrator(still, method: .eulerMaruyama, state: [1])
    integrator.run(steps: 10, of: 0.1, GSLGenerator(StreamKey(seed: 1)))
    #expect(abs(integrator.state[0] - pow(0.9, 10)) < 1e-15)
    #expect(abs(integrator.time - 1) < 1e-12)
  }
}
