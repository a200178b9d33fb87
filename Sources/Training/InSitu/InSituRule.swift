import Randomness
import StrictYAML

/// The analog weights of one layer together with the rule that changes them on the array.
///
/// A rule is one file in `Rules/` and one line in `TrainingRules`. Gradients are of the mean loss over
/// the batch: the request of a step is −rate·xᵀ·g.
public protocol InSituRule: Sendable {
  /// How many inputs.
  var rowCount: Int { get }
  /// How many outputs.
  var columnCount: Int { get }
  /// The weights that the devices hold, as they are read one by one: what the forward pass sees but for wires,
  /// rows × columns.
  var weights: [Float] { get }
  /// Pulses sent to devices so far.
  var pulseCount: Double { get }
  /// What it took to write the weights before the first step; `nil` where they are set directly.
  var programming: PulseProgrammingReport? { get }
  /// y = x·W: x is samples × inputs, y samples × outputs. Noise is drawn from `key`, or from the
  /// layer's own sequence of reads where there is none.
  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, key: StreamKey?)
  /// dx = g·Wᵀ.
  mutating func backward(
    _ g: UnsafePointer<Float>, samples: Int, into dx: UnsafeMutablePointer<Float>)
  /// Changes the weights against the gradient xᵀ·g at the learning rate `rate`.
  ///
  /// - Parameters:
  ///   - samples: how many vectors x and g have.
  ///   - batch: of how many samples: more than one vector belongs to a sample where weights are read
  ///     several times, such as at every position of a convolution.
  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float)
  /// Lets the time of an update go by: states of devices that fade do so.
  mutating func decay()
  /// Shows `visitor` everything that the next step depends on.
  mutating func visit(_ visitor: inout SavedState)
}

extension InSituRule {
  /// `update`, and the time of one.
  mutating func step(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float
  ) {
    update(x: x, g: g, samples: samples, batch: batch, rate: rate)
    decay()
  }

  /// `update` where every vector is a sample.
  public mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, rate: Float
  ) { update(x: x, g: g, samples: samples, batch: samples, rate: rate) }

  /// Weights are set directly.
  public var programming: PulseProgrammingReport? { nil }
}

/// A rule with its settings: makes the weights of a layer.
public protocol InSituRuleSettings: Sendable {
  /// Its name in run files.
  static var name: String { get }
  /// Reads the settings from a run file's `rule`; faults are recorded there.
  init(reading node: StrictNode)
  /// Weights that start at `weights`, rows × columns.
  func layer(
    _ design: InSituDesign, rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> any InSituRule
}
