internal import CKernels
import LinearAlgebra
import Randomness
import StrictYAML

/// Mixed precision: gradients gather in a digital matrix χ in full precision; a device gets a pulse
/// for every whole step that its element has come to, and the step is taken off.
///
/// Nandakumar et al., Front. Neurosci. 14, 406 (2020), doi 10.3389/fnins.2020.00406.
public struct MixedPrecision: InSituRuleSettings {
  public static let name = "mixed-precision"
  public static let summary =
    "Gradients gather digitally; a device is pulsed for every whole step."

  /// The threshold in steps of a weight.
  public var threshold: Float

  /// The rule.
  public init(threshold: Float = 1) {
    precondition(threshold > 0, "a threshold above 0")
    self.threshold = threshold
  }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    self.init(threshold: Float(node.number("threshold", in: 1e-6...1e6, default: 1)))
  }

  public func layer(
    _ design: InSituDesign, rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> any InSituRule {
    MixedPrecisionLayer(
      array: design.array(
        rowCount: rowCount, columnCount: columnCount, weights: weights, key: key),
      design: design, threshold: threshold)
  }
}

struct MixedPrecisionLayer: SingleArrayRule {
  var array: PulsedArray
  let design: InSituDesign
  let threshold: Float
  private var gathered: [Float]
  private var counts: [Float]

  init(array: PulsedArray, design: InSituDesign, threshold: Float) {
    self.array = array
    self.design = design
    self.threshold = threshold
    gathered = Array(repeating: 0, count: array.rowCount * array.columnCount)
    counts = gathered
  }

  mutating func visit(_ visitor: inout InSituState) {
    array.visit(&visitor, "array")
    visitor.floats("gathered", &gathered)
  }

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, rate: Float
  ) {
    DenseProducts.outer(
      x, g, into: &gathered, samples: samples, inputs: rowCount, outputs: columnCount, alpha: -rate,
      beta: 1)
    if ow_take_steps(&gathered, &counts, gathered.count, threshold * array.granularity) != 0 {
      counts.withUnsafeBufferPointer { array.send($0) }
    }
  }
}
