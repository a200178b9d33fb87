import DeviceModels
import Randomness
import StrictYAML

/// Tiki-Taka: the gradient goes onto a fast array A about its symmetry point, and A's rows go onto the
/// slow array C by pulses as they are read: C ← C + rate·transferRate·A.
///
/// Gokmen and Haensch, Front. Neurosci. 14, 103 (2020), doi 10.3389/fnins.2020.00103. The weights are
/// C + gamma·A.
public struct TikiTaka: InSituRuleSettings {
  public static let name = "tiki-taka"
  public static let summary =
    "Tiki-Taka: a fast array takes the gradients, a slow one takes its rows by pulses."
  /// The shared settings; `threshold` and `momentum` do not act.
  public var transfer: TransferSettings
  /// The fast array's part in the weights.
  public var gamma: Float

  /// The rule.
  public init(_ transfer: TransferSettings = TransferSettings(), gamma: Float = 0) {
    self.transfer = transfer
    self.gamma = gamma
  }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    self.init(
      TransferSettings(reading: node),
      gamma: Float(node.number("gamma", in: -1e3...1e3, default: 0)))
  }

  public func layer(
    _ design: InSituDesign, rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> any InSituRule {
    TikiTakaLayer(
      arrays: FastSlowArrays(
        design, transfer, rowCount: rowCount, columnCount: columnCount, weights: weights, key: key),
      gamma: gamma)
  }
}

struct TikiTakaLayer: InSituRule {
  var arrays: FastSlowArrays
  let gamma: Float
  private var samplesSeen = 0
  private var oneHot: [Float] = []
  private var part: [Float] = []
  private var scratch: [Float] = []
  private var readings: [Float] = []

  init(arrays: FastSlowArrays, gamma: Float) {
    self.arrays = arrays
    self.gamma = gamma
  }

  var rowCount: Int { arrays.slow.rowCount }
  var columnCount: Int { arrays.slow.columnCount }
  var weights: [Float] {
    gamma == 0
      ? arrays.slow.weights
      : zip(arrays.slow.weights, arrays.fast.weights).map { $0 + gamma * $1 }
  }
  var pulseCount: Double { arrays.pulseCount }

  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, key: StreamKey?
  ) {
    arrays.slow.forward(x, samples: samples, into: y, path: arrays.design.forward, key: key)
    addFast(samples * columnCount, to: y) { array, out, path in
      array.forward(x, samples: samples, into: out, path: path, key: key?.child("fast"))
    }
  }

  mutating func backward(
    _ g: UnsafePointer<Float>, samples: Int, into dx: UnsafeMutablePointer<Float>
  ) {
    arrays.slow.backward(g, samples: samples, into: dx, path: arrays.design.backward)
    addFast(samples * rowCount, to: dx) { array, out, path in
      array.backward(g, samples: samples, into: out, path: path)
    }
  }

  private mutating func addFast(
    _ count: Int, to y: UnsafeMutablePointer<Float>,
    _ read: (inout PulsedArray, UnsafeMutablePointer<Float>, ReadPath) -> Void
  ) {
    guard gamma != 0 else { return }
    if part.count < count { part = Array(repeating: 0, count: count) }
    part.withUnsafeMutableBufferPointer { part in
      read(&arrays.fast, part.baseAddress!, arrays.design.forward)
      for i in 0..<count { y[i] += gamma * part[i] }
    }
  }

  mutating func visit(_ visitor: inout InSituState) {
    arrays.visit(&visitor)
    visitor.integer("samples", &samplesSeen)
  }

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, rate: Float
  ) {
    arrays.descend(x: x, g: g, samples: samples, choppers: [])
    let transfers = arrays.settings.transfers(after: samples, done: samplesSeen)
    samplesSeen += samples
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
