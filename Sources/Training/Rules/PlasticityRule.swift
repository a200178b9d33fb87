import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// Spike-timing-dependent plasticity of networks of spiking neurons: what the spikes before and behind a matrix ask of its
/// weights goes as requests to whatever holds them, digital numbers or pulsed devices.
///
/// Hidden layers, a dense matrix and `integrate-and-fire` units each, learn by a `PlasticityLaw` without seeing labels, or by
/// errors that random matrices broadcast (`three-factor`). The last matrix is taught or descends on the loss, see
/// `Supervision`. Requests of the samples of a step are sent together at its end.
public struct PlasticityRule: TrainingRule, SavedByVisit {
  public static let name = "stdp"

  /// The stretches of the network in their order; the last one gives the outputs.
  private var blocks: [PlasticBlock]
  private let synapses: SynapseSettings
  private let supervision: Supervision
  private let thresholds: ThresholdAdaptation?
  /// The matrices that broadcast errors, classes × units, of each block that reads them.
  private var feedback: [Int: Matrix<Float>] = [:]
  private let sites: SiteDesign
  private let loss: Loss
  private let optimizer: Optimizer
  private let rate: Float
  private let key: StreamKey
  private let stepsPerEpoch: Int
  private var stepCount = 0

  /// Reads `network`, `loss`, `optimizer`, `maps` (what holds the weights), `start` and the rule's own keys.
  public init(_ setup: TrainingSetup) throws {
    (optimizer, rate) = setup.optimizer()
    loss = setup.loss()
    (key, stepsPerEpoch) = (setup.key, setup.stepsPerEpoch)
    sites = try SiteDesign(maps: setup)
    let node = setup.rule
    let synapses = SynapseSettings(reading: node)
    self.synapses = synapses
    thresholds =
      node.has("thresholds") ? ThresholdAdaptation(reading: node.mapping("thresholds")) : nil
    let astrocyte = node.has("astrocyte") ? Astrocyte(reading: node.mapping("astrocyte")) : nil
    let spread =
      synapses.law.readsErrors ? node.number("feedback-scale", in: 0...1e6, default: 1) : 0
    let first = SynapseSettings.range("first-weights", node)
    // Requests are of weights: a bias belongs to those laws that descend on an error.
    func network(_ setup: TrainingSetup) -> TrainingNetwork {
      TrainingNetwork(
        setup, initial: first.map { .within($0) } ?? .normal, hasBias: synapses.law.readsErrors)
    }
    do {
      blocks = try PlasticBlocks.blocks(
        network(setup), sites: sites, astrocyte: astrocyte, key: key)
    } catch let error as InputError {
      setup.network.fault(TrainingNetwork.text(of: error))
      blocks = try PlasticBlocks.blocks(
        TrainingNetwork(sizes: [setup.inputCount, setup.classCount], key: key),
        sites: .digital, astrocyte: nil, key: key)
    }
    let last = blocks[blocks.count - 1]
    supervision = Supervision(
      reading: node, law: synapses.law, hasTime: last.graph.structure.inputShape.count == 2)
    if case .teacher = supervision, last.learning.count > 1 {
      setup.network.fault(
        "a teacher fires in place of the last units, which cannot learn to read each other")
    }
    for (k, block) in blocks.dropLast().enumerated() where synapses.law.readsErrors {
      guard !block.learning.isEmpty else { continue }
      let classes = last.graph.outputCount
      let deviation = Float(spread) / Float(classes).squareRoot()
      feedback[k] = Matrix(
        rowCount: classes, columnCount: block.outputs,
        elements: Noise.normal(classes * block.outputs, key.child("feedback").child(k)).map {
          deviation * $0
        })
    }
    if let weights = try setup.startingWeights() { try take(.start, from: weights) }
    scale(plasticStep(gain: 1))
  }

  private func plasticStep(gain: Float) -> PlasticStep {
    let byError = synapses.law.readsErrors
    return PlasticStep(
      optimizer: byError ? optimizer : .sgd(), rate: (byError ? rate : 1) * gain,
      pulseRate: (sites.pulseRate ?? 1) * gain, number: stepCount)
  }

  private mutating func scale(_ step: PlasticStep) {
    for k in blocks.indices.dropLast() { blocks[k].scale(synapses, step) }
    if case .teacher(let settings, _) = supervision {
      blocks[blocks.count - 1].scale(settings, step)
    }
  }

