internal import CActivationKernels
import Foundation

/// A function applied to every number of a layer's output on its own.
public enum Activation: Sendable, Hashable {
  /// max(0, x)
  case relu
  /// x for x ≥ 0, slope·x below.
  case leakyRelu(slope: Float)
  /// 1 / (1 + e^-x)
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// max(0, min(1, slope·x + offset))
  case hardSigmoid(slope: Float, offset: Float)
  /// x·Φ(x) with the normal distribution Φ: x/2·(1 + erf(x/√2)).
  case gelu
  /// The approximation x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
  case geluTanh
  /// x limited to low … high.
  case clip(low: Float, high: Float)
  /// The error function.
  case erf

  /// The function's name, as reports print it.
  public var name: String {
    switch self {
    case .relu: "relu"
    case .leakyRelu: "leaky-relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .hardSigmoid: "hard-sigmoid"
    case .gelu: "gelu"
    case .geluTanh: "gelu-tanh"
    case .clip: "clip"
    case .erf: "erf"
    }
  }

  /// The function's value at x.
  public func callAsFunction(_ x: Float) -> Float {
    switch self {
    case .relu: x > 0 ? x : 0
    case .leakyRelu(let slope): x > 0 ? x : slope * x
    case .sigmoid, .tanh: applied(x)
    case .hardSigmoid(let slope, let offset): Swift.max(0, Swift.min(1, slope * x + offset))
    case .gelu: 0.5 * x * (1 + erff(x * 0.707_106_781_186_547_5))
    case .geluTanh:
      0.5 * x * (1 + tanhf(0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x)))
    case .clip(let low, let high): Swift.min(high, Swift.max(low, x))
    case .erf: erff(x)
    }
  }

  /// The buffer form for one number, so that there is one definition.
  private func applied(_ x: Float) -> Float {
    var x = x
    withUnsafeMutablePointer(to: &x) { apply(UnsafeMutableBufferPointer(start: $0, count: 1)) }
    return x
  }

  /// Replaces every number of the buffer by the function's value.
  ///
  /// The function is chosen once for the whole buffer, so that the simple ones vectorise.
  public func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .relu: values.baseAddress.map { ow_rectify($0, values.count, 0) }
    case .leakyRelu(let slope): values.baseAddress.map { ow_rectify($0, values.count, slope) }
    case .clip(let low, let high):
      for i in values.indices { values[i] = Swift.min(high, Swift.max(low, values[i])) }
    case .hardSigmoid(let slope, let offset):
      for i in values.indices {
        values[i] = Swift.max(0, Swift.min(1, slope * values[i] + offset))
      }
    case .sigmoid:
      ow_sigmoid(values.baseAddress, values.count)
    case .tanh:
      ow_tanh(values.baseAddress, values.count)
    case .gelu, .geluTanh, .erf:
      for i in values.indices { values[i] = self(values[i]) }
    }
  }
}
