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
  /// scale·x for x > 0, scale·alpha·(e^x − 1) below: ELU, and with a scale above 1 SELU.
  case elu(alpha: Float, scale: Float)
  /// x·max(0, min(1, x/6 + 1/2))
  case hardSwish
  /// x·tanh(ln(1 + e^x))
  case mish
  /// ln(1 + e^x)
  case softplus
  /// |x|
  case absolute

  /// x^exponent: squares, roots, reciprocals.
  case power(exponent: Float)

  /// ELU with the constants of Klambauer, Unterthiner, Mayr and Hochreiter, arXiv 1706.02515, which keep mean 0 and
  /// variance 1.
  public static let selu = Activation.elu(alpha: 1.673_263_2, scale: 1.050_701)

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
    case .elu: "elu"
    case .hardSwish: "hard-swish"
    case .mish: "mish"
    case .softplus: "softplus"
    case .absolute: "absolute"
    case .power: "power"
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
    case .elu(let alpha, let scale): scale * (x > 0 ? x : alpha * expm1f(x))
    case .hardSwish: x * Swift.max(0, Swift.min(1, x / 6 + 0.5))
    case .mish: x * tanhf(Self.softplus(x))
    case .softplus: Self.softplus(x)
    case .absolute: abs(x)
    case .power(let exponent): powf(x, exponent)
    }
  }

  /// ln(1 + e^x) without overflow.
  private static func softplus(_ x: Float) -> Float { Swift.max(x, 0) + log1pf(expf(-abs(x))) }

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
    case .gelu, .geluTanh, .erf, .elu, .hardSwish, .mish, .softplus, .absolute, .power:
      for i in values.indices { values[i] = self(values[i]) }
    }
  }
}
