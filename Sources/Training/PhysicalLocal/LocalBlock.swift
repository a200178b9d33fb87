import Foundation
import LinearAlgebra
import Networks
import Randomness

/// One block of a network that learns by physical local learning: what is fixed at its beginning, which is read once a
/// batch, and what learns behind it.
struct LocalBlock: Sendable {
  /// The layers before the first with weights, such as a fixed crossbar; `nil` where there are none.
  private(set) var fixed: TrainableGraph?
  /// The layers that learn.
  private(set) var learning: TrainableGraph
  /// The fixed direction that goodness is measured along, of unit length.
  let direction: [Float]

  /// The layers of block `range` of a whole network.
  ///
  /// - Parameters:
  ///   - firstSite: how many sites the learning parts of the blocks before have.
  ///   - key: of the block.
  ///   - site: what holds the weights, or the fixed crossbar.
  /// - Throws: `InputError` where layers do not fit, or what `site` throws.
  init(
    _ whole: NetworkDescription, _ range: Range<Int>, source: String, firstSite: Int,
    key: StreamKey, _ site: (ProductSite) throws -> any TrainableSite
  ) throws {
    let first = whole.layers[range].firstIndex(where: \.hasWeights) ?? range.lowerBound
    let cut = try whole.cuts(source: source).last { $0 > range.lowerBound && $0 <= first }
    if let cut {
      fixed = try TrainableGraph(whole.part(range.lowerBound..<cut, source: source), site)
    }
    learning = try TrainableGraph(
      whole.part((cut ?? range.lowerBound)..<range.upperBound, source: source),
      firstSite: firstSite, site)
    let normal = Noise.normal(learning.outputCount, key.child("direction"))
    let length = normal.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-4
    direction = normal.map { $0 / length }
  }

  /// How many sites its learning part has.
  var siteCount: Int { learning.structure.sites.count }
  /// Numbers of a sample at the end.
  var outputCount: Int { learning.outputCount }

  /// What the fixed layers give, samples × numbers.
  mutating func transformed(
    _ x: [Float], samples: Int, isTraining: Bool, key: StreamKey
  ) -> [Float] {
    guard fixed != nil else { return x }
    let pass = TrainingPass(key: key, isTraining: isTraining)
    fixed!.begin(pass, samples: samples)
    return x.withUnsafeBufferPointer { x in
      let end = fixed!.forward(x.baseAddress!, samples: samples, pass)
      return Array(UnsafeBufferPointer(start: end, count: samples * fixed!.outputCount))
    }
  }

  /// Draws the chips of the passes that follow.
  mutating func begin(_ pass: TrainingPass, samples: Int) {
    learning.begin(pass, samples: samples, readsAgain: true)
  }

  /// The values at the end, with noise from `key`; samples × numbers.
  mutating func outputs(
    _ u: [Float], samples: Int, _ pass: TrainingPass, key: StreamKey
  ) -> [Float] {
    learning.newRead(key)
    return u.withUnsafeBufferPointer { u in
      let end = learning.forward(u.baseAddress!, samples: samples, pass)
      return Array(UnsafeBufferPointer(start: end, count: samples * outputCount))
    }
  }

  /// The goodness of every sample: the cosine between |h| and the block's direction.
  func goodness(_ h: [Float], samples: Int) -> [Float] {
    (0..<samples).map { s in
      var (dot, square): (Float, Float) = (0, 0)
      for j in 0..<outputCount {
        let v = h[s * outputCount + j]
        dot += abs(v) * direction[j]
        square += v * v
      }
      return dot / max(square.squareRoot(), 1e-6)
    }
  }

  /// A step on pairs of samples, `pairs` with right labels and as many with wrong ones behind them: makes the mean
  /// ln(1 + e^(−θ(g⁺ − g⁻))) smaller; its value before.
  mutating func descend(
    _ u: [Float], pairs n: Int, sharpness theta: Float, _ pass: TrainingPass, key: StreamKey,
    _ change: SiteChange, optimizer: Optimizer, rate: Float, step: Int
  ) -> Double {
    learning.newRead(key)
    return u.withUnsafeBufferPointer { u in
      let end = learning.forward(u.baseAddress!, samples: 2 * n, pass)
      let h = Array(UnsafeBufferPointer(start: end, count: 2 * n * outputCount))
      var (loss, dh) = gradient(h, pairs: n, sharpness: theta)
      dh.withUnsafeMutableBufferPointer { learning.backward($0.baseAddress!, change) }
      learning.updateOperations(optimizer, rate: rate, step: step)
      return loss
    }
  }

  /// The mean loss of pairs, and its gradient at h.
  private func gradient(
    _ h: [Float], pairs n: Int, sharpness theta: Float
  ) -> (loss: Double, dh: [Float]) {
    let g = goodness(h, samples: 2 * n)
    let width = outputCount
    var dh = [Float](repeating: 0, count: 2 * n * width)
    var loss = 0.0
    for s in 0..<n {
      let z = theta * (g[s] - g[n + s])
      loss += Double(z > 0 ? log1p(exp(-z)) : -z + log1p(exp(z)))
      let slope = -theta / (1 + exp(z)) / Float(n)
      for (row, sign) in [(s, Float(1)), (n + s, -1)] {
        var square: Float = 0
        for j in 0..<width { square += h[row * width + j] * h[row * width + j] }
        let length = max(square.squareRoot(), 1e-6)
        let (a, b) = (sign * slope / length, sign * slope * g[row] / (length * length))
        // dcos/d|h| = ξ/|h| − cos·|h|/|h|², then the sign of h.
        for j in 0..<width {
          let v = h[row * width + j]
          dh[row * width + j] = (v >= 0 ? a : -a) * direction[j] - b * v
        }
      }
    }
    return (loss / Double(n), dh)
  }

  /// Changes the fixed crossbars.
  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    fixed?.perturb(perturbation, key: key)
    learning.perturb(perturbation, key: key)
  }

  mutating func visit(_ visitor: inout SavedState) {
    fixed?.visit(&visitor)
    learning.visit(&visitor)
  }

  /// The layers with their weights.
  func exported() -> NetworkDescription {
    guard var result = fixed?.exported() else { return learning.exported() }
    result.append(learning.exported())
    return result
  }
}
