import StrictYAML

/// The voltage loop that a device's source shows, and what stood in series: where `device iv` begins.
///
/// ```yaml
/// loop: {shape: triangle, positive: 1.5 V, negative: -1.5 V, period: 1 ms, compliance: 1 mA}
/// ```
public struct SuggestedLoop: Sendable, Hashable {
  /// "triangle" or "sine".
  public var shape: String
  /// The highest voltage.
  public var positive: Double
  /// The lowest voltage.
  public var negative: Double
  /// The length of one loop, in seconds.
  public var period: Double
  /// How many loops show what the source shows.
  public var cycles: Int
  /// The current limit in amperes, where there is one.
  public var compliance: Double?
  /// The series resistor in ohms, where there is one.
  public var resistor: Double?

  init(reading node: StrictNode) {
    shape = node.choice("shape", of: ["triangle", "sine"], default: "triangle")
    positive = node.quantity("positive", unit: "V", in: 0...1000, default: 0)
    negative = node.quantity("negative", unit: "V", in: -1000...0, default: 0)
    period = node.quantity("period", unit: "s", in: 1e-15...1e9)
    cycles = node.integer("cycles", in: 1...1000, default: 1)
    compliance = node.optionalQuantity("compliance", unit: "A", in: 1e-15...1e3)
    resistor = node.optionalQuantity("resistor", unit: "Ohm", in: 1e-6...1e15)
    if positive <= negative { node.fault("'positive' must be above 'negative'") }
    if shape == "sine" && positive <= 0 { node.fault("a sine needs 'positive'") }
  }
}
