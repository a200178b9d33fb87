internal import CConversionKernels
import DeviceModels
import Randomness
import StrictYAML

/// One conductance step by the sign of the request: ΔW = step·sgn(x·δ), where a cell fires with a
/// probability in proportion to |x·δ|, or where both exceed thresholds.
///
/// Lim et al., Neural Comput. Appl. 31, 8101 (2019), doi 10.1007/s00521-018-3659-y: on pairs, with
/// both cells stepped (bidirectional) or one of them raised (unidirectional, with refresh), which the
/// design's arrangement of cells says. The magnitude of the error decides how many cells fire, not how
/// far a cell steps; the learning rate multiplies the firing.
public struct SignStep: InSituRuleSettings {
  public static let name = "sign-step"

  /// When a cell fires.
  public enum Firing: Sendable, Hashable {
    /// With probability min(1, gain·rate·|x·δ|), rows and columns independently.
    case probability(gain: Float)
    /// Where |x| and |δ| exceed these.
    case threshold(input: Float, error: Float)
  }

  /// When a cell fires.
  public var firing: Firing

  /// The rule.
  public init(firing: Firing = .probability(gain: 1)) { self.firing = firing }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    let kind = node.choice("firing", of: ["probability", "threshold"], default: "probability")
    let gain = Float(node.number("gain", in: 1e-9...1e9, default: 1))
    let input = Float(node.number("input-threshold", in: 0...1e6, default: 0.5))
    let error = Float(node.number("error-threshold", in: 0...1e6, default: 0.1))
    self.init(
      firing: kind == "probability"
        ? .probability(gain: gain) : .threshold(input: input, error: error))
  }

  public func layer(
    _ design: InSituDesign, rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> any InSituRule {
    SignStepLayer(
      array: design.array(
        rowCount: rowCount, columnCount: columnCount, weights: weights, key: key),
      design: design, firing: firing)
  }
}

struct SignStepLayer: SingleArrayRule {
  var array: PulsedArray
  let design: InSituDesign
  let firing: SignStep.Firing
  private var rows: [Float] = []
  private var columns: [Float] = []

  init(array: PulsedArray, design: InSituDesign, firing: SignStep.Firing) {
    self.array = array
    self.design = design
    self.firing = firing
  }

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float
  ) {
    let key = array.key.child("fire").child(array.updates)
    var lengths = [Int32](repeating: 1, count: samples)
    var rowScale = [Float](repeating: 1, count: samples)
    var columnScale = [Float](repeating: -1, count: samples)
    switch firing {
    case .probability(let gain):
      // The gradient is of the mean over the batch: a sample's own error is `batch` times as large.
      let strength = gain * rate * Float(batch)
      for s in 0..<samples {
        let xMost = ow_largest(x + s * rowCount, rowCount)
        let gMost = ow_largest(g + s * columnCount, columnCount)
        guard xMost > 0, gMost > 0 else {
          lengths[s] = 0
          continue
        }
        // Rows and columns share the probability so that neither saturates before the other.
        let root = (strength * gMost / xMost).squareRoot()
        rowScale[s] = root
        columnScale[s] = -strength / root
      }
      send(x: x, g: g, lengths, rowScale, columnScale, key)
    case .threshold(let input, let error):
      let limit = error / Float(batch)
      rows = (0..<samples * rowCount).map { abs(x[$0]) > input ? (x[$0] > 0 ? 1 : -1) : 0 }
      columns = (0..<samples * columnCount).map { abs(g[$0]) > limit ? (g[$0] > 0 ? 1 : -1) : 0 }
      send(x: rows, g: columns, lengths, rowScale, columnScale, key)
    }
  }

  private mutating func send(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, _ lengths: [Int32], _ rowScale: [Float],
    _ columnScale: [Float], _ key: StreamKey
  ) {
    array.send(
      PulseTrains(
        x: x, rowCount: rowCount, d: g, columnCount: columnCount, lengths: lengths,
        rowScale: rowScale, columnScale: columnScale, key: key))
  }
}
