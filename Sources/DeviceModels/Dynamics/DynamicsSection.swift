import Foundation
import Randomness
import StrictYAML

/// The `dynamics:` section of a device model: a law, its parameters, how they spread, and check
/// points that the law must meet.
///
/// ```yaml
/// dynamics:
///   law: vteam
///   resistance: linear
///   parameters:
///     resistance-on: 50 Ohm
///     threshold-off: 0.02 V
///   spread:
///     threshold-off: {deviation: 5 %, form: log-normal}
///   cycle-spread:
///     threshold-off: {deviation: 2 %}
///   loop: {shape: sine, positive: 0.25 V, negative: -0.25 V, period: 10 us}
///   check-points:
///     - {state: [0.1 nm], voltage: 0.5 V, current: 6.1 mA, rate: [12 m/s]}
/// ```
public struct DynamicsSection: Sendable {
  /// The law's name.
  public let law: String
  /// The nominal parameters.
  public let parameters: ParameterSet
  /// How parameters spread from device to device.
  public let spread: DynamicsSpread
  /// How parameters spread anew in every cycle of one device, about that device's own.
  public let cycleSpread: DynamicsSpread
  /// The loop that the source drives it through.
  public let loop: SuggestedLoop?
  /// What the law must give.
  public let checkPoints: [CheckPoint]

  /// A state and a voltage, and the current and rates there by an independent calculation.
  public struct CheckPoint: Sendable, Hashable {
    /// The state, in SI units.
    public var state: [Double]
    /// The voltage on the device, in volts.
    public var voltage: Double
    /// The current, in amperes.
    public var current: Double
    /// dx/dt, in SI units; empty where it is not given.
    public var rate: [Double]
    /// The relative deviation allowed.
    public var tolerance: Double
  }

  /// Reads the section; what is wrong is recorded at the node.
  public init(reading node: StrictNode) {
    let name = node.choice("law", of: DynamicLaws.names)
    let type = DynamicLaws.named(name) ?? LinearIonDrift.self
    law = type.law
    var numbers: [String: Double] = [:]
    var choices: [String: String] = [:]
    let given = node.mapping("parameters")
    for p in type.parameters {
      numbers[p.key] = given.quantity(p.key, unit: p.unit, in: p.range, default: p.fallback)
    }
    for (lower, upper) in type.orders {
      if let low = numbers[lower], let high = numbers[upper], low >= high {
        given.fault(
          "'\(upper)' (\(high)) must be above '\(lower)' (\(low))")
        // A state needs room for the other faults to be found.
        for p in type.parameters where p.key == lower { numbers[lower] = p.range.lowerBound }
        for p in type.parameters where p.key == upper { numbers[upper] = p.range.upperBound }
      }
    }
    for choice in type.choices {
      choices[choice.key] = node.choice(choice.key, of: choice.names, default: choice.names[0])
    }
    parameters = ParameterSet(numbers, choices: choices)

    spread = DynamicsSpread(
      reading: node.mapping("spread", required: false), parameters: type.parameters)
    cycleSpread = DynamicsSpread(
      reading: node.mapping("cycle-spread", required: false), parameters: type.parameters)
    let loopNode = node.mapping("loop", required: false)
    loop = loopNode.exists ? SuggestedLoop(reading: loopNode) : nil

    let states = type.init(parameters).states
    checkPoints = node.child("check-points").elements().map { point in
      let listed = point.child("state").elements()
      if listed.count != states.count {
        point.fault("the state of '\(name)' has \(states.count) components")
      }
      let rates = point.child("rate").elements()
      return CheckPoint(
        state: zip(listed, states).map { $0.quantity(unit: $1.unit) ?? $1.range.lowerBound },
        voltage: point.quantity("voltage", unit: "V"),
        current: point.quantity("current", unit: "A"),
        rate: zip(rates, states).map { $0.quantity(unit: Self.perSecond($1.unit)) ?? 0 },
        tolerance: point.number("tolerance", in: 0...1, default: 1e-6))
    }
  }

  /// "m/s" for "m", "1/s" for a plain number, "" for seconds.
  static func perSecond(_ unit: String) -> String {
    switch unit {
    case "": return "1/s"
    case "s": return ""
    default: return "\(unit)/s"
    }
  }

  /// The nominal device.
  public func device() -> any DynamicDevice { device(parameters) }

  /// A device with other parameters.
  /// - Precondition: every key of the law is there.
  public func device(_ parameters: ParameterSet) -> any DynamicDevice {
    let type = DynamicLaws.named(law) ?? LinearIonDrift.self
    return type.init(parameters)
  }

  /// The parameters of device `index` of a population, which spread as the section says: a
  /// function of the key and the index alone.
  public func parameters(_ index: Int, _ key: StreamKey) -> ParameterSet {
    spread.drawn(around: parameters, law: law, key.child("device").child(index))
  }

  /// Device `index` of a population; see `parameters(_:_:)`.
  public func device(_ index: Int, _ key: StreamKey) -> any DynamicDevice {
    device(parameters(index, key))
  }

  /// What `own`, the parameters of device `index`, are in its cycle number `cycle`.
  public func parameters(
    of own: ParameterSet, index: Int, cycle: Int, _ key: StreamKey
  ) -> ParameterSet {
    cycleSpread.drawn(
      around: own, law: law, key.child("cycles").child(index).child(cycle))
  }
}
