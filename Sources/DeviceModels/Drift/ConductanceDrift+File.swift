import PhysicalUnits
import StrictYAML

extension ConductanceDrift {
  /// A law from its keys.
  package init(reading node: StrictNode) {
    self.init(law: node)
    activationEnergy = node.optionalQuantity("activation-energy", unit: "eV", in: 0...10)
    temperature = node.quantity("temperature", unit: "K", in: 1...2000, default: 298.15)
    if case .broadening(let points) = form { latest = points.last.map { Seconds($0.time) } }
    if let until = node.optionalQuantity("until", unit: "s", in: 1e-9...1e12) {
      latest = Seconds(until)
    }
  }

  /// The law of time alone.
  private init(law node: StrictNode) {
    let none = Exponent(slope: 0, intercept: 0, minimum: 0, maximum: 0)
    switch node.choice(
      "law", of: ["power", "logarithmic", "broadening", "decay"], default: "power")
    {
    case "logarithmic":
      form = .logarithmic(
        mean: node.quantity("mean", unit: "S", in: -1...1),
        deviation: node.quantity("deviation", unit: "S", in: 0...1),
        slope: node.quantity("deviation-slope", unit: "S", in: -1...1, default: 0))
      origin = Seconds(node.quantity("origin", unit: "s", in: 1e-9...1e9))
      (reference, mean, deviation) = (1, none, none)
      return
    case "broadening":
      let points = node.child("points").elements().map {
        BroadeningPoint(
          time: $0.quantity("time", unit: "s", in: 1e-9...1e12),
          polynomial: $0.quantities("polynomial", unit: "S"),
          shift: $0.has("mean") ? $0.quantities("mean", unit: "S") : [])
      }
      if points.isEmpty || zip(points, points.dropFirst()).contains(where: { $0.time >= $1.time }) {
        node.fault("'points' must be a list with rising times")
      }
      form = .broadening(points)
      origin = Seconds(points.first?.time ?? 1)
      reference = node.quantity("reference", unit: "S", in: 1e-12...1)
      (mean, deviation) = (none, none)
      return
    case "decay":
      form = .decay(
        timeConstant: node.quantity("time-constant", unit: "s", in: 1e-9...1e30),
        spread: node.number("spread", in: 0...20, default: 0))
      origin = Seconds(node.quantity("origin", unit: "s", in: 1e-9...1e9, default: 1))
      (reference, mean, deviation) = (1, none, none)
      return
    default: break
    }
    origin = Seconds(node.quantity("origin", unit: "s", in: 1e-9...1e9))
    reference = node.quantity("reference", unit: "S", in: 1e-12...1, default: 1)
    func exponent(_ key: String, fallback: Double?) -> Exponent {
      let part = node.child(key)
      if part.keysOrNone.isEmpty {
        let value = node.number(key, in: 0...1, default: fallback)
        return Exponent(slope: 0, intercept: value, minimum: value, maximum: value)
      }
      let low = part.number("minimum", in: 0...1)
      let high = part.number("maximum", in: 0...1)
      if low > high { part.fault("'minimum' is above 'maximum'") }
      return Exponent(
        slope: part.number("slope"), intercept: part.number("intercept"),
        minimum: low, maximum: max(low, high))
    }
    mean = exponent("exponent", fallback: nil)
    deviation = exponent("exponent-deviation", fallback: 0)
  }
}

extension StrictNode {
  /// The keys where this is a mapping, else none.
  fileprivate var keysOrNone: [String] { exists ? keys : [] }
}
