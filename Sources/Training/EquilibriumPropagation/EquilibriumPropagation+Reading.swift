import Circuits
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

extension EquilibriumPropagation {
  /// Reads the rule's keys, `network.hidden` and `optimizer`.
  init(_ setup: TrainingSetup) {
    let node = setup.rule
    let model = node.choice("model", of: ["resistive", "energy"], default: "resistive")
    let isResistive = model == "resistive"
    Self.refuseLayers(setup.network)
    var hidden = TrainingNetwork.hiddenSizes(setup.network)
    let kind: SettlingNetwork.Kind =
      isResistive
      ? .resistive(inputGain: Float(node.number("input-gain", in: 1e-3...1e9, default: 100)))
      : .energy
    let spread = Float(node.number("initial-gain", in: 0...100, default: 1))
    if Self.weightCount(setup, hidden, kind) > 1 << 30 {
      setup.network.child("hidden").fault(
        "the layers have more than \(1 << 30) weights, which a network that settles may not")
      hidden = []
    }
    let hardware = isResistive ? SettlingHardware(reading: node) : nil
    let pulsed = isResistive ? Self.pulsed(setup) : nil
    let window =
      pulsed == nil ? Self.window(node, isResistive: isResistive, hardware) : 0...(.infinity)
    let start = Self.start(setup, hidden, kind, spread: spread, window: window)
    let (optimizer, rate) = setup.optimizer()
    if optimizer != .sgd() {
      setup.section("optimizer").fault(
        "'equilibrium-propagation' learns by plain descent: {name: sgd, rate: …} is expected")
    }
    self.init(network: start, rate: rate, window: window, key: setup.key)
    network.eulerStep = node.has("step") ? Float(node.number("step", in: 1e-4...1)) : nil
    estimator = node.choice("estimator", of: Estimator.self, default: estimator)
    gradient = node.choice("gradient", of: Gradient.self, default: gradient)
    nudging = Float(node.number("nudging", in: 1e-6...1e6, default: isResistive ? 1 : 0.5))
    sweeps = node.integer("sweeps", in: 1...100_000, default: isResistive ? 4 : 20)
    nudgedSweeps = node.integer("nudged-sweeps", in: 1...100_000, default: 4)
    rates = Self.rates("rates", node, default: rates)
    biasRates = Self.rates("bias-rates", node, default: rates)
    if node.flag("persistent", default: false) {
      let limit = (1 << 30) / network.stateCount
      if setup.sampleCount > limit {
        node.child("persistent").fault(
          "keeps a state per training sample, of which \(limit) are allowed for \(network.stateCount) units, there are \(setup.sampleCount)"
        )
      } else {
        particles = SettledParticles(network, samples: setup.sampleCount)
      }
    }
    circuit = Self.circuit(node, network, hardware)
    self.hardware = hardware
    if isResistive { hold(pulsed, node) }
    checkCircuit(node)
    if particles != nil, hardware?.isCircuit == true {
      node.child("persistent").fault("keeps states of ideal wires and diodes only")
    }
    if needsLimit, !(nudging < network.nudgingLimit) {
      node.child("nudging").fault(limitText)
    }
  }

  /// Refuses layers that are described one by one, naming those that no crossbar between two layers of units is.
  private static func refuseLayers(_ network: StrictNode) {
    guard network.has("layers") else { return }
    let list = network.child("layers")
    var others: [String] = []
    for layer in list.elements() {
      let type = layer.text("type")
      layer.acceptAll()
      if type != "dense", !others.contains(type) { others.append(type) }
    }
    let reason =
      others.isEmpty
      ? "whose units the model gives"
      : "and \(others.joined(separator: ", ")) is no crossbar between two layers of units"
    list.fault(
      "are not read by 'equilibrium-propagation': a network that settles has dense layers, \(reason); list their sizes under 'hidden'"
    )
  }

