import DeviceModels
import Randomness
import StrictYAML

/// Tiki-Taka: the gradient goes onto a fast array A about its symmetry point, and A's rows go onto the
/// slow array C by pulses as they are read: C ← C + rate·transferRate·A.
///
/// Gokmen and Haensch, Front. Neurosci. 14, 103 (2020), doi 10.3389/fnins.2020.00103. The weights are
/// C + gamma·A.
public struct TikiTaka: TransferRule {
  public static let name = "tiki-taka"
  /// The shared settings; `threshold` and `momentum` do not act.
  public var transfer: TransferSettings

  /// The rule.
  public init(_ transfer: TransferSettings = TransferSettings()) { self.transfer = transfer }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    self.init(TransferSettings(reading: node, hasGamma: true))
  }

  func layer(_ arrays: FastSlowArrays, key: StreamKey) -> any InSituRule {
    TikiTakaLayer(arrays: arrays)
  }
}

struct TikiTakaLayer: TransferLayer {
  var arrays: FastSlowArrays
  private var samplesSeen = 0
  private var oneHot: [Float] = []
  private var scratch: [Float] = []
  private var readings: [Float] = []

  init(arrays: FastSlowArrays) { self.arrays = arrays }

  mutating func visit(_ visitor: inout SavedState) {
    arrays.visit(&visitor)
    visitor.integer("samples", &samplesSeen)
  }

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float
  ) {
    arrays.descend(x: x, g: g, samples: samples, choppers: [])
    let transfers = arrays.settings.transfers(after: batch, done: samplesSeen)
    samplesSeen += batch
    let rows = rowCount
    let strength = rate * arrays.settings.transferRate
    let scheme = arrays.design.scheme
    for range in arrays.nextRows(transfers) {
      arrays.fast.readRows(range, path: arrays.settings.transferRead, into: &readings)
      // A row's transfer is a rank-one update with a pulse train on that row alone.
      let count = range.count * rows
      if oneHot.count < count { oneHot = Array(repeating: 0, count: count) }
      for (k, row) in range.enumerated() { oneHot[k * rows + row] = 1 }
      arrays.slow.update(
        x: oneHot, d: readings, samples: range.count, rate: strength, scheme: scheme,
        scratch: &scratch)
      for (k, row) in range.enumerated() { oneHot[k * rows + row] = 0 }
    }
  }
}
