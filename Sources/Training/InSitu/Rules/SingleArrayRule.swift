import Randomness

/// A rule whose weights are one array: reads, pulses and what is saved are the array's own, and the
/// rule says how an update reaches it.
protocol SingleArrayRule: InSituRule {
  /// The weights.
  var array: PulsedArray { get set }
  /// How the array is read and pulsed.
  var design: InSituDesign { get }
}

extension SingleArrayRule {
  var rowCount: Int { array.rowCount }
  var columnCount: Int { array.columnCount }
  var weights: [Float] { array.weights }
  var pulseCount: Double { array.pulseCount }

  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, key: StreamKey?
  ) { array.forward(x, samples: samples, into: y, path: design.forward, key: key) }

  mutating func backward(
    _ g: UnsafePointer<Float>, samples: Int, into dx: UnsafeMutablePointer<Float>
  ) { array.backward(g, samples: samples, into: dx, path: design.backward) }

  mutating func decay() { array.decay() }

  mutating func visit(_ visitor: inout SavedState) {
    array.visit(&visitor, "array")
  }
}
