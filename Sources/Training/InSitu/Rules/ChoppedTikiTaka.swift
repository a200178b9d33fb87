import Randomness
import StrictYAML

/// Chopped Tiki-Taka (c-TTv2): the gradient goes onto the fast array with a sign a row, its readings
/// come off with the same sign, and signs flip at random after a reading, so that an offset of the
/// fast devices averages out.
///
/// Rasch, Carta, Fagbohungbe and Gokmen, Nat. Commun. 15, 7133 (2024),
/// doi 10.1038/s41467-024-51221-z.
public struct ChoppedTikiTaka: TransferRule {
  public static let name = "chopped-tiki-taka"
  /// The shared settings.
  public var transfer: TransferSettings
  /// The probability that a row's sign flips after it was read.
  public var flipProbability: Float

  /// The rule.
  public init(_ transfer: TransferSettings = TransferSettings(), flipProbability: Float = 0.1) {
    precondition((0...1).contains(flipProbability), "a probability")
    self.transfer = transfer
    self.flipProbability = flipProbability
  }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    self.init(
      TransferSettings(reading: node),
      flipProbability: Float(node.number("flip-probability", in: 0...1, default: 0.1)))
  }

  func layer(_ arrays: FastSlowArrays, key: StreamKey) -> any InSituRule {
    BufferedTransferLayer(arrays: arrays, filter: .chopped(probability: flipProbability), key: key)
  }
}