  /// A forward pass; `body` while the values at the beginning of every block and the result are there.
  private mutating func forward<Result>(
    _ x: Matrix<Float>, _ pass: TrainingPass,
    _ body: (inout PlasticityRule, [UnsafePointer<Float>], Matrix<Float>) -> Result
  ) -> Result {
    let samples = x.rowCount
    return x.elements.withUnsafeBufferPointer { x in
      var values = [x.baseAddress!]
      for k in blocks.indices {
        blocks[k].graph.begin(pass, samples: samples)
        values.append(blocks[k].graph.forward(values[k], samples: samples, pass))
      }
      let count = blocks[blocks.count - 1].graph.outputCount
      let outputs = Matrix(
        rowCount: samples, columnCount: count,
        elements: Array(UnsafeBufferPointer(start: values[blocks.count], count: samples * count)))
      return body(&self, values, outputs)
    }
  }

  /// The spikes of all samples, and what they ask for.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let pass = sites.pass(
      key.child("read").child(batch.step), isTraining: true, step: batch.step,
      fixed: key.child("chip"))
    let step = plasticStep(gain: batch.gain)
    if batch.step % stepsPerEpoch == 0 {
      for k in blocks.indices { blocks[k].clearCounts() }
    }
    let result = forward(batch.x, pass) { rule, values, outputs in
      var error = outputs
      let value = rule.loss.evaluate(outputs, labels: batch.labels[...], gradient: &error)
      for k in rule.blocks.indices.dropLast() {
        rule.learn(block: k, values[k], values[k + 1], error, samples: batch.x.rowCount, step)
      }
      rule.learnLast(values[rule.blocks.count - 1], batch, error, step)
      return StepResult(
        loss: value, right: Classification.correctCount(outputs, labels: batch.labels[...]))
    }
    scale(step)
    stepCount += 1
    return result
  }

  /// What a hidden block learns, and its counts.
  private mutating func learn(
    block k: Int, _ input: UnsafePointer<Float>, _ spikes: UnsafePointer<Float>,
    _ error: Matrix<Float>, samples: Int, _ step: PlasticStep
  ) {
    guard blocks[k].units != nil else { return }
    blocks[k].count(spikes, samples: samples)
    if !blocks[k].learning.isEmpty {
      var third: PlasticRequests.ThirdFactor?
      if let matrix = feedback[k], let slopes = blocks[k].graph.graph.spikeSlopes() {
        third = PlasticRequests.ThirdFactor(
          slopes: slopes, errors: product(error, matrix), steps: blocks[k].steps)
      }
      let all = PlasticRequests.hidden(
        &blocks[k], synapses.law, input, spikes, third, samples: samples)
      for (place, requests) in all.enumerated() {
        blocks[k].send(requests, to: place, synapses, step)
      }
    }
    if let thresholds { blocks[k].adapt(thresholds, spikes, samples: samples) }
  }

  /// What the last matrix learns.
  private mutating func learnLast(
    _ input: UnsafePointer<Float>, _ batch: TrainingBatch, _ error: Matrix<Float>,
    _ step: PlasticStep
  ) {
    let k = blocks.count - 1
    switch supervision {
    case .gradient:
      var gradient = error.elements
      let rate = rate * batch.gain
      gradient.withUnsafeMutableBufferPointer {
        blocks[k].graph.backward(
          $0.baseAddress!,
          .local(
            optimizer: optimizer, rate: rate, pulseRate: step.pulseRate, step: stepCount))
      }
      blocks[k].graph.updateOperations(optimizer, rate: rate, step: stepCount)
    case .teacher(let settings, let teacher):
      let requests = PlasticRequests.taught(
        blocks[k], settings.law, input, batch.labels, rate: teacher,
        key: key.child("teacher").child(batch.step))
      blocks[k].send(requests, to: 0, settings, step)
    }
  }

  /// The outputs of the last block.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    forward(x, sites.pass(key, isTraining: false, step: nil, fixed: self.key.child("chip"))) {
      $2
    }
  }

  /// Shows `visitor` the weights, thresholds, counts and the step; teachers and feedback follow from the seed.
  public mutating func visit(_ visitor: inout SavedState) {
    if visitor.mode != .start { visitor.integer("step", &stepCount) }
    for k in blocks.indices { blocks[k].visit(&visitor) }
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws { try take(.restore, from: state) }
  /// What chips that hold the weights keep for some time only.
  public var optionalState: [String: [Int]] { saved.optional }

  /// Spikes, branching factors, and pulses where devices get any.
  public func report() -> [RuleFigure] {
    blocks.flatMap { $0.report() }
      + RuleFigure.pulses(of: blocks.flatMap { $0.graph.sites.pulsedArrays })
  }

  /// The blocks one behind the other.
  public func exported() -> NetworkDescription {
    var result = blocks[0].graph.exported()
    for block in blocks.dropFirst() { result.append(block.graph.exported()) }
    return result
  }
}