  /// The section `circuit`.
  private static func circuit(
    _ node: StrictNode, _ network: SettlingNetwork, _ hardware: SettlingHardware?
  ) -> SettlingCircuit? {
    let section = node.mapping("circuit", required: false)
    guard section.exists else { return nil }
    let circuit = SettlingCircuit(
      conductanceUnit: hardware?.conductanceUnit ?? 1, voltageUnit: hardware?.voltageUnit ?? 1,
      nodeCapacitance: section.quantity("node-capacitance", unit: "F", in: 0...1e-3, default: 0),
      lineCapacitance: section.quantity("line-capacitance", unit: "F", in: 0...1e-3, default: 0),
      bits: section.integer("read-bits", in: 1...24, default: 8),
      samples: section.integer("samples", in: 1...10_000, default: 10))
    if network.kind == .energy {
      section.fault("is that of 'model: resistive': the energy model is no circuit")
    }
    if !(circuit.nodeCapacitance + circuit.lineCapacitance > 0) {
      section.fault("needs a 'node-capacitance' or a 'line-capacitance' of more than 0 F")
    }
    if network.stateCount > ResistiveNetwork.settlingLimit {
      section.fault(
        "has \(network.stateCount) units, whose transient is too large: \(ResistiveNetwork.settlingLimit) are allowed"
      )
    }
    return circuit
  }

  /// Whether a state is nudged away from the target.
  var needsLimit: Bool {
    gradient == .equilibriumPropagation && estimator != .oneSided
  }

  /// Why the nudging is too large for the conductances as they are.
  var limitText: String {
    "is \(nudging), with the target pushing away it must stay below \(network.nudgingLimit), the smallest "
      + "total conductance of an output: 'estimator: one-sided' has no such limit"
  }

  private static func weightCount(
    _ setup: TrainingSetup, _ hidden: [Int], _ kind: SettlingNetwork.Kind
  ) -> Int {
    let sizes = [setup.inputCount * kind.inputCopies] + hidden + [setup.classCount]
    return zip(sizes, sizes.dropFirst()).reduce(0) {
      let (product, overflows) = $1.0.multipliedReportingOverflow(by: $1.1)
      return overflows ? .max : $0.addingReportingOverflow(product).overflow ? .max : $0 + product
    }
  }

  /// Weights uniform within ±spread/√inputs, held in the window: half of the conductances start at its lower end.
  private static func start(
    _ setup: TrainingSetup, _ hidden: [Int], _ kind: SettlingNetwork.Kind, spread: Float,
    window: ClosedRange<Float>
  ) -> SettlingNetwork {
    let sizes = [setup.inputCount * kind.inputCopies] + hidden + [setup.classCount]
    var matrices: [SettlingMatrix] = []
    for k in 1..<sizes.count {
      // The resistive network's rule is 1/√inputs; the energy model's is Glorot's √(6/(inputs + outputs)).
      let initial =
        kind == .energy
        ? spread * (6 * Float(sizes[k - 1]) / Float(sizes[k - 1] + sizes[k])).squareRoot() : spread
      let weights = InitialWeights.uniform(spread: initial).draw(
        sizes[k - 1], sizes[k], setup.key.child("start").child(k))
      matrices.append(
        SettlingMatrix(
          rowCount: sizes[k - 1], columnCount: sizes[k],
          weights: weights.elements.map { min(max($0, window.lowerBound), window.upperBound) }))
    }
    return SettlingNetwork(
      kind: kind, inputCount: setup.inputCount, matrices: matrices,
      biases: sizes.dropFirst().map { Array(repeating: 0, count: $0) })
  }

  /// What weights are held in: conductances are not negative.
  private static func window(
    _ node: StrictNode, isResistive: Bool, _ hardware: SettlingHardware?
  ) -> ClosedRange<Float> {
    let window = node.mapping("window", required: false)
    if let hardware, node.has("conductance-unit") { return hardware.window(window) }
    let low =
      isResistive
      ? window.number("minimum", in: 0...1e9, default: 0)
      : window.has("minimum") ? window.number("minimum", in: -1e9...0) : -.infinity
    let high = window.has("maximum") ? window.number("maximum", in: 1e-9...1e9) : .infinity
    guard low < high else {
      window.fault("minimum \(low) is not below maximum \(high)")
      return 0...(.infinity)
    }
    return Float(low)...Float(high)
  }

  /// A learning rate a layer, the first layer's first; `usual` where nothing is said.
  private static func rates(_ key: String, _ node: StrictNode, default usual: [Float]) -> [Float] {
    guard node.has(key) else { return usual }
    let list = node.child(key).elements().compactMap { $0.text().flatMap(Float.init) }
    guard list.count == usual.count, list.allSatisfy({ $0 >= 0 && $0 <= 1e3 }) else {
      node.child(key).fault(
        "must list \(usual.count) rates from 0 to 1000, one per layer of weights")
      return usual
    }
    return list
  }
}
