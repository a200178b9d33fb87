import Foundation
import LinearAlgebra
import Networks
import Randomness

/// Physical local learning: every block learns by itself from right and wrong labels written into its
/// input; no derivative crosses the physics, and no model of it is needed.
///
/// Momeni et al., Science 382, 1297 (2023), doi 10.1126/science.adi8474. Goodness is the cosine
/// between |h| and a fixed random direction; a block makes mean ln(1 + e^(−θ(g⁺ − g⁻))) small by Adam,
/// several steps on a batch before the next block gets its outputs.
public struct PhysicalLocalLearning: Sendable {
  /// Where the label stands in the input.
  public enum Overlay: String, Sendable, CaseIterable {
    /// In numbers put before the sample's own, one a class.
    case prepend
    /// In place of the sample's first numbers, one a class.
    case replace
  }

  /// Numbers that the rule takes.
  public struct Settings: Sendable, Hashable {
    /// θ: how sharply goodness is told apart.
    public var sharpness: Float = 4
    /// Adam's rate.
    public var rate: Float = 5e-4
    /// Steps of a block on every batch.
    public var innerSteps = 10
    /// Where the label stands.
    public var overlay = Overlay.prepend

    /// The figures published for the acoustic system.
    public init() {}
  }

  /// Its settings.
  public let settings: Settings
  /// How many classes.
  public let classCount: Int
  private(set) var blocks: [PhysicalBlock]
  let key: StreamKey
  private(set) var steps = 0
  /// How many batches were learnt.
  private(set) var batchCount = 0

  /// A network of blocks of `width` outputs each.
  ///
  /// - Parameters:
  ///   - physics: makes the physics of a block from its inputs, outputs and key.
  ///   - skips: whether inputs also go round the physics.
  public init(
    inputs: Int, width: Int, blockCount: Int, classes: Int, skips: Bool, settings: Settings,
    key: StreamKey, physics: (Int, Int, StreamKey) -> BlockPhysics
  ) {
    precondition(inputs > 0 && width > 0 && blockCount > 0 && classes > 0, "sizes above 0")
    self.settings = settings
    self.key = key
    classCount = classes
    let first = settings.overlay == .prepend ? inputs + classes : inputs
    precondition(first >= classes, "room for the label")
    blocks = (0..<blockCount).map { k in
      let entering = k == 0 ? first : width
      let place = key.child("block").child(k)
      return PhysicalBlock(
        physics: physics(entering, width, place.child("physics")), inputs: entering,
        outputs: width, skips: skips, key: place)
    }
  }

  /// Puts the maps onto arrays.
  mutating func place(on design: MapArrayDesign) {
    for k in blocks.indices {
      blocks[k].array = design.array(
        inputs: blocks[k].width, outputs: blocks[k].outputCount, weights: blocks[k].weights.values,
        key: key.child("map").child(k))
    }
  }

  /// Pulses that the maps' devices got; `nil` where they are not pulsed.
  var pulseCount: Double? {
    let pulses = blocks.compactMap { block -> Double? in
      if case .pulsed(let cells, _) = block.array { return cells.pulseCount }
      return nil
    }
    return pulses.isEmpty ? nil : pulses.reduce(0, +)
  }

  /// Samples with a label each written into them.
  func overlaid(_ x: Matrix<Float>, _ labels: [Int]) -> [Float] {
    let n = x.rowCount
    let extra = settings.overlay == .prepend ? classCount : 0
    let width = x.columnCount + extra
    let strength = x.elements.reduce(0) { max($0, abs($1)) }
    var out = [Float](repeating: 0, count: n * width)
    for s in 0..<n {
      for i in 0..<x.columnCount { out[s * width + extra + i] = x[s, i] }
      for c in 0..<classCount { out[s * width + c] = c == labels[s] ? strength : 0 }
    }
    return out
  }

  /// One batch: `innerSteps` steps of every block in turn; the mean loss of the last block before them.
  public mutating func train(_ x: Matrix<Float>, labels: [Int32], gain: Float = 1) -> Double {
    let n = x.rowCount
    let labels = labels.map(Int.init)
    var stream = RandomStream(key.child("wrong").child(batchCount))
    let wrong = labels.map { label in
      let other = stream.index(below: max(1, classCount - 1))
      return other >= label ? other + 1 : other
    }
    var input = overlaid(x, labels) + overlaid(x, wrong)
    var first = 0.0
    for k in blocks.indices {
      blocks[k].calibrate(input, samples: 2 * n)
      let f = blocks[k].transformed(
        input, samples: 2 * n, read: key.child("read").child(batchCount).child(k))
      let u = blocks[k].joined(f, input, samples: 2 * n)
      for step in 0..<settings.innerSteps {
        let pass = mapPass(k, key.child("map").child(steps + step), step: steps + step)
        let loss = descend(
          k, u, pairs: n, gain: gain, step: steps + step, read: pass.key)
        if step == 0 { first = loss }
      }
      let pass = mapPass(k, key.child("up").child(steps), step: nil, isTraining: true)
      input = blocks[k].map(u, samples: 2 * n, key: pass.key)
    }
    steps += settings.innerSteps
    batchCount += 1
    return first
  }

  /// Draws the chip that block k's map goes through next, where it stands on one.
  ///
  /// - Parameter step: which step of a block this is, for what is found anew every so many steps; `nil` for a
  ///   pass that makes none.
  private mutating func mapPass(
    _ k: Int, _ key: StreamKey, step: Int?, isTraining: Bool = true
  ) -> TrainingPass {
    var pass = TrainingPass(key: key, isTraining: isTraining).layer(k)
    if case .written(let product) = blocks[k].array {
      pass.renewal = step.map { product.settings.renewal(at: $0) } ?? .none
      if product.settings.sampling == .fixed { pass.chip = self.key.child("chip").child(k) }
    }
    blocks[k].begin(pass)
    return pass
  }

  private mutating func descend(
    _ k: Int, _ u: [Float], pairs n: Int, gain: Float, step: Int, read: StreamKey
  ) -> Double {
    let h = blocks[k].map(u, samples: 2 * n, key: read)
    let g = blocks[k].goodness(h, samples: 2 * n)
    let theta = settings.sharpness
    let width = blocks[k].outputCount
    let direction = blocks[k].direction
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
    blocks[k].learn(u: u, dh: dh, samples: 2 * n, rate: settings.rate, gain: gain, step: step)
    return loss / Double(n)
  }

  /// The scores of the classes, samples × classes: goodness summed over all blocks with each label.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    let n = x.rowCount
    var scores = Matrix<Float>(rowCount: n, columnCount: classCount)
    for k in blocks.indices { _ = mapPass(k, key.child("chip"), step: nil, isTraining: false) }
    for label in 0..<classCount {
      var input = overlaid(x, Array(repeating: label, count: n))
      for k in blocks.indices {
        blocks[k].calibrate(input, samples: n)
        let f = blocks[k].transformed(input, samples: n, read: key.child(label).child(k))
        input = blocks[k].map(
          blocks[k].joined(f, input, samples: n), samples: n,
          key: key.child("map").child(label).child(k))
        for (s, g) in blocks[k].goodness(input, samples: n).enumerated() { scores[s, label] += g }
      }
    }
    return scores
  }

  /// Changes the physics of every block.
  public mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    blocks.perturb(perturbation, key: key)
  }

  mutating func visit(_ visitor: inout SavedState) {
    blocks.visit(&visitor)
    visitor.integer("steps", &steps)
    visitor.integer("readings", &batchCount)
  }
}
