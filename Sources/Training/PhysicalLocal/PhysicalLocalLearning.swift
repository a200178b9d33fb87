import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Physical local learning: every block learns by itself from right and wrong labels written into its
/// input; no derivative crosses the physics, and no model of it is needed.
///
/// Momeni et al., Science 382, 1297 (2023), doi 10.1126/science.adi8474. Goodness is the cosine
/// between |h| and a fixed random direction; a block makes mean ln(1 + e^(−θ(g⁺ − g⁻))) small by Adam,
/// several steps on a batch before the next block gets its outputs.
struct PhysicalLocalLearning: PhysicalNetwork {
  static let ruleName = "physical-local"

  /// Where the label is written into the input.
  enum Overlay: String, Sendable, CaseIterable {
    /// Into numbers put before the sample's own, one per class.
    case prepend
    /// In place of the sample's first numbers, one per class.
    case replace
  }

  private(set) var blocks: [LocalBlock]
  private let sites: SiteDesign
  let classCount: Int
  private let key: StreamKey
  /// θ: how sharply the goodness of right and wrong labels is separated.
  private let sharpness: Float
  /// Adam's rate.
  private let rate: Float
  /// Steps of a block on every batch.
  private let innerSteps: Int
  let overlay: Overlay
  private var steps = 0
  private(set) var batchCount = 0
  /// The number that stood for a label in the last training batch.
  private(set) var strength: Float = 1

  /// Reads `sharpness`, `rate`, `inner-steps`, `label` and `blocks` of the rule.
  init(_ setup: TrainingSetup, _ frame: PhysicalFrame) throws {
    let node = setup.rule
    sharpness = Float(node.number("sharpness", in: 0.01...1000, default: 4))
    rate = Float(node.number("rate", in: 0...10, default: 5e-4))
    innerSteps = node.integer("inner-steps", in: 1...1000, default: 10)
    let isFlat = frame.inputShape.count == 1 || frame.hasEqualBlocks
    overlay = node.choice("label", of: Overlay.self, default: isFlat ? .prepend : .replace)
    classCount = setup.classCount
    key = setup.key
    sites = frame.sites
    let start = frame.network(
      setup, inputShape: Self.inputShape(setup, frame, overlay), outputs: nil)
    let ends =
      node.has("blocks") ? node.child("blocks").elements().compactMap { $0.text() } : nil
    do {
      blocks = try Self.blocks(of: start, endingAfter: ends, frame, key: key)
    } catch let error as InputError {
      setup.network.fault(TrainingNetwork.text(of: error))
      let any = try TrainingNetwork(sizes: [1, 1], key: key)
      blocks = try Self.blocks(of: any, endingAfter: nil, frame, key: key)
    }
  }

  /// The shape of the features with a label.
  private static func inputShape(
    _ setup: TrainingSetup, _ frame: PhysicalFrame, _ overlay: Overlay
  ) -> [Int] {
    let count = frame.inputShape.reduce(1, *)
    let label = setup.rule.child("label")
    switch overlay {
    case .prepend:
      if frame.inputShape.count > 1, !frame.hasEqualBlocks {
        label.fault("labels can be prepended to vectors only: replace the first numbers")
        return frame.inputShape
      }
      return [setup.classCount + count]
    case .replace:
      if count < setup.classCount {
        label.fault("a sample has fewer numbers than there are classes: prepend them")
        return [setup.classCount]
      }
      return frame.inputShape
    }
  }

  private static func blocks(
    of network: TrainingNetwork, endingAfter ends: [String]?, _ frame: PhysicalFrame,
    key: StreamKey
  ) throws -> [LocalBlock] {
    let source = "network"
    let whole = network.description(title: source)
    // A block begins with physics; without any every layer with weights begins one.
    let systems = Set(network.systemLayers)
    func isPhysics(_ layer: NetworkDescription.Layer) -> Bool {
      layer.isFixedCrossbar || layer.name.map(systems.contains) ?? false
    }
    let hasPhysics = whole.layers.contains(where: isPhysics)
    let ranges =
      try ends.map { try whole.blocks(endingAfter: $0, source: source) }
      ?? whole.blocks(source: source) {
        $0.contains { hasPhysics ? isPhysics($0) : $0.hasWeights }
      }
    guard whole.layers[ranges[ranges.count - 1]].contains(where: \.hasWeights) else {
      throw InputError(
        source, "the last block has no layer with weights: fixed physics cannot end a network")
    }
    var (number, first) = (0, 0)
    return try ranges.enumerated().map { k, range in
      let block = try LocalBlock(
        whole, range, source: source, firstSite: first, key: key.child("block").child(k)
      ) { site in
        let own = try frame.site(site, of: network, number: number)
        if !(own is FixedCrossbarSite) { number += 1 }
        return own
      }
      first += block.siteCount
      return block
    }
  }

