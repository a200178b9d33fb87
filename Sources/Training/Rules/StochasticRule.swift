import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Dense layers with neurons between them that fire at random, trained by one of four estimators of the
/// gradient (Bengio, Léonard, Courville, arXiv 1308.3432).
public struct StochasticRule: TrainingRule {
  public static let name = "stochastic"
  public static let summary =
    "Neurons that fire by stochastic switching of a device; four estimators of the gradient."

  private var layers: [DenseLayer]
  private var neurons: [StochasticNeurons]
  private let optimiser: Optimiser
  private let rate: Float
  private let key: StreamKey
  /// The share of time that a neuron should fire, and the strength of the pull towards it.
  private let target: Float
  private let pull: Float
  private var steps = 0
  private var firing = 0.0

  /// Reads `network.hidden`, `optimiser` and the rule's own keys.
  public init(_ setup: TrainingSetup) throws {
    let node = setup.rule
    let names = [
      "straight-through", "straight-through-derivative", "stochastic-times-smooth", "reinforce",
      "noisy-rectifier",
    ]
    let estimator: StochasticEstimator
    switch node.choice("estimator", of: names, default: "straight-through") {
    case "straight-through-derivative": estimator = .straightThrough(derivative: true)
    case "stochastic-times-smooth": estimator = .stochasticTimesSmooth
    case "reinforce": estimator = .reinforce
    case "noisy-rectifier":
      estimator = .noisyRectifier(
        deviation: Float(node.number("deviation", in: 0...10, default: 1)))
    default: estimator = .straightThrough(derivative: false)
    }
    target = Float(node.number("firing-target", in: 0...1, default: 0.1))
    pull = Float(node.number("firing-pull", in: 0...1e3, default: 0))
    (optimiser, rate) = setup.optimiser()
    key = setup.key
    var sizes = TrainableLayers.hiddenSizes(setup.network)
    if sizes.isEmpty {
      setup.network.child("hidden").fault("there must be a layer of neurons")
      sizes = [8]
    }
    let all = [setup.inputCount] + sizes + [setup.classCount]
    layers = (1..<all.count).map {
      DenseLayer(
        inputs: all[$0 - 1], outputs: all[$0], activation: .identity,
        key: setup.key.child("weights").child($0))
    }
    neurons = sizes.map { StochasticNeurons(units: $0, estimator: estimator) }
  }

