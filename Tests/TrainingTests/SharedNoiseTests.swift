import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct SharedNoiseTests {
  /// Covariances over many passes of what a batch and its errors see of the noise on weights, beside
  /// those of a drawn matrix N: X·N has σ²·xₛ·xₜ, D·Nᵀ has σ²·dₛ·dₜ, the two of them σ²·xₛᵢ·dₜⱼ.
  @Test(
    "noise that is never drawn as a matrix has the joint distribution of one", arguments: [0, 1])
  func distribution(dependent: Int) {
    let (samples, inputs, outputs, draws) = (3, 40, 50, 6000)
    var settings = HardwareSettings()
    settings.additive = 0.25
    var x = Noise.normal(samples * inputs, StreamKey(seed: 1))
    // The last sample may be twice the first one.
    if dependent == 1 { for i in 0..<inputs { x[2 * inputs + i] = 2 * x[i] } }
    let d = Noise.normal(samples * outputs, StreamKey(seed: 2))
    // One weight of 1 makes the unit; the others are 0, so that what comes out is noise.
    var w = Matrix<Float>(rowCount: inputs, columnCount: outputs)
    w[inputs - 1, outputs - 1] = 1
    var product = DigitalSite(w).on(settings)
    // Numbers of output 4 and 5, and of input 7 and 8, for every sample.
    let width = 4 * samples
    var sums = [Double](repeating: 0, count: width * width)
    for k in 0..<draws {
      var (z, dz) = ([Float](repeating: 0, count: samples * outputs), d)
      var dx = x
      product.begin(
        TrainingPass(key: StreamKey(seed: 7).child(k), isTraining: true), samples: samples)
      product.forward(x, samples: samples, into: &z)
      product.backward(x: x, dz: &dz, samples: samples, dx: &dx)
      var seen: [Float] = []
      for s in 0..<samples { seen += z[s * outputs + 4...s * outputs + 5] }
      for s in 0..<samples { seen += dx[s * inputs + 7...s * inputs + 8] }
      for a in 0..<width {
        for b in 0..<width { sums[a * width + b] += Double(seen[a]) * Double(seen[b]) }
      }
    }
    func dot(_ v: [Float], _ s: Int, _ t: Int, _ n: Int) -> Double {
      var sum = 0.0
      for i in 0..<n { sum += Double(v[s * n + i]) * Double(v[t * n + i]) }
      return sum
    }
    /// The covariance of two numbers of a pass.
    func expected(_ a: Int, _ b: Int) -> Double {
      let variance = 0.25 * 0.25
      let (isBack, otherIsBack) = (a >= 2 * samples, b >= 2 * samples)
      let (s, t) = (a / 2 % samples, b / 2 % samples)
      switch (isBack, otherIsBack) {
      case (false, false): return a % 2 == b % 2 ? variance * dot(x, s, t, inputs) : 0
      case (true, true): return a % 2 == b % 2 ? variance * dot(d, s, t, outputs) : 0
      case (false, true):
        let (input, error) = (x[s * inputs + 7 + b % 2], d[t * outputs + 4 + a % 2])
        return variance * Double(input) * Double(error)
      case (true, false): return expected(b, a)
      }
    }
    for a in 0..<width {
      for b in 0...a {
        let found = sums[a * width + b] / Double(draws)
        // A covariance of normal numbers is known to √((Caa·Cbb + Cab²)/draws); five of these.
        let wanted: Double = expected(a, b)
        let variance: Double = expected(a, a) * expected(b, b) + wanted * wanted
        let spread = (variance / Double(draws)).squareRoot()
        #expect(abs(found - wanted) < 5 * spread, "\(a) \(b)")
      }
    }
  }

  @Test("a vanished input or error meets no noise")
  func zero() {
    let (samples, inputs, outputs) = (2, 40, 50)
    var settings = HardwareSettings()
    settings.additive = 0.25
    var product = DigitalSite(
      Matrix<Float>(rowCount: inputs, columnCount: outputs, repeating: 1)
    ).on(settings)
    let x = [Float](repeating: 0, count: samples * inputs)
    var z = [Float](repeating: 1, count: samples * outputs)
    product.begin(TrainingPass(key: StreamKey(seed: 7), isTraining: true), samples: samples)
    product.forward(x, samples: samples, into: &z)
    #expect(z.allSatisfy { $0 == 0 })
    var dz = z
    var dx = x
    product.backward(x: x, dz: &dz, samples: samples, dx: &dx)
    #expect(dx.allSatisfy { $0 == 0 })
  }
}
