import Foundation
import NumericalMethods
import Randomness
import Testing

@Suite struct NonlinearFitTests {
  static func decay(_ noise: [Float], sigma: Double) -> [Double] {
    noise.enumerated().map { 3 * exp(-Double($0) / 40) + 0.5 + sigma * Double($1) }
  }

  @Test("standard errors cover the truth as often as they say")
  func coverage() throws {
    var score = [0.0, 0, 0]
    let runs = 200
    for run in 0..<runs {
      let data = Self.decay(Noise.normal(150, StreamKey(seed: 1).child(run)), sigma: 0.05)
      let fit = try NonlinearFit(from: [1, 0.1, 0], count: data.count) { p, out in
        for i in data.indices { out[i] = data[i] - (p[0] * exp(-p[1] * Double(i)) + p[2]) }
      }
      #expect(fit.undetermined.isEmpty)
      for (k, truth) in [3, 1 / 40.0, 0.5].enumerated() {
        let z = (fit.values[k] - truth) / fit.standardErrors[k]
        score[k] += z * z
      }
      #expect(abs(fit.residualDeviation / 0.05 - 1) < 0.3)
    }
    // Σz² is χ² with 200 degrees of freedom; both tails at 1e-4.
    for s in score {
      #expect(Distribution.chiSquareTail(s, degrees: Double(runs)) > 1e-4)
      #expect(Distribution.chiSquareTail(s, degrees: Double(runs)) < 1 - 1e-4)
    }
  }

  @Test("parameters that only count as a product, or not at all, are told")
  func undetermined() throws {
    let data = Self.decay(Noise.normal(150, StreamKey(seed: 2)), sigma: 0.01)
    let fit = try NonlinearFit(from: [1, 2, 0.1, 0.3, 7], count: data.count) { p, out in
      for i in data.indices { out[i] = data[i] - (p[0] * p[1] * exp(-p[2] * Double(i)) + p[3]) }
    }
    #expect(fit.undetermined == [0, 1, 4])
    #expect(fit.standardErrors[4] == .infinity)
    #expect(abs(fit.values[0] * fit.values[1] - 3) < 0.02)
  }

  @Test("too few values, or a start that is not finite, is a failure told in a sentence")
  func failures() {
    #expect(throws: NumericalFailure.self) {
      try NonlinearFit(from: [1, 2], count: 2) { _, out in out.update(repeating: 0) }
    }
    #expect(throws: NumericalFailure.self) {
      try NonlinearFit(from: [1], count: 5) { _, out in out.update(repeating: .nan) }
    }
  }
}
