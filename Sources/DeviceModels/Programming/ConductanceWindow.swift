import PhysicalUnits
import StrictYAML

/// The conductances that a device can be written to.
public struct ConductanceWindow: Sendable, Hashable {
  /// The lowest conductance, 0 or more.
  public var minimum: Siemens
  /// The highest conductance.
  public var maximum: Siemens
  /// How many conductances there are, evenly spaced with both ends; `nil` is a continuum.
  public var levels: Int?
  /// Relative standard deviation of both ends from cell to cell.
  public var spread: Double

  /// A window; see the members.
  /// - Precondition: 0 ≤ `minimum` < `maximum`, at least two levels.
  public init(minimum: Siemens, maximum: Siemens, levels: Int? = nil, spread: Double = 0) {
    precondition(minimum.value >= 0 && minimum < maximum, "a window has a lower and an upper end")
    precondition(levels ?? 2 >= 2 && spread >= 0, "two levels at least, no negative spread")
    self.minimum = minimum
    self.maximum = maximum
    self.levels = levels
    self.spread = spread
  }

  init(reading node: StrictNode) {
    let low = node.quantity("minimum", unit: "S", in: 0...1)
    let high = node.quantity("maximum", unit: "S", in: 1e-15...1, default: low * 2 + 1e-6)
    if node.exists && !node.has("maximum") { node.fault("the key 'maximum' is missing") }
    if high <= low { node.fault("'maximum' must be above 'minimum'") }
    let levels = node.has("levels") ? node.integer("levels", in: 2...1_000_000) : nil
    let spread = node.number("spread", in: 0...1, default: 0)
    self.init(
      minimum: Siemens(low), maximum: Siemens(max(high, low + 1e-15)), levels: levels,
      spread: spread)
  }
}
