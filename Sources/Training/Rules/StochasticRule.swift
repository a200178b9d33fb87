import DeviceModels
import InputOutput
import LinearAlgebra
import Networks
import NumericalMethods
import PhysicalUnits
import Randomness
import StrictYAML

/// A network with devices in it that switch at random, as neurons or as gates, trained by one of four estimators of
/// the gradient (Bengio, Léonard, Courville, arXiv 1308.3432).
///
/// Neurons: h = n(x·W + b), or of any value before them. Gates let blocks of rectifiers through or not (conditional
/// computation, section 6): h = max(0, x·W + b)·n(x·V + c), one gate for a block of units; where a gate is shut the
/// columns of its block need not be read.
public struct StochasticRule: NetworkRule {
  public static let name = "stochastic"

  var network: Backpropagation
  private let design: NeuronDesign
  private let sites: SiteDesign
  let rate: Float
  private let key: StreamKey
  private let hasGates: Bool

  /// Reads `network`, `device`, `maps`, `optimizer` and the rule's own keys.
  public init(_ setup: TrainingSetup) throws {
    let node = setup.rule
    var design = NeuronDesign(
      estimator: Self.estimator(node),
      target: Float(node.number("firing-target", in: 0...1, default: 0.1)),
      pull: Float(node.number("firing-pull", in: 0...1e3, default: 0)))
    design.law = try Self.law(setup)
    self.design = design
    let (optimizer, rate) = setup.optimizer()
    (self.rate, key) = (rate, setup.key)
    let gates = node.has("gates") ? node.integer("gates", in: 1...1 << 20) : nil
    hasGates = gates != nil
    let sites = try SiteDesign(maps: setup)
    self.sites = sites
    let start: TrainingNetwork
    var names: [String] = []
    if setup.network.has("layers") {
      if gates != nil {
        node.child("gates").fault("gates belong to the layers of 'network.hidden'")
      }
      start = TrainingNetwork(setup) { $0.neurons = design }
      if start.neuronLayers.isEmpty {
        setup.network.child("layers").fault("there must be a layer of type 'neurons'")
      }
    } else {
      (start, names) = Self.dense(setup, design, gates: gates)
    }
    network = try setup.trained(
      start, optimizer: optimizer, title: "trained with stochastic neurons"
    ) { site in
      try sites.site(
        names.contains(site.name)
          ? Self.first(
            site, setup.key.child("weights"), gates, isLast: site.name == names.last) : site,
        loop: start.loop(of: site), key: setup.key.child("cells").child(site.index))
    }
  }

  /// The layers under `network.hidden` with neurons or gates, and the names of those that start with weights of their
  /// own.
  private static func dense(
    _ setup: TrainingSetup, _ design: NeuronDesign, gates: Int?
  ) -> (network: TrainingNetwork, names: [String]) {
    let node = setup.network
    var sizes = TrainingNetwork.hiddenSizes(node)
    if sizes.isEmpty {
      node.child("hidden").fault("there must be a layer of neurons")
      sizes = [8]
    }
    var gates = gates
    if let count = gates, let size = sizes.first(where: { $0 % count != 0 }) {
      setup.rule.child("gates").fault(
        "a layer of \(size) units has no \(count) blocks of one size")
      gates = nil
    }
    var network = TrainingNetwork(inputShape: [setup.inputCount], key: setup.key.child("weights"))
    network.neurons = design
    var names: [String] = []
    do throws(InputError) {
      for (k, size) in sizes.enumerated() {
        let (name, entering) = ("layer\(k + 1)", k == 0 ? "input" : "hidden\(k)")
        try network.dense(size, gates == nil ? nil : .relu, name: name)
        names.append(name)
        guard let gates else {
          try network.neurons(name: "hidden\(k + 1)")
          continue
        }
        // One gate for each row of a matrix of units.
        try network.append([.reshape([gates, size / gates])], name: "units\(k + 1)")
        try network.read([.name(entering)])
        try network.dense(gates, name: "gates\(k + 1)")
        names.append("gates\(k + 1)")
        try network.neurons(name: "open\(k + 1)")
        try network.append([.reshape([gates, 1])], name: "column\(k + 1)")
        try network.read([.name("units\(k + 1)"), .name("column\(k + 1)")])
        try network.append([.multiply([])], name: "gated\(k + 1)")
        try network.append([.flatten], name: "hidden\(k + 1)")
      }
      try network.dense(setup.classCount, name: "layer\(sizes.count + 1)")
      names.append("layer\(sizes.count + 1)")
    } catch { node.child("hidden").fault(TrainingNetwork.text(of: error)) }
    return (network, names)
  }

  /// A site of the dense layers with its first weights: rectifiers behind gates pass half of the variance on.
  private static func first(
    _ site: ProductSite, _ key: StreamKey, _ gates: Int?, isLast: Bool
  ) -> ProductSite {
    let number = Int(site.name.drop { !$0.isNumber }) ?? 0
    let isGate = site.name.hasPrefix("gates")
    let place = key.child(number)
    return site.replacing(
      weights: InitialWeights.normal.draw(
        site.inputs, site.outputs, gain: gates != nil && site.activation == .relu ? 2 : 1,
        isGate ? place.child("gates") : isLast ? place : place.child("units")), bias: site.bias)
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
    network.setFiring(key.child("fire").child(batch.step))
    let loss = network.train(
      batch, rate: rate * batch.gain,
      pass: sites.pass(
        key.child("read").child(batch.step), isTraining: true, step: batch.step,
        fixed: key.child("chip")), pulseRate: sites.pulseRate.map { $0 * batch.gain })
    network.setFiring(nil)
    return network.result(loss, of: batch)
  }

  /// The outputs with every device at its mean.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    outputs(x, readout: 0, key: key)
  }

  /// "mean" and "one draw".
  public var readouts: [String] { ["the neurons' means", "one draw"] }

  /// The outputs at the means, or of one draw.
  public mutating func outputs(_ x: Matrix<Float>, readout: Int, key: StreamKey) -> Matrix<Float> {
    network.setFiring(readout == 0 ? nil : key)
    let outputs = network.outputs(
      x, key: key, chip: sites.hardware?.sampling == .fixed ? self.key.child("chip") : nil)
    network.setFiring(nil)
    return outputs
  }

  /// How often devices fired in the last hundred steps or so, the pulses that make them, and those on pulsed devices.
  public func report() -> [RuleFigure] {
    let share = network.network.firingShare
    var figures = [
      RuleFigure(hasGates ? "gates that are open" : "neurons that fire", 100 * share, "%")
    ]
    if design.law.middle != 0 {
      figures += [
        RuleFigure("pulse that fires every other time", design.law.middle, "V"),
        RuleFigure("voltage of a unit of drive", design.law.unit, "V"),
      ]
    }
    return figures + RuleFigure.pulses(of: network.pulsedArrays)
  }
}

extension TrainableGraph {
  /// The share of the devices of all layers of neurons that fired in the last hundred passes or so.
  fileprivate var firingShare: Double {
    var (fired, count) = (0.0, 0)
    var shares: [String: Double] = [:]
    graph.forEachBuffer { name, values in
      if name.hasSuffix(".firing") { shares[name] = Double(max(0, values[0])) }
    }
    for layer in structure.layers where layer.operation is FiringOperation {
      let units = layer.operation.outputShape.reduce(1, *)
      fired += Double(units) * (shares["\(layer.name).firing"] ?? 0)
      count += units
    }
    return fired / Double(max(1, count))
  }
}