  /// One draw of all neurons, and a step against the estimated gradient.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let n = batch.x.rowCount
    var inputs = [batch.x.elements]
    var sums: [[Float]] = []
    for k in layers.indices {
      sums.append(forward(k, inputs[k], samples: n))
      if k < neurons.count {
        inputs.append(neurons[k].fire(sums[k], key: key.child("fire").child(batch.step).child(k)))
      }
    }
    let outputs = Matrix(rowCount: n, columnCount: layers.last!.outputCount, elements: sums.last!)
    var gradient = Matrix<Float>(rowCount: n, columnCount: outputs.columnCount)
    let loss = Loss.crossEntropy.evaluate(
      outputs, labels: batch.labels[...], gradient: &gradient)
    let losses = Loss.crossEntropies(outputs, labels: batch.labels[...])
    var error = gradient.elements
    for k in layers.indices.reversed() {
      var below = [Float](repeating: 0, count: k > 0 ? n * layers[k].inputCount : 0)
      below.withUnsafeMutableBufferPointer { below in
        layers[k].backward(
          x: inputs[k], y: sums[k], dy: &error, samples: n, dx: k > 0 ? below.baseAddress : nil)
      }
      layers[k].forEachParameter { _, parameter in
        parameter.update(optimiser, rate: rate * batch.gain, step: steps)
      }
      if k > 0 {
        error = neurons[k - 1].gradient(
          sums[k - 1], outputs: inputs[k], dh: below, losses: losses)
        if pull > 0 { pullTowardsTarget(k - 1, sums[k - 1], samples: n, &error) }
      }
    }
    let drawn = inputs.dropFirst()
    let count = drawn.reduce(0) { $0 + $1.count }
    let share = Double(drawn.reduce(0) { $0 + $1.count { $0 > 0 } }) / Double(count)
    firing = steps == 0 ? share : 0.99 * firing + 0.01 * share
    steps += 1
    return StepResult(loss: loss, right: Classification.right(outputs, labels: batch.labels[...]))
  }

  /// The outputs with every neuron at its mean.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    outputs(x) { neurons, sums, _ in neurons.mean(sums) }
  }

  /// "mean" and "one draw".
  public var readouts: [String] { ["the neurons' means", "one draw"] }

  /// The outputs at the means, or of one draw.
  public mutating func outputs(
    _ x: Matrix<Float>, readout: Int, key: StreamKey
  ) -> Matrix<Float> {
    outputs(x) { neurons, sums, k in
      readout == 0 ? neurons.mean(sums) : neurons.fire(sums, key: key.child(k))
    }
  }

  /// How often neurons fired in the last hundred steps or so.
  public func report() -> [RuleFigure] { [RuleFigure("neurons that fire", 100 * firing, "%")] }

  /// Weights, baselines, the optimiser's memory and the step.
  public func state() -> [(name: String, array: NumericArray)] {
    var entries: [(name: String, array: NumericArray)] = [
      ("step", NumericArray(shape: [], integers: [Int64(steps)])),
      ("firing", NumericArray(shape: [1], doubles: [firing])),
    ]
    var copy = self
    for k in copy.layers.indices {
      copy.layers[k].forEachParameter { $1.save(as: "layer.\(k).\($0)", to: &entries) }
    }
    for (k, one) in neurons.enumerated() {
      entries.append(
        (
          "neurons.\(k)",
          NumericArray(shape: [2, one.unitCount], floats: one.weightedLoss + one.weight)
        ))
    }
    return entries
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws {
    steps = Int(try state.array("step").integers?.first ?? 0)
    firing = try state.array("firing").doubles.first ?? 0
    for k in layers.indices {
      try layers[k].forEachParameter { try $1.restore("layer.\(k).\($0)", from: state) }
    }
    for k in neurons.indices {
      let units = neurons[k].unitCount
      let memory = try state.floats("neurons.\(k)", shape: [2, units])
      neurons[k].weightedLoss = Array(memory[..<units])
      neurons[k].weight = Array(memory[units...])
    }
  }

  /// The layers with sigmoids, or rectifiers, in the place of the neurons: their means.
  public func exported() -> NetworkDescription {
    var all = ExportedLayer(layers: [])
    for (k, layer) in layers.enumerated() {
      let one = layer.exported(name: "layer\(k + 1)")
      all.layers += one.layers
      all.arrays += one.arrays
      if k < neurons.count {
        if case .noisyRectifier = neurons[k].estimator {
          all.layers.append(.activation(.relu))
        } else {
          all.layers.append(.activation(.sigmoid))
        }
      }
    }
    return NetworkDescription(
      title: "trained with stochastic neurons", inputShape: [layers[0].inputCount],
      layers: all.layers, arrays: NamedArrays(source: "stochastic", all.arrays))
  }

  private mutating func forward(_ k: Int, _ x: [Float], samples: Int) -> [Float] {
    var y = [Float](repeating: 0, count: samples * layers[k].outputCount)
    layers[k].forward(
      x, samples: samples, into: &y, ForwardPass(key: key.child(k), isTraining: true))
    return y
  }

  private mutating func outputs(
    _ x: Matrix<Float>, _ neuronOutputs: (StochasticNeurons, [Float], Int) -> [Float]
  ) -> Matrix<Float> {
    var values = x.elements
    for k in layers.indices {
      values = forward(k, values, samples: x.rowCount)
      if k < neurons.count { values = neuronOutputs(neurons[k], values, k) }
    }
    return Matrix(
      rowCount: x.rowCount, columnCount: layers.last!.outputCount, elements: values)
  }

  /// Adds the gradient of pull·½·Σⱼ (mean of p over the batch − target)² for neurons with p = σ(a).
  private func pullTowardsTarget(
    _ k: Int, _ a: [Float], samples: Int, _ error: inout [Float]
  ) {
    let units = neurons[k].unitCount
    var means = [Float](repeating: 0, count: units)
    let p = a.map(sigmoid)
    for s in 0..<samples { for j in 0..<units { means[j] += p[s * units + j] / Float(samples) } }
    for s in 0..<samples {
      for j in 0..<units {
        let i = s * units + j
        error[i] += pull * (means[j] - target) * p[i] * (1 - p[i]) / Float(samples)
      }
    }
  }
}
