import PhysicalUnits
import StrictYAML

/// Cells that stay at one conductance whatever is written.
public struct StuckCells: Sendable, Hashable {
  /// The fraction that is stuck at `onConductance`.
  public var onFraction: Double
  /// The fraction that is stuck at `offConductance`.
  public var offFraction: Double
  /// Where cells stick that are always on.
  public var onConductance: Siemens
  /// Where cells stick that are always off.
  public var offConductance: Siemens

  /// Fractions and conductances; see the members.
  public init(
    onFraction: Double, offFraction: Double, onConductance: Siemens, offConductance: Siemens
  ) {
    precondition(
      onFraction >= 0 && offFraction >= 0 && onFraction + offFraction <= 1,
      "fractions of all cells")
    self.onFraction = onFraction
    self.offFraction = offFraction
    self.onConductance = onConductance
    self.offConductance = offConductance
  }

  init(reading node: StrictNode, window: ConductanceWindow) {
    let on = node.exists ? node.number("on-fraction", in: 0...1, default: 0) : 0
    let off = node.exists ? node.number("off-fraction", in: 0...1, default: 0) : 0
    if on + off > 1 { node.fault("'on-fraction' and 'off-fraction' add to more than 1") }
    func conductance(_ key: String, _ fallback: Siemens) -> Siemens {
      guard node.exists else { return fallback }
      return Siemens(node.quantity(key, unit: "S", in: 0...1, default: fallback.value))
    }
    let onConductance = conductance("on-conductance", window.maximum)
    let offConductance = conductance("off-conductance", window.minimum)
    if offConductance > onConductance {
      node.fault("'off-conductance' is above 'on-conductance'")
    }
    self.init(
      onFraction: on, offFraction: min(off, 1 - on), onConductance: onConductance,
      offConductance: offConductance)
  }
}
