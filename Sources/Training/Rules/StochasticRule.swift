import ArrayFiles
import DeviceModels
import LinearAlgebra
import Networks
import NumericalMethods
import PhysicalUnits
import Randomness
import StrictYAML

/// Dense layers with devices between them that switch at random, as neurons or as gates, trained by one
/// of four estimators of the gradient (Bengio, Léonard, Courville, arXiv 1308.3432).
public struct StochasticRule: TrainingRule {
  public static let name = "stochastic"
  public static let summary =
    "Neurons that fire by stochastic switching of a device; four estimators of the gradient."

  private var layers: [StochasticLayer]
  private var last: DigitalSite
  private let optimiser: Optimiser
  private let rate: Float
  private let key: StreamKey
  /// The share of time that a device should fire, and the strength of the pull towards it.
  private let target: Float
  private let pull: Float
  private var steps = 0
  private var firing = 0.0

  /// Reads `network.hidden`, `device`, `optimiser` and the rule's own keys.
  public init(_ setup: TrainingSetup) throws {
    let node = setup.rule
    let estimator = Self.estimator(node)
    target = Float(node.number("firing-target", in: 0...1, default: 0.1))
    pull = Float(node.number("firing-pull", in: 0...1e3, default: 0))
    (optimiser, rate) = setup.optimiser()
    key = setup.key
    var sizes = TrainingNetwork.hiddenSizes(setup.network)
    if sizes.isEmpty {
      setup.network.child("hidden").fault("there must be a layer of neurons")
      sizes = [8]
    }
    var gates = node.has("gates") ? node.integer("gates", in: 1...1 << 20) : nil
    if let count = gates, let size = sizes.first(where: { $0 % count != 0 }) {
      node.child("gates").fault("a layer of \(size) units has no \(count) blocks of one size")
      gates = nil
    }
    let law = try Self.law(setup)
    let all = [setup.inputCount] + sizes
    layers = (1..<all.count).map {
      StochasticLayer(
        inputs: all[$0 - 1], units: all[$0], gates: gates, estimator: estimator, law: law,
        key: setup.key.child("weights").child($0))
    }
    last = DigitalSite(
      weights: InitialWeights.normal.draw(
        all[all.count - 1], setup.classCount, setup.key.child("weights").child(all.count)),
      bias: Array(repeating: 0, count: setup.classCount))
  }

  private static func estimator(_ node: StrictNode) -> StochasticEstimator {
    let names = [
      "straight-through", "straight-through-derivative", "stochastic-times-smooth", "reinforce",
      "noisy-rectifier",
    ]
    switch node.choice("estimator", of: names, default: "straight-through") {
    case "straight-through-derivative": return .straightThrough(derivative: true)
    case "stochastic-times-smooth": return .stochasticTimesSmooth
    case "reinforce": return .reinforce
    case "noisy-rectifier":
      return .noisyRectifier(
        deviation: Float(node.number("deviation", in: 0...10, default: 1)))
    default: return .straightThrough(derivative: false)
    }
  }

  /// The switching law of `device` under pulses of `rule.pulse-width`; the logistic function without.
  private static func law(_ setup: TrainingSetup) throws -> FiringLaw {
    guard let name = setup.device.text() else { return .logistic }
    let width = setup.rule.quantity("pulse-width", unit: "s", in: 1e-12...1e6, default: 1e-6)
    guard let switching = try DeviceFile(named: name).switching else {
      setup.device.fault("'\(name)' has no section 'switching', by which a neuron could fire")
      return .logistic
    }
    do throws(NumericalFailure) {
      return try FiringLaw(switching, width: Seconds(width))
    } catch {
      setup.device.fault(error.message)
      return .logistic
    }
  }

