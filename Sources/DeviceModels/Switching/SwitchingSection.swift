import StrictYAML

/// The `switching:` section of a device model: a law of random switching, its parameters, and check
/// points that the law must meet.
///
/// ```yaml
/// switching:
///   law: exponential
///   polarity: positive
///   parameters: {time-constant: 1e3 s, voltage-scale: 0.15 V, log-deviation: 0.8}
///   check-points:
///     - {height: 2 V, width: 1.6 ms, probability: 0.5}
/// ```
public struct SwitchingSection: Sendable, Hashable {
  /// The law with its parameters.
  public let law: SwitchingKind
  /// The law's name.
  public let lawName: String
  /// The parameters, in SI units.
  public let parameters: ParameterSet
  /// What the law must give.
  public let checkPoints: [CheckPoint]

  /// A rectangular pulse, or for breakdown a sweep up to `height`, and the part that switches.
  public struct CheckPoint: Sendable, Hashable {
    /// Volts.
    public var height: Double
    /// Seconds; of no meaning for breakdown.
    public var width: Double
    /// The part of all devices.
    public var probability: Double
    /// The absolute deviation allowed.
    public var tolerance: Double
  }

  /// The laws by the names that model files use, with what they take.
  public static let laws: [(name: String, parameters: [ParameterSpecification])] = [
    (
      "exponential",
      [
        ParameterSpecification("time-constant", "s", 1e-18...1e30, "τ₀"),
        ParameterSpecification("voltage-scale", "V", 1e-4...10, "V₀"),
        ParameterSpecification(
          "log-deviation", "", 0...10, default: 0,
          "σ of ln t; 0 for switching without memory, exponentially distributed"),
      ]
    ),
    (
      "neel-brown",
      [
        ParameterSpecification("attempt-time", "s", 1e-13...1e-3, default: 1e-9, "τ₀"),
        ParameterSpecification("stability", "", 0...500, "Δ, the barrier in kT"),
        ParameterSpecification("critical-voltage", "V", -100...100, "V_c"),
      ]
    ),
    (
      "breakdown",
      [
        ParameterSpecification("mean-voltage", "V", 1e-3...1000, "µ"),
        ParameterSpecification("deviation", "V", 1e-6...100, "σ"),
        ParameterSpecification("conductance", "S", 1e-15...10, "median of broken cells"),
        ParameterSpecification("log-deviation", "", 0...10, "σ of ln G of broken cells"),
      ]
    ),
  ]

  /// Reads the section; what is wrong is recorded at the node.
  public init(reading node: StrictNode) {
    let name = node.choice("law", of: Self.laws.map(\.name))
    lawName = name
    let specification = Self.laws.first { $0.name == name }?.parameters ?? []
    let given = node.mapping("parameters")
    // Without a law nothing is known about its parameters.
    if specification.isEmpty { given.acceptAll() }
    var numbers: [String: Double] = [:]
    for p in specification {
      numbers[p.key] = given.quantity(p.key, unit: p.unit, in: p.range, default: p.fallback)
    }
    var choices: [String: String] = [:]
    if lawName == "exponential" {
      choices["polarity"] = node.choice(
        "polarity", of: ExponentialSwitching.Polarity.allCases.map(\.rawValue),
        default: "positive")
    }
    if numbers["critical-voltage"] == 0 { given.fault("'critical-voltage' must not be 0") }
    parameters = ParameterSet(numbers, choices: choices)
    // Where the law is missing or unknown, which is a fault already, any law does.
    law =
      specification.isEmpty
      ? .breakdown(
        DielectricBreakdown(meanVoltage: 1, deviation: 1, medianConductance: 1, logDeviation: 0))
      : SwitchingKind(lawName, parameters)
    let isBreakdown = lawName == "breakdown"
    checkPoints = node.child("check-points").elements().map { point in
      CheckPoint(
        height: point.quantity("height", unit: "V"),
        width: point.quantity("width", unit: "s", in: 0...1e12, default: isBreakdown ? 1 : nil),
        probability: point.number("probability", in: 0...1),
        tolerance: point.number("tolerance", in: 0...1, default: 1e-6))
    }
  }

  /// The part of all devices that a pulse (for breakdown: a sweep) of `height` volts switches.
  public func probability(height: Double, width: Double) -> Double {
    switch law {
    case .exponential(let law): law.probability(height: height, width: width)
    case .neelBrown(let law): law.probability(height: height, width: width)
    case .breakdown(let law): law.probability(height)
    }
  }
}

/// A law of random switching with its parameters.
public enum SwitchingKind: Sendable, Hashable {
  /// A filament that forms at an exponential rate.
  case exponential(ExponentialSwitching)
  /// A magnetic junction.
  case neelBrown(NeelBrownSwitching)
  /// A pristine cell.
  case breakdown(DielectricBreakdown)

  init(_ name: String, _ p: ParameterSet) {
    switch name {
    case "neel-brown":
      let critical = p["critical-voltage"]
      self = .neelBrown(
        NeelBrownSwitching(
          attemptTime: p["attempt-time"], stability: p["stability"],
          criticalVoltage: critical == 0 ? 1 : critical))
    case "breakdown":
      self = .breakdown(
        DielectricBreakdown(
          meanVoltage: p["mean-voltage"], deviation: p["deviation"],
          medianConductance: p["conductance"], logDeviation: p["log-deviation"]))
    default:
      let deviation = p["log-deviation"]
      self = .exponential(
        ExponentialSwitching(
          timeConstant: p["time-constant"], voltageScale: p["voltage-scale"],
          polarity: ExponentialSwitching.Polarity(rawValue: p.choices["polarity"] ?? "")
            ?? .positive,
          dose: deviation > 0 ? .logNormal(deviation) : .exponential))
    }
  }
}
