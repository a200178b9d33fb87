import ArrayFiles
import DeviceModels
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// Training on arrays of pulsed devices by one of the in-situ rules: weights are conductances, and the
/// forward pass, the backward pass and the update happen on the arrays.
public struct InSituTraining<Settings: InSituRuleSettings>: TrainingRule {
  public static var name: String { Settings.name }
  public static var summary: String { Settings.summary }

  private var network: InSituNetwork
  private let rate: Float

  /// Reads `device`, `array`, `converters`, `network`, `optimiser.rate` and the rule's own keys.
  public init(_ setup: TrainingSetup) throws {
    let design = InSituDesign(setup)
    let (optimiser, rate) = setup.optimiser()
    if optimiser != .sgd() {
      setup.rule.fault("'\(Settings.name)' changes devices by plain descent: no other optimiser")
    }
    self.rate = rate
    let hidden = TrainableLayers.hiddenSizes(setup.network)
    let names = TrainableActivation.allCases.map(\.rawValue)
    let activation = setup.network.choice("activation", of: names, default: "relu")
    let spread = Float(setup.array.number("start", in: 0...100, default: 1))
    let hasBias = setup.array.flag("bias", default: true)
    var sizes = [setup.inputCount] + hidden + [setup.classCount]
    if zip(sizes, sizes.dropFirst()).contains(where: { $0 * $1 > 1 << 26 }) {
      setup.network.child("hidden").fault("a layer is too large: at most 2²⁶ devices are accepted")
      sizes = [1, 1]
    }
    network = InSituNetwork(
      sizes: sizes, hidden: TrainableActivation(rawValue: activation) ?? .relu, hasBias: hasBias,
      loss: setup.loss(), spread: spread,
      start: try setup.startingWeights().map { weights throws(InputError) in
        try Self.start(weights, sizes: sizes, hasBias: hasBias)
      },
      design: design, rule: Settings(reading: setup.rule), key: setup.key)
  }

  /// Weights and biases of a network with the same dense layers, from the checkpoint of a digital run.
  private static func start(
    _ state: NamedArrays, sizes: [Int], hasBias: Bool
  ) throws(InputError) -> [(weights: [Float], bias: [Float])] {
    var layers: [(weights: [Float], bias: [Float])] = []
    for k in 1..<sizes.count {
      let name = "layer.\(k - 1)"
      layers.append(
        (
          weights: try state.floats("\(name).weight", shape: [sizes[k - 1] * sizes[k]]),
          bias: hasBias ? try state.floats("\(name).bias", shape: [sizes[k]]) : []
        ))
    }
    return layers
  }

  /// A step on the arrays.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let loss = network.train(batch.x, labels: batch.labels[...], rate: rate * batch.gain)
    return StepResult(loss: loss, right: network.rightCount)
  }

  /// The outputs as the arrays give them.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    network.outputs(x, key: key)
  }

  /// The devices' states and everything that rules remember.
  public func state() -> [(name: String, array: NumericArray)] {
    var copy = network
    var visitor = InSituState()
    copy.visit(&visitor)
    return visitor.entries
  }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws {
    var visitor = InSituState(restoring: state)
    network.visit(&visitor)
    if let fault = visitor.fault { throw fault }
  }

  /// The weights as they are read.
  public func exported() -> NetworkDescription {
    var all = ExportedLayer(layers: [])
    for (k, layer) in network.layers.enumerated() {
      let dense = DenseLayer(
        weights: Matrix(
          rowCount: layer.weights.rowCount, columnCount: layer.weights.columnCount,
          elements: layer.weights.weights),
        bias: layer.bias.isEmpty
          ? Array(repeating: 0, count: layer.weights.columnCount) : layer.bias,
        activation: layer.activation)
      all.append(dense.exported(name: "layer\(k + 1)"))
    }
    return NetworkDescription(
      title: "trained in situ by \(Settings.name)",
      inputShape: [network.layers[0].weights.rowCount], layers: all.layers,
      arrays: NamedArrays(source: "in situ", all.arrays))
  }

  /// The pulses that the devices got, and what writing the first weights took.
  public func report() -> [RuleFigure] {
    let pulses = RuleFigure("pulses on devices", network.pulseCount)
    guard let programming = network.programming else { return [pulses] }
    return [
      pulses,
      RuleFigure("reads to verify", programming.reads),
      RuleFigure("energy of the pulses", programming.energy.value, "J"),
      RuleFigure("devices out of tolerance", Double(programming.unfinished)),
      RuleFigure("root mean square error of weights", Double(programming.deviation)),
    ]
  }
}
