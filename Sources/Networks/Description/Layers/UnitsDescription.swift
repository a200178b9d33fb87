import InputOutput
internal import StrictYAML

/// Units with a memory along time × units: `integrate-and-fire` and `leaky-rate`, with NAME.weight, units × units, between
/// them (row: the unit that receives) where `recurrent` is true; with `fixed: true` no training changes them. With
/// `own-thresholds: true` spiking ones have NAME.threshold, what each adds to the threshold.
struct UnitsDescription: LayerDescription {
  static let types = ["integrate-and-fire", "leaky-rate"]
  var type: String {
    if case .spiking = law { "integrate-and-fire" } else { "leaky-rate" }
  }
  var hasArrays: Bool { isRecurrent || hasThresholds }
  var isProduct: Bool { isRecurrent && fixed == nil }

  let law: LeakyUnits.Law
  let isRecurrent: Bool
  /// Whether every spiking unit has a threshold of its own.
  let hasThresholds: Bool
  /// How fixed weights are read; `nil` for weights that learn.
  var fixed: FixedWeights?

  init?(type: String, _ node: StrictNode) {
    isRecurrent = node.flag("recurrent", default: false)
    fixed = FixedWeights(reading: node)
    hasThresholds =
      type == "integrate-and-fire" && node.flag("own-thresholds", default: false)
    law = type == "leaky-rate" ? .rate(Self.rate(node)) : .spiking(Self.spiking(node))
  }

  private static func spiking(_ node: StrictNode) -> IntegrateAndFire {
    let usual = IntegrateAndFire()
    func number(_ key: String, _ fallback: Float, in range: ClosedRange<Double> = -1e9...1e9)
      -> Float
    { Float(node.number(key, in: range, default: Double(fallback))) }
    var law = usual
    law.decay = number("decay", usual.decay, in: 0...1)
    law.leak = number("leak", usual.leak)
    law.threshold = number("threshold", usual.threshold)
    law.reset = node.choice("reset", of: IntegrateAndFire.Reset.self, default: usual.reset)
    law.resetValue = number("reset-value", usual.resetValue)
    law.refractorySteps = node.integer("refractory-steps", in: 0...1_000_000, default: 0)
    if node.has("floor") { law.floor = number("floor", 0) }
    law.synapseDecay = number("synapse-decay", usual.synapseDecay, in: 0...1)
    law.adaptation = number("adaptation", usual.adaptation)
    law.adaptationDecay = number("adaptation-decay", usual.adaptationDecay, in: 0...1)
    law.inhibition = number("inhibition", usual.inhibition)
    law.hasSingleWinner = node.flag("single-winner", default: false)
    law.surrogate = SurrogateGradient(
      shape: node.choice(
        "surrogate", of: SurrogateGradient.Shape.self, default: usual.surrogate.shape),
      width: number("surrogate-width", usual.surrogate.width, in: 1e-9...1e9))
    law.passesReset = node.flag("reset-gradient", default: usual.passesReset)
    return law
  }

  private static func rate(_ node: StrictNode) -> RateUnit {
    guard node.choice("function", of: ["tanh", "sigmoid"], default: "tanh") == "sigmoid" else {
      return .tanh(leak: Float(node.number("leak", in: 1e-9...1, default: 1)))
    }
    return .sigmoid(
      decay: Float(node.number("decay", in: 0...1, default: 0)),
      gain: Float(node.number("gain", in: 1e-9...1e9, default: 1)),
      threshold: Float(node.number("threshold", in: -1e9...1e9, default: 0)))
  }

  var keys: [(key: String, value: String)] {
    let recurrent = [("recurrent", "\(isRecurrent)")] + (fixed?.keys ?? [])
    switch law {
    case .rate(.tanh(let leak)): return [("function", "tanh"), ("leak", "\(leak)")] + recurrent
    case .rate(.sigmoid(let decay, let gain, let threshold)):
      return [
        ("function", "sigmoid"), ("decay", "\(decay)"), ("gain", "\(gain)"),
        ("threshold", "\(threshold)"),
      ] + recurrent
    case .spiking(let law):
      return [
        ("decay", "\(law.decay)"), ("leak", "\(law.leak)"), ("threshold", "\(law.threshold)"),
        ("reset", law.reset.rawValue), ("reset-value", "\(law.resetValue)"),
        ("refractory-steps", "\(law.refractorySteps)"),
      ] + (law.floor.isFinite ? [("floor", "\(law.floor)")] : []) + [
        ("synapse-decay", "\(law.synapseDecay)"), ("adaptation", "\(law.adaptation)"),
        ("adaptation-decay", "\(law.adaptationDecay)"), ("inhibition", "\(law.inhibition)"),
        ("single-winner", "\(law.hasSingleWinner)"), ("own-thresholds", "\(hasThresholds)"),
        ("surrogate", law.surrogate.shape.rawValue), ("surrogate-width", "\(law.surrogate.width)"),
        ("reset-gradient", "\(law.passesReset)"),
      ] + recurrent
    }
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    let matrix = isRecurrent ? try arrays.matrix("\(name).weight").transposed() : nil
    return switch law {
    case .spiking(let law):
      try builder.integrateAndFire(
        inputs[0], law, recurrent: matrix, fixed: fixed,
        thresholds: hasThresholds
          ? try arrays.vector(
            "\(name).threshold", count: builder.shape(of: inputs[0]).last ?? 0) : [], name: name)
    case .rate(let law):
      try builder.rateUnits(inputs[0], law, recurrent: matrix, fixed: fixed, name: name)
    }
  }
}

extension NetworkDescription.Layer {
  /// The law of a layer of spiking units; `nil` for any other layer.
  package var spikingLaw: IntegrateAndFire? {
    if case .spiking(let law)? = (kind as? UnitsDescription)?.law { law } else { nil }
  }
  /// Whether units of the layer read each other.
  package var isRecurrent: Bool { (kind as? UnitsDescription)?.isRecurrent ?? false }
  /// Whether each of its units has a threshold of its own.
  package var hasThresholds: Bool { (kind as? UnitsDescription)?.hasThresholds ?? false }

  /// The same units with weights between them that no training changes.
  package func withFixed(_ weights: FixedWeights) -> Self {
    guard var units = kind as? UnitsDescription else { return self }
    units.fixed = weights
    return Self(units, name: name, from: from)
  }
}
