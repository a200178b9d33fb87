import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import TestSupport
import Testing

@Suite struct ReadFluctuationTests {
  private let key = StreamKey(seed: 7).child("noise")

  @Test("telegraph noise dwells exponentially in both states")
  func dwell() {
    let noise = RandomTelegraphNoise(captureTime: 2e-3, emissionTime: 5e-4, amplitude: 1)
    let (first, times) = noise.jumps(until: 10, key)
    var captured = first
    var dwells: [Bool: [Double]] = [true: [], false: []]
    for (a, b) in zip(times, times.dropFirst()) {
      captured.toggle()
      dwells[captured]!.append(b - a)
    }
    #expect(dwells[false]!.count > 3000)
    #expect(kolmogorovSmirnov(dwells[false]!) { -expm1(-$0 / 2e-3) } > 1e-3)
    #expect(kolmogorovSmirnov(dwells[true]!) { -expm1(-$0 / 5e-4) } > 1e-3)
  }

  @Test("sampled telegraph noise has its occupancy and its transition probabilities, by chi-square")
  func sampled() {
    let noise = RandomTelegraphNoise(captureTime: 1e-3, emissionTime: 3e-3, amplitude: 2)
    let step = 0.4e-3
    let values = noise.values(at: (0..<20_000).map { Double($0) * step }, key)
    var counts = [[0.0, 0], [0, 0]]
    for (a, b) in zip(values, values.dropFirst()) { counts[a > 0 ? 1 : 0][b > 0 ? 1 : 0] += 1 }
    let kept = exp(-step * (1 / 1e-3 + 1 / 3e-3))
    var square = 0.0
    for a in 0...1 {
      let total = counts[a][0] + counts[a][1]
      let up = 0.75 + (Double(a) - 0.75) * kept
      for (observed, expected) in [(counts[a][1], total * up), (counts[a][0], total * (1 - up))] {
        square += (observed - expected) * (observed - expected) / expected
      }
    }
    #expect(Distribution.chiSquareTail(square, degrees: 2) > 1e-3)
    #expect(Set(values) == [0, 2])
  }

  @Test("the telegraph spectrum integrates to the variance")
  func spectrum() {
    let noise = RandomTelegraphNoise(captureTime: 1e-3, emissionTime: 3e-3, amplitude: 2)
    // Substituting f = f_c·tan φ makes the integrand constant.
    let corner = (1 / 1e-3 + 1 / 3e-3) / (2 * .pi)
    let integral = GaussLegendre(20).integral(from: 0, to: .pi / 2) { angle in
      noise.spectrum(corner * tan(angle)) * corner / (cos(angle) * cos(angle))
    }
    #expect(abs(integral - 4 * 0.75 * 0.25) < 1e-9)
  }

  @Test("superposed Lorentzians are 1/f within their band")
  func flickerSpectrum() {
    let noise = FlickerNoise(level: 1e-14, lowest: 1e-2, highest: 1e6)
    for exponent in stride(from: 0.0, through: 4, by: 0.25) {
      let f = pow(10, exponent)
      #expect(abs(noise.spectrum(f) * f / 1e-14 - 1) < 0.02, "\(f) Hz")
    }
    #expect(noise.spectrum(1e9) * 1e9 < 1e-16)
  }

  @Test("1/f noise is normal with its variance and its covariance")
  func flickerValues() {
    let noise = FlickerNoise(level: 1, lowest: 1, highest: 1e4)
    let sigma = noise.totalVariance.squareRoot()
    let pairs = (0..<4000).map { noise.values(at: [0, 1e-3], key.child($0)) }
    #expect(kolmogorovSmirnov(pairs.map { $0[0] }) { Distribution.normal($0 / sigma) } > 1e-3)
    #expect(kolmogorovSmirnov(pairs.map { $0[1] }) { Distribution.normal($0 / sigma) } > 1e-3)
    let spread = (2 * (noise.totalVariance - noise.covariance(1e-3))).squareRoot()
    let steps = pairs.map { $0[1] - $0[0] }
    #expect(kolmogorovSmirnov(steps) { Distribution.normal($0 / spread) } > 1e-3)
  }

  @Test("parameter spreads have their distributions", arguments: ParameterSpread.Form.allCases)
  func spreads(form: ParameterSpread.Form) {
    let spread = ParameterSpread(form, deviation: 0.2, reach: 1.5)
    let values = (0..<3000).map { spread.draw(around: 4, within: -100...100, key.child($0)) }
    let p = kolmogorovSmirnov(values) { x in
      let z = (x - 4) / 0.8
      switch form {
      case .normal: return Distribution.normal(z)
      case .logNormal: return Distribution.normal(log(x / 4) / log(1.04).squareRoot())
      case .truncated:
        let low = Distribution.normal(-1.5)
        return min(1, max(0, (Distribution.normal(z) - low) / (1 - 2 * low)))
      case .uniform: return min(1, max(0, 0.5 + z / (2 * 3.0.squareRoot())))
      }
    }
    #expect(p > 1e-3, "\(form): \(p)")
    if form == .truncated { #expect(values.allSatisfy { abs($0 - 4) <= 1.2 + 1e-12 }) }
  }

  @Test("correlated spreads have the correlation they were given")
  func correlated() throws {
    let spread = try CorrelatedSpread(
      [ParameterSpread(.normal, deviation: 0.1), ParameterSpread(.normal, deviation: 0.3)],
      correlation: [1, -0.6, -0.6, 1])
    let draws = (0..<5000).map { spread.draw(around: [1, 1], key.child($0)) }
    var sum = 0.0
    for d in draws { sum += (d[0] - 1) / 0.1 * (d[1] - 1) / 0.3 }
    // The product's deviation is √(1 + ρ²) = 1.17; four standard errors.
    #expect(abs(sum / 5000 + 0.6) < 4 * 1.17 / 5000.0.squareRoot())
    #expect(throws: NumericalFailure.self) {
      _ = try CorrelatedSpread(
        [ParameterSpread(.normal, deviation: 1), ParameterSpread(.normal, deviation: 1)],
        correlation: [1, 1.2, 1.2, 1])
    }
  }
}