  /// The arrays of pulsed devices that hold weights.
  var pulsedArrays: [any InSituRule] { blocks.flatMap { $0.learning.sites.pulsedArrays } }

  /// How labels are written into samples: with the largest number of some.
  private func label(for x: Matrix<Float>) -> WrittenLabel {
    WrittenLabel(
      classes: classCount, strength: x.elements.reduce(0) { max($0, abs($1)) },
      replaces: overlay == .replace)
  }

  /// One batch: `inner-steps` steps of every block in turn; the mean loss of the last block before them.
  mutating func train(_ x: Matrix<Float>, labels: [Int32], gain: Float) -> Double {
    let n = x.rowCount
    let labels = labels.map(Int.init)
    var stream = RandomStream(key.child("wrong").child(batchCount))
    let wrong = labels.map { label in
      let other = stream.index(below: max(1, classCount - 1))
      return other >= label ? other + 1 : other
    }
    let label = label(for: x)
    strength = label.strength
    var input = label.written(labels, into: x).elements + label.written(wrong, into: x).elements
    var first = 0.0
    let adam = Optimizer.adam()
    for k in blocks.indices {
      let u = blocks[k].transformed(
        input, samples: 2 * n, isTraining: true,
        key: key.child("read").child(batchCount).child(k))
      for step in steps..<steps + innerSteps {
        let pass = begin(k, key.child("map").child(step), step: step, samples: 2 * n)
        let loss = blocks[k].descend(
          u, pairs: n, sharpness: sharpness, pass, key: pass.key,
          .local(
            optimizer: adam, rate: rate * gain, pulseRate: (sites.pulseRate ?? 0) * gain, step: step
          ),
          optimizer: adam, rate: rate * gain, step: step)
        if step == steps { first = loss }
      }
      let pass = begin(k, key.child("up").child(steps), step: nil, samples: 2 * n)
      input = blocks[k].outputs(u, samples: 2 * n, pass, key: pass.key)
    }
    steps += innerSteps
    batchCount += 1
    return first
  }

  /// Draws the chips that block k goes through next, where its weights are on some.
  private mutating func begin(
    _ k: Int, _ key: StreamKey, step: Int?, samples: Int, isTraining: Bool = true
  ) -> TrainingPass {
    let pass = sites.pass(
      key, isTraining: isTraining, step: step, fixed: self.key.child("chip"))
    blocks[k].begin(pass, samples: samples)
    return pass
  }

  /// The scores of the classes, samples × classes: goodness summed over all blocks with each label.
  mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    let n = x.rowCount
    var scores = Matrix<Float>(rowCount: n, columnCount: classCount)
    let passes = blocks.indices.map {
      begin($0, key.child("chip"), step: nil, samples: n, isTraining: false)
    }
    let written = self.label(for: x)
    for label in 0..<classCount {
      var input = written.written(Array(repeating: label, count: n), into: x).elements
      for k in blocks.indices {
        let u = blocks[k].transformed(
          input, samples: n, isTraining: false, key: key.child(label).child(k))
        input = blocks[k].outputs(
          u, samples: n, passes[k], key: key.child("map").child(label))
        for (s, g) in blocks[k].goodness(input, samples: n).enumerated() { scores[s, label] += g }
      }
    }
    return scores
  }

  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    for k in blocks.indices { blocks[k].perturb(perturbation, key: key) }
  }

  mutating func visit(_ visitor: inout SavedState) {
    for k in blocks.indices { blocks[k].visit(&visitor) }
    visitor.integer("steps", &steps)
    visitor.integer("readings", &batchCount)
    visitor.float("label-strength", &strength)
  }
}
