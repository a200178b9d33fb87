import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// What the rules on physical networks read alike: the physics, the network, what holds the weights between, the features
/// and the change of the physics during the run.
struct PhysicalFrame: Sendable {
  /// The shape of one sample of features.
  let inputShape: [Int]
  let changeKey: StreamKey
  /// What holds the weights between the crossbars.
  let sites: SiteDesign
  private let sampleShape: [Int]
  private let design: RandomCrossbar
  private let kind: String
  /// The measured system; `nil` for other physics.
  private let system: MeasuredSystem?
  private let frames: Int
  private let change: (epoch: Int, what: PhysicalPerturbation)?
  private let stepsPerEpoch: Int
  private let key: StreamKey
  /// The sizes of a network of equal blocks; `nil` where `network.layers` lists its layers.
  private let blocks: (count: Int, width: Int, skips: Bool)?

  /// Reads `array`, `maps`, the sizes under `network`, and `change` and `mean-of-frames` of the rule.
  /// - Throws: the faults of a device's file.
  init(_ setup: TrainingSetup) throws(InputErrors) {
    let array = setup.array.renaming(["adc-bits": "output-bits", "cell-noise": "read-noise"])
    kind = array.choice(
      "physics", of: ["crossbar", "network", "off", "identity"], default: "crossbar")
    // "off" is the control of a run with either physics, whose keys stay in the file.
    let reads = kind == "network" || kind == "off" && array.has("file")
    let given = reads ? MeasuredSystem(array) : nil
    system = kind == "network" ? given : nil
    design = kind == "network" ? RandomCrossbar() : Self.crossbar(array)
    // A series counts by the mean of its frames.
    sampleShape = setup.inputShape
    frames =
      setup.inputShape.count == 2 && setup.rule.flag("mean-of-frames", default: false)
      ? setup.inputShape[0] : 1
    inputShape = frames > 1 ? [setup.inputShape[1]] : setup.inputShape
    let network = setup.network
    if network.has("layers") {
      blocks = nil
    } else {
      var width = network.integer("width", in: 1...1 << 14, default: 20)
      if inputShape.reduce(1, *) * width > 1 << 26 {
        network.child("width").fault("a block is too large: at most 2²⁶ cells are accepted")
        width = 1
      }
      blocks = (
        network.integer("blocks", in: 1...64, default: 2), width,
        network.flag("skip", default: false)
      )
    }
    sites = try SiteDesign(maps: setup)
    key = setup.key
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
    if kind == "network" {
      node.fault("it changes cells of a crossbar, and 'array.physics' is a network")
    }
    switch what {
    case "scale": change = (epoch, .scaling(amount))
    case "age":
      change = (
        epoch,
        .aging(
          time: max(1, amount), mean: node.number("exponent", in: 0...10, default: 0.05),
          deviation: node.number("exponent-deviation", in: 0...10, default: 0.05))
      )
    default: change = (epoch, .replacement(min(1, amount)))
    }
  }

  private static func crossbar(_ array: StrictNode) -> RandomCrossbar {
    let usual = RandomCrossbar()
    return RandomCrossbar(
      formed: array.number("formed", in: 0...1, default: usual.formed),
      median: array.quantity("median", unit: "S", in: 1e-12...1, default: usual.median),
      logDeviation: array.number("log-deviation", in: 0...5, default: usual.logDeviation),
      curvature: Float(array.number("curvature", in: 0...20, default: Double(usual.curvature))),
      readNoise: Float(array.number("cell-noise", in: 0...10, default: 0)),
      outputBits: ReadPath.bits("adc-bits", array, 8))
  }

  /// Whether the network is one of equal blocks.
  var hasEqualBlocks: Bool { blocks != nil }

  /// The network: `layers` of the run file, or blocks of fixed physics and a dense map, which may read the inputs of the
  /// block too.
  ///
  /// - Parameters:
  ///   - inputShape: of what it reads: the features, with labels or without.
  ///   - outputs: of the last block; `nil` for as many as the others have.
  func network(_ setup: TrainingSetup, inputShape: [Int], outputs: Int?) -> TrainingNetwork {
    guard let blocks else {
      return TrainingNetwork(
        setup, key: key.child("weights"), inputShape: inputShape, endsInClasses: outputs != nil
      ) { $0.crossbar = design }
    }
    var network = TrainingNetwork(inputShape: [inputShape.reduce(1, *)], key: key)
    network.crossbar = design
    do throws(InputError) {
      for k in 1...blocks.count {
        let entering = LayerSource.name(k == 1 ? "input" : "map\(k - 1)")
        if let system {
          try network.append(system, name: "physics\(k)")
        } else if kind != "identity" {
          try network.fixedCrossbar(blocks.width, name: "physics\(k)")
        }
        if blocks.skips {
          try network.read([kind == "identity" ? entering : .name("physics\(k)"), entering])
          try network.append([.concatenate([])], name: "joined\(k)")
        }
        try network.dense(
          k == blocks.count ? outputs ?? blocks.width : blocks.width, name: "map\(k)")
      }
    } catch { setup.network.fault(TrainingNetwork.text(of: error)) }
    return network
  }

  /// What holds the weights of a site of `network`; `number` sites with weights come before it.
  ///
  /// Maps of equal blocks start uniform within ±1/√inputs, their biases too.
  /// - Throws: `InputError` where it is too large.
  func site(
    _ site: ProductSite, of network: TrainingNetwork, number: Int
  ) throws(InputError) -> any TrainableSite {
    func place(_ k: Int) -> StreamKey { key.child("block").child(k) }
    if let crossbar = network.crossbarLayers.firstIndex(of: site.name) {
      return FixedCrossbarSite(
        kind == "off" ? nil : design, inputs: site.inputs, outputs: site.outputs, number: crossbar,
        key: place(crossbar).child("physics"))
    }
    var first = site
    if hasEqualBlocks {
      let initial = InitialWeights.uniform(spread: 1)
      let bound = 1 / Float(site.inputs).squareRoot()
      first = site.replacing(
        weights: initial.draw(site.inputs, site.outputs, place(number).child("weights")),
        bias: Noise.uniform(site.outputs, place(number).child("bias")).map { bound * (2 * $0 - 1) })
    }
    return try sites.site(
      first, loop: network.loop(of: site), key: key.child("map").child(number).child("cells"))
  }

  /// Layers that make features of samples, as a file holds them: the mean of frames, and scales.
  func exported(_ scaling: FeatureScaling?, title: String) -> NetworkDescription {
    var result = NetworkDescription(
      title: title, inputShape: sampleShape, layers: [], arrays: NamedArrays(source: title, []))
    if frames > 1 { result.append([.meanOfFrames]) }
    // Equal blocks read all numbers of a sample as one vector.
    if inputShape.count > 1, hasEqualBlocks || scaling != nil { result.append([.flatten]) }
    if let scaling {
      result.append(scaling.exported())
      if inputShape.count > 1, !hasEqualBlocks { result.append([.reshape(inputShape)]) }
    }
    return result
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
    let inputCount = inputShape.reduce(1, *)
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
}
