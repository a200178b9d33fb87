import Randomness
import StrictYAML

/// Tiki-Taka v2: readings of the fast array gather in a digital buffer H ← H + rate·transferRate·A; a
/// weight gets a pulse where its buffer has passed the threshold, and the buffer is emptied.
///
/// Gokmen, Front. Artif. Intell. 4, 699148 (2021), doi 10.3389/frai.2021.699148. The weights are
/// C + gamma·A. A device whose steps are the same everywhere has nothing that takes A back to rest, so
/// that C follows the integral of all gradients; the part gamma, as in the first Tiki-Taka, damps that.
public struct TikiTakaV2: TransferRule {
  public static let name = "tiki-taka-v2"
  /// The shared settings.
  public var transfer: TransferSettings

  /// The rule.
  public init(_ transfer: TransferSettings = TransferSettings()) { self.transfer = transfer }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    self.init(TransferSettings(reading: node, hasGamma: true))
  }

  func layer(_ arrays: FastSlowArrays, key: StreamKey) -> any InSituRule {
    BufferedTransferLayer(arrays: arrays, filter: .plain, key: key)
  }
}
