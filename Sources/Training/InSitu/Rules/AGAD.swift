import Randomness
import StrictYAML

/// AGAD, analog gradient accumulation with a dynamic reference: rows' signs flip every `period`
/// readings, and the mean reading of the period before is taken off as the reference, so that the fast
/// devices need not rest at their symmetry points.
///
/// Rasch, Carta, Fagbohungbe and Gokmen, Nat. Commun. 15, 7133 (2024),
/// doi 10.1038/s41467-024-51221-z. The mean of a period weighs every reading `tail`/period, so that
/// the transient after a flip counts for little.
public struct AGAD: TransferRule {
  public static let name = "agad"
  /// The shared settings.
  public var transfer: TransferSettings
  /// Readings of a row between flips of its sign.
  public var period: Int
  /// How much the end of a period outweighs its start.
  public var tail: Float

  /// The rule.
  public init(
    _ transfer: TransferSettings = TransferSettings(), period: Int = 50, tail: Float = 5
  ) {
    precondition(period > 0 && tail > 0, "a period of readings")
    self.transfer = transfer
    self.period = period
    self.tail = tail
  }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    self.init(
      TransferSettings(reading: node),
      period: node.integer("period", in: 1...1_000_000, default: 50),
      tail: Float(node.number("tail", in: 1e-3...1e6, default: 5)))
  }

  func layer(_ arrays: FastSlowArrays, key: StreamKey) -> any InSituRule {
    BufferedTransferLayer(arrays: arrays, filter: .referenced(period: period, tail: tail), key: key)
  }
}
