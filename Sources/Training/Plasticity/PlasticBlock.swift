import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// A stretch of a network that learns by plasticity, or not at all: at most a dense layer at its beginning and the spiking
/// units at its end have weights that learn.
struct PlasticBlock: Sendable {
  /// The layers.
  var graph: TrainableGraph
  /// The law of the units at the end; `nil` where the block ends otherwise.
  let units: IntegrateAndFire?
  /// The places of the matrices that learn, among the sites of the block.
  let learning: [Int]
  /// Which weights of each of them are there, inputs × outputs; empty where all are.
  private let links: [[Bool]]
  /// The sign of each input's weights in matrices that follow Dale's law; empty in others.
  private let signs: [[Float]]
  /// The depression that follows the activity; `nil` for a constant one.
  var astrocyte: Astrocyte?
  /// How the activity of the units branches.
  var branching = BranchingFactor()
  /// The spikes of the units since the epoch began, and the samples.
  private var spikeCount = 0.0
  private var sampleCount = 0

  /// Steps of a sample at the end of the block.
  var steps: Int { graph.structure.outputShape[0] }
  /// Numbers of a step at the end and at the beginning.
  var outputs: Int { graph.structure.outputShape.last ?? 1 }
  var inputs: Int { graph.structure.inputShape.last ?? 1 }
  /// The name of the last layer.
  var name: String { graph.structure.layers.last?.name ?? "" }

  init(_ graph: TrainableGraph, units: IntegrateAndFire?, astrocyte: Astrocyte? = nil) {
    self.graph = graph
    self.units = units
    self.astrocyte = astrocyte
    learning = graph.sites.sites.indices.filter { !(graph.sites.sites[$0] is FixedSite) }
    links = learning.map { graph.sites.sites[$0].presentLinks }
    signs = learning.map { graph.sites.sites[$0].inputSigns }
  }

  /// Counts what the units of `samples` samples gave.
  mutating func count(_ spikes: UnsafePointer<Float>, samples: Int) {
    for s in 0..<samples {
      branching.add(spikes + s * steps * outputs, units: outputs, steps: steps)
    }
    for k in 0..<samples * steps * outputs { spikeCount += Double(spikes[k]) }
    sampleCount += samples
  }

  /// Begins the counts of an epoch.
  mutating func clearCounts() {
    branching.clear()
    (spikeCount, sampleCount) = (0, 0)
  }

  /// Sends requests to the matrix `place` of `learning`, and holds its weights within their limits.
  ///
  /// - Parameter isDirect: whether they ask for changes of the weights themselves, not of their absolute values.
  mutating func send(
    _ requests: UpdateRequests, to place: Int, _ settings: SynapseSettings, _ step: PlasticStep,
    isDirect: Bool = false
  ) {
    graph.own()
    let k = learning[place]
    var requests = requests
    if !isDirect, !signs[place].isEmpty { requests.multiply(signs[place]) }
    if requests.count > 0 {
      let rate = graph.sites.sites[k] is PulsedSite ? step.pulseRate : step.rate
      graph.sites.sites[k].learn(
        requests.x, requests.descent, vectors: requests.count, step.optimizer, rate: rate,
        step: step.number)
    }
    settings.hold(&graph.sites.sites[k], links: links[place], signs: signs[place])
  }

  /// Brings the sums of all matrices that learn to what they are to be.
  mutating func scale(_ settings: SynapseSettings, _ step: PlasticStep) {
    guard let scaling = settings.scaling, step.number % scaling.every == 0 else { return }
    for place in learning.indices {
      let site = graph.sites.sites[learning[place]]
      send(
        scaling.requests(site.exported().weights, inputs: site.inputs, outputs: site.outputs),
        to: place, settings, step.direct, isDirect: true)
    }
  }

  /// Moves the units' own thresholds by their spikes.
  mutating func adapt(
    _ adaptation: ThresholdAdaptation, _ spikes: UnsafePointer<Float>, samples: Int
  ) {
    let steps = steps
    graph.own()
    graph.graph.forEachBuffer { name, values in
      guard name.hasSuffix(".threshold") else { return }
      adaptation.adapt(&values, spikes, samples: samples, steps: steps)
    }
  }

  /// Spikes per sample and the branching factor in the last epoch.
  func report() -> [RuleFigure] {
    guard units != nil, sampleCount > 0 else { return [] }
    var figures = [
      RuleFigure("spikes of '\(name)' per sample", spikeCount / Double(sampleCount))
    ]
    if let factor = branching.value {
      figures.append(RuleFigure("branching factor of '\(name)'", factor))
    }
    if let astrocyte {
      figures.append(RuleFigure("factor on depression in '\(name)'", Double(astrocyte.state)))
    }
    return figures
  }

  mutating func visit(_ visitor: inout SavedState) {
    graph.visit(&visitor)
    guard units != nil, visitor.mode != .start else { return }
    branching.visit(&visitor, name)
    visitor.number("\(name).spikes", &spikeCount)
    visitor.integer("\(name).samples", &sampleCount)
    let last = name
    astrocyte?.visit(&visitor, last)
  }
}

/// What the updates of one step have in common.
struct PlasticStep {
  var optimizer: Optimizer
  /// The rates of digital weights and of pulsed devices.
  var rate: Float
  var pulseRate: Float
  /// How many steps came before.
  var number: Int

  /// The same for requests that are changes of weights themselves.
  var direct: PlasticStep {
    PlasticStep(optimizer: .sgd(), rate: 1, pulseRate: pulseRate, number: number)
  }
}

extension TrainableSite {
  /// The sign of the weights of each input, 1 or −1, where every input has weights of one sign and some are below 0; else
  /// empty.
  fileprivate var inputSigns: [Float] {
    let (weights, inputs, outputs) = (exported().weights, inputs, outputs)
    guard weights.count == inputs * outputs else { return [] }
    let signs = (0..<inputs).map { i -> Float? in
      let own = (0..<outputs).map { weights[$0 * inputs + i] }
      let (hasPlus, hasMinus) = (own.contains { $0 > 0 }, own.contains { $0 < 0 })
      return hasPlus && hasMinus ? nil : hasMinus ? -1 : 1
    }
    let found = signs.compactMap { $0 }
    return found.count == inputs && found.contains(-1) && found.contains(1) ? found : []
  }

  /// Which weights are not exactly 0, inputs × outputs; empty where none is.
  fileprivate var presentLinks: [Bool] {
    let (weights, inputs, outputs) = (exported().weights, inputs, outputs)
    guard weights.count == inputs * outputs, weights.contains(0),
      weights.contains(where: { $0 != 0 })
    else { return [] }
    return (0..<inputs * outputs).map { weights[$0 % outputs * inputs + $0 / outputs] != 0 }
  }
}
