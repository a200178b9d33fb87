import Foundation
import Randomness

/// A linear converter with the activation computed digitally behind it: what a ramp that computes the
/// activation is compared with, at the same number of bits on both sides.
public struct LinearRival: Sendable {
  /// How the column is digitized.
  public enum Converter: Sendable, Hashable {
    /// A ramp of equal steps: 2ⁿ cycles.
    case uniformRamp
    /// A kind with thresholds of its own.
    case kind(ChosenConverter)

    /// Successive approximation whose unit capacitors have this relative deviation.
    public static func successiveApproximation(mismatch: Double) -> Converter {
      .kind(ChosenConverter(SuccessiveApproximation.name, mismatch: mismatch)!)
    }
  }

  /// How the column is digitized.
  public let converter: Converter
  /// What computes the activation.
  public let activation: DigitalActivation

  /// A rival.
  public init(_ converter: Converter, _ activation: DigitalActivation) {
    self.converter = converter
    self.activation = activation
  }

  /// Clock cycles from a column's charge to the activations of `columns`, on `processors`.
  public func cycles(bits: Int, columns: Int, processors: Int) -> Int {
    let conversion =
      switch converter {
      case .uniformRamp: 1 << bits
      case .kind(let kind): kind.law.cycles(bits: bits)
      }
    return conversion + (columns + processors - 1) / processors * activation.cycles
  }

  /// The effective bits for inputs that spread the function evenly over the output range, the mean of
  /// `draws` converters; `nil` where the activation cannot be computed this way.
  ///
  /// The linear codes cover the inputs of the ramp's thresholds and one mean step on both sides.
  public func effectiveBits(
    against thresholds: RampThresholds, of function: ActivationFunction, draws: Int, key: StreamKey
  ) -> Double? {
    let t = thresholds.inputs
    let step = t.count > 1 ? (t[t.count - 1] - t[0]) / Double(t.count - 1) : 1
    let inputs = t[0] - step...t[t.count - 1] + step
    guard let approximation = activation.approximation(of: function, over: inputs) else {
      return nil
    }
    let (low, high) = (inputs.lowerBound, inputs.upperBound)
    let width = high - low
    let codes = Double(thresholds.outputs.count)
    let outputs = thresholds.outputs.sorted()
    let edge = thresholds.convention == .floor ? 0.5 : 0
    let bottom = outputs[0] - edge * thresholds.leastBit
    let top = outputs[outputs.count - 1] + edge * thresholds.leastBit
    var total = 0.0
    for draw in 0..<max(1, draws) {
      // Levels are relative to the upper end where inputs have both signs or none below 0.
      let (unit, start) = high > 0 ? (high, 0) : (width, low)
      let levels: ConverterLevels? =
        if case .kind(let kind) = converter {
          kind.levels(
            bits: thresholds.bits, lowest: (low - start) / unit, key: key.child(draw))
        } else { nil }
      var (sum, count) = (0.0, 0)
      let points = 4096
      for k in 0..<points {
        let y = bottom + (top - bottom) * (Double(k) + 0.5) / Double(points)
        let x = function.inverse(y)
        guard x.isFinite else { continue }
        let place = min(max((x - low) / width, 0), 1 - 1e-12)
        let level =
          levels.map { $0.outputs[$0.code((x - start) / unit)] * unit + start }
          ?? low + ((place * codes).rounded(.down) + 0.5) / codes * width
        let value = approximation(level)
        let step = ((value - outputs[0]) / thresholds.leastBit).rounded()
        let given = outputs[Int(min(max(step, 0), codes - 1))]
        sum += (given - y) * (given - y)
        count += 1
      }
      total += log2((top - bottom) / (12 * sum / Double(max(1, count))).squareRoot())
    }
    return total / Double(max(1, draws))
  }
}

extension LinearRival {
  /// The integral nonlinearity of the converter in least significant bits, the mean of `draws` converters.
  public func integralNonlinearity(bits: Int, draws: Int, key: StreamKey) -> Double {
    guard case .kind(let kind) = converter, kind.mismatch > 0,
      let design = ChosenConverter(kind.name)
    else { return 0 }
    let ideal = design.levels(bits: bits, lowest: 0, key: key)
    let total = (0..<draws).reduce(0.0) {
      $0
        + kind.levels(bits: bits, lowest: 0, key: key.child($1)).integralNonlinearity(of: ideal)
    }
    return total / Double(max(1, draws))
  }
}
