import Randomness
import StrictYAML

/// Plain stochastic gradient descent by pulses: the outer product of every sample goes straight onto
/// the devices.
///
/// Gokmen and Vlasov, Front. Neurosci. 10, 333 (2016), doi 10.3389/fnins.2016.00333. Asymmetric
/// devices pull the weights towards their symmetry points on the way.
public struct PulsedDescent: InSituRuleSettings {
  public static let name = "in-situ"

  /// The rule; it has no settings of its own.
  public init() {}

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {}

  public func layer(
    _ design: InSituDesign, rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> any InSituRule {
    PulsedDescentLayer(
      array: design.array(
        rowCount: rowCount, columnCount: columnCount, weights: weights, key: key),
      design: design)
  }
}

struct PulsedDescentLayer: SingleArrayRule {
  var array: PulsedArray
  let design: InSituDesign
  private var scratch: [Float] = []

  init(array: PulsedArray, design: InSituDesign) {
    self.array = array
    self.design = design
  }

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float
  ) {
    array.update(
      x: x, d: g, samples: samples, rate: -rate, scheme: design.scheme, scratch: &scratch)
  }
}
