import ArrayFiles
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// What the rules on physical networks read alike: the physics, the blocks' sizes, the features and the
/// change of the physics during the run.
struct PhysicalFrame: Sendable {
  let width: Int
  let blocks: Int
  let skips: Bool
  let inputCount: Int
  let changeKey: StreamKey
  private let design: RandomCrossbar
  private let kind: String
  private let frames: Int
  private let change: (epoch: Int, what: PhysicalPerturbation)?
  private let stepsPerEpoch: Int

  init(_ setup: TrainingSetup) {
    let array = setup.array.renaming(["adc-bits": "output-bits", "cell-noise": "read-noise"])
    kind = array.choice("physics", of: ["crossbar", "off", "identity"], default: "crossbar")
    let usual = RandomCrossbar()
    design = RandomCrossbar(
      formed: array.number("formed", in: 0...1, default: usual.formed),
      median: array.quantity("median", unit: "S", in: 1e-12...1, default: usual.median),
      logDeviation: array.number("log-deviation", in: 0...5, default: usual.logDeviation),
      curvature: Float(array.number("curvature", in: 0...20, default: Double(usual.curvature))),
      readNoise: Float(array.number("cell-noise", in: 0...10, default: 0)),
      outputBits: ReadPath.bits("adc-bits", array, 8))
    let network = setup.network
    var width = network.integer("width", in: 1...1 << 14, default: 20)
    blocks = network.integer("blocks", in: 1...64, default: 2)
    skips = network.flag("skip", default: false)
    // A series counts by the mean of its frames.
    frames =
      setup.inputShape.count == 2 && setup.rule.flag("mean-of-frames", default: false)
      ? setup.inputShape[0] : 1
    inputCount = setup.inputCount / frames
    if inputCount * width > 1 << 26 {
      network.child("width").fault("a block is too large: at most 2²⁶ cells are accepted")
      width = 1
    }
    self.width = width
    changeKey = setup.key.child("change")
    stepsPerEpoch = setup.stepsPerEpoch
    let node = setup.rule.child("change")
    guard node.exists else {
      change = nil
      return
    }
    let epoch = node.integer("epoch", in: 1...1_000_000)
    let what = node.choice("what", of: ["replace", "scale", "age"])
    let amount = node.number("amount", in: 0...1e6)
    switch what {
    case "scale": change = (epoch, .scaling(amount))
    case "age":
      change = (
        epoch,
        .ageing(
          time: max(1, amount), mean: node.number("exponent", in: 0...10, default: 0.05),
          deviation: node.number("exponent-deviation", in: 0...10, default: 0.05))
      )
    default: change = (epoch, .replacement(min(1, amount)))
    }
  }

  /// The physics of a block.
  func physics(inputs: Int, outputs: Int, key: StreamKey) -> BlockPhysics {
    switch kind {
    case "off": return .off(outputs: outputs)
    case "identity": return .identity(inputs: inputs)
    default: return .crossbar(CrossbarPhysics(design, inputs: inputs, outputs: outputs, key: key))
    }
  }

  /// The change that happens before this batch.
  func perturbation(at batch: TrainingBatch) -> PhysicalPerturbation? {
    guard let change, batch.step == change.epoch * stepsPerEpoch else { return nil }
    return change.what
  }

  /// The change that happened before step `step`, for a run that is taken up again.
  func perturbation(before step: Int) -> PhysicalPerturbation? {
    guard let change, step > change.epoch * stepsPerEpoch else { return nil }
    return change.what
  }

  /// Samples × features: the mean over the frames that are not all zeros, or the samples themselves.
  func features(_ x: Matrix<Float>) -> Matrix<Float> {
    guard frames > 1 else { return x }
    var out = Matrix<Float>(rowCount: x.rowCount, columnCount: inputCount)
    for s in 0..<x.rowCount {
      var count: Float = 0
      for t in 0..<frames {
        let row = x.elements[(s * frames + t) * inputCount..<(s * frames + t + 1) * inputCount]
        guard row.contains(where: { $0 != 0 }) else { continue }
        count += 1
        for (i, v) in row.enumerated() { out[s, i] += v }
      }
      if count > 0 { for i in 0..<inputCount { out[s, i] /= count } }
    }
    return out
  }

  /// The digital maps of blocks as a chain of layers; what the physics does in between is not in it.
  static func exported(_ blocks: [PhysicalBlock], title: String) -> NetworkDescription {
    let arrays = blocks.enumerated().flatMap { k, block in
      denseArrays(
        "map\(k + 1)",
        Matrix(
          rowCount: block.width, columnCount: block.outputCount, elements: block.mapWeights),
        bias: block.bias.values)
    }
    // Only the first map is in the chain: physics lies between it and the next.
    return NetworkDescription(
      title: title, inputShape: [blocks[0].width], layers: [.dense(name: "map1")],
      arrays: NamedArrays(source: title, arrays))
  }
}
