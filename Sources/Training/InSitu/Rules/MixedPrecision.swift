internal import CLearningKernels
import LinearAlgebra
import Randomness
import StrictYAML

/// Mixed precision: gradients gather in a digital matrix χ in full precision; a device gets a pulse
/// for every whole step that its element has come to, and the steps are taken off. With a threshold of
/// several steps a device is left alone until it needs that many: where every write leaves noise of
/// its own, few large writes leave less of it than many small ones.
///
/// Nandakumar et al., Front. Neurosci. 14, 406 (2020), doi 10.3389/fnins.2020.00406.
public struct MixedPrecision: InSituRuleSettings {
  public static let name = "mixed-precision"

  /// The steps of a weight that an element must have come to before its device is written, 1 or more.
  public var threshold: Float

  /// The rule.
  public init(threshold: Float = 1) {
    precondition(threshold >= 1, "a threshold of a step or more")
    self.threshold = threshold
  }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    self.init(threshold: Float(node.number("threshold", in: 1...1e6, default: 1)))
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

  mutating func visit(_ visitor: inout SavedState) {
    array.visit(&visitor, "array")
    visitor.floats("gathered", &gathered)
  }

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float
  ) {
    DenseProducts.outer(
      x, g, into: &gathered, samples: samples, inputs: rowCount, outputs: columnCount, alpha: -rate,
      beta: 1)
    if ow_take_steps(&gathered, &counts, gathered.count, array.granularity, threshold) != 0 {
      counts.withUnsafeBufferPointer { array.send($0) }
    }
  }
}