  /// One draw of all devices, and a step against the estimated gradient.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let n = batch.x.rowCount
    var traces: [StochasticLayer.Trace] = []
    for k in layers.indices {
      traces.append(
        layers[k].forward(
          traces.last?.outputs ?? batch.x.elements, samples: n,
          draw: key.child("fire").child(batch.step).child(k)))
    }
    let top = traces[traces.count - 1].outputs
    let outputs = read(top, samples: n)
    var gradient = Matrix<Float>(rowCount: n, columnCount: outputs.columnCount)
    let loss = Loss.crossEntropy.evaluate(
      outputs, labels: batch.labels[...], gradient: &gradient)
    let losses = Loss.crossEntropies(outputs, labels: batch.labels[...])
    var error = [Float](repeating: 0, count: top.count)
    last.adjoint(
      top, &gradient.elements, vectors: n, into: &error, skipping: 0, call: 0, rate: nil)
    for k in layers.indices.reversed() {
      error = layers[k].backward(
        traces[k], dh: error, losses: losses, pull: pull, target: target, samples: n,
        wantsInput: k > 0)
    }
    let (optimiser, rate, steps) = (optimiser, rate * batch.gain, steps)
    forEachParameter { $1.update(optimiser, rate: rate, step: steps) }
    let count = traces.reduce(0) { $0 + $1.fired.count }
    let share = Double(traces.reduce(0) { $0 + $1.fired.count { $0 > 0 } }) / Double(count)
    firing = steps == 0 ? share : 0.99 * firing + 0.01 * share
    self.steps += 1
    return StepResult(
      loss: loss, right: Classification.correctCount(outputs, labels: batch.labels[...]))
  }

  /// The outputs with every device at its mean.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    outputs(x, draw: nil)
  }

  /// "mean" and "one draw".
  public var readouts: [String] { ["the neurons' means", "one draw"] }

  /// The outputs at the means, or of one draw.
  public mutating func outputs(
    _ x: Matrix<Float>, readout: Int, key: StreamKey
  ) -> Matrix<Float> {
    outputs(x, draw: readout == 0 ? nil : key)
  }

  /// How often devices fired in the last hundred steps or so, and the pulses that make them.
  public func report() -> [RuleFigure] {
    let law = layers[0].neurons.law
    let share = RuleFigure(
      layers[0].gates == nil ? "neurons that fire" : "gates that are open", 100 * firing, "%")
    guard law.middle != 0 else { return [share] }
    return [
      share, RuleFigure("pulse that fires every other time", law.middle, "V"),
      RuleFigure("voltage of a unit of drive", law.unit, "V"),
    ]
  }

  /// Weights, baselines, what the optimizer remembers, and the step.
  public func state() -> [(name: String, array: NumericArray)] {
    var copy = self
    var visitor = SavedState()
    copy.visit(&visitor)
    return visitor.entries
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws {
    var visitor = SavedState(from: state)
    visit(&visitor)
    try visitor.finish()
  }

  private mutating func visit(_ visitor: inout SavedState) {
    visitor.integer("step", &steps)
    visitor.number("firing", &firing)
    forEachParameter { visitor.parameter($0, &$1, isWeight: $0.hasSuffix("weight")) }
    for k in layers.indices {
      visitor.floats("neurons.\(k).weighted-loss", &layers[k].neurons.weightedLoss)
      visitor.floats("neurons.\(k).weight", &layers[k].neurons.weight)
    }
  }

  /// The layers with the devices' means in their place.
  public func exported() -> NetworkDescription {
    var described: [NetworkDescription.Layer] = []
    var arrays: [(name: String, array: NumericArray)] = []
    for (k, layer) in layers.enumerated() {
      layer.export(number: k + 1, into: &described, &arrays)
    }
    let name = "layer\(layers.count + 1)"
    return NetworkDescription(
      title: "trained with stochastic neurons", inputShape: [layers[0].inputCount],
      layers: described + [.dense(name: name)],
      arrays: NamedArrays(source: "stochastic", arrays + denseArrays(name, last)))
  }

  private mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    for k in layers.indices {
      try layers[k].forEachParameter { try body("layer.\(k).\($0)", &$1) }
    }
    try last.forEachParameter { try body("layer.\(layers.count).\($0)", &$1) }
  }

  private mutating func outputs(_ x: Matrix<Float>, draw: StreamKey?) -> Matrix<Float> {
    var values = x.elements
    for k in layers.indices {
      values =
        layers[k].forward(values, samples: x.rowCount, draw: draw.map { $0.child(k) }).outputs
    }
    return read(values, samples: x.rowCount)
  }

  private mutating func read(_ values: [Float], samples: Int) -> Matrix<Float> {
    Matrix(
      rowCount: samples, columnCount: last.outputs, elements: last.read(values, samples: samples))
  }
}
