import Randomness

/// A rule of Tiki-Taka's family: every layer has a fast and a slow array, and the rule says how rows of the
/// fast one reach the slow one.
protocol TransferRule: InSituRuleSettings {
  /// The settings of both arrays.
  var transfer: TransferSettings { get }
  /// The layer that learns on `arrays`.
  func layer(_ arrays: FastSlowArrays, key: StreamKey) -> any InSituRule
}

extension TransferRule {
  public func layer(
    _ design: InSituDesign, rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> any InSituRule {
    let arrays = FastSlowArrays(
      design, transfer, rowCount: rowCount, columnCount: columnCount, weights: weights, key: key)
    return layer(arrays, key: key)
  }
}

/// A layer of a fast and a slow array: reads are those of both, and the layer says how an update reaches them.
protocol TransferLayer: InSituRule {
  /// The weights.
  var arrays: FastSlowArrays { get set }
}

extension TransferLayer {
  var rowCount: Int { arrays.slow.rowCount }
  var columnCount: Int { arrays.slow.columnCount }
  var weights: [Float] { arrays.weights }
  var pulseCount: Double { arrays.pulseCount }

  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, key: StreamKey?
  ) { arrays.forward(x, samples: samples, into: y, key: key) }

  mutating func decay() { arrays.decay() }

  mutating func backward(
    _ g: UnsafePointer<Float>, samples: Int, into dx: UnsafeMutablePointer<Float>
  ) { arrays.backward(g, samples: samples, into: dx) }
}
