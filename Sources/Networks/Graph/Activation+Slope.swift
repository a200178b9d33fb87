internal import CActivationKernels
import Foundation

extension Activation {
  /// What the derivative is computed from: the output where that determines it, else the input.
  public var adjointReads: AdjointReads {
    switch self {
    case .relu, .sigmoid, .tanh, .hardSigmoid, .clip: .output
    // With a negative slope both signs of x give a positive output.
    case .leakyRelu(let slope): slope >= 0 ? .output : .inputs
    case .gelu, .geluTanh, .erf, .elu, .hardSwish, .mish, .softplus, .absolute, .power:
      .inputs
    }
  }

  /// Turns the gradient at the output into the gradient at the input, in place.
  ///
  /// At a kink the derivative is that from below, and of |x| it is 0, as in PyTorch.
  /// - Parameter values: the outputs, or the inputs where `adjointReads` says so; as many.
  public func multiplyBySlope(
    _ gradient: UnsafeMutableBufferPointer<Float>, _ values: UnsafePointer<Float>
  ) {
    guard let d = gradient.baseAddress else { return }
    let count = gradient.count
    switch self {
    case .relu: ow_rectify_back(d, values, count, 0)
    case .leakyRelu(let slope): ow_rectify_back(d, values, count, slope)
    case .sigmoid: ow_sigmoid_back(d, values, count)
    case .tanh: ow_tanh_back(d, values, count)
    case .clip(let low, let high): ow_clip_back(d, values, count, low, high, 1)
    case .hardSigmoid(let slope, _): ow_clip_back(d, values, count, 0, 1, slope)
    case .gelu: for i in 0..<count { d[i] *= Self.geluSlope(values[i]) }
    case .geluTanh: for i in 0..<count { d[i] *= Self.geluTanhSlope(values[i]) }
    case .erf:
      for i in 0..<count { d[i] *= 1.128_379_2 * expf(-values[i] * values[i]) }
    case .elu(let alpha, let scale):
      for i in 0..<count { d[i] *= scale * (values[i] > 0 ? 1 : alpha * expf(values[i])) }
    case .hardSwish:
      for i in 0..<count {
        d[i] *= values[i] <= -3 ? 0 : values[i] <= 3 ? values[i] / 3 + 0.5 : 1
      }
    case .power(let exponent):
      for i in 0..<count { d[i] *= exponent * powf(values[i], exponent - 1) }
    case .mish: for i in 0..<count { d[i] *= Self.mishSlope(values[i]) }
    case .softplus: for i in 0..<count { d[i] *= Activation.sigmoid(values[i]) }
    case .absolute:
      for i in 0..<count { d[i] *= values[i] > 0 ? 1 : values[i] < 0 ? -1 : 0 }
    }
  }

  /// t + x·(1 − t²)/(1 + e^−x) with t = tanh(ln(1 + e^x)).
  private static func mishSlope(_ x: Float) -> Float {
    let t = tanhf(Activation.softplus(x))
    return t + x * (1 - t * t) * Activation.sigmoid(x)
  }

  /// Φ(x) + x·φ(x) with the normal distribution Φ and its density φ.
  private static func geluSlope(_ x: Float) -> Float {
    0.5 * (1 + erff(x * 0.707_106_781_186_547_5)) + x * 0.398_942_28 * expf(-0.5 * x * x)
  }

  /// The derivative of x/2·(1 + tanh u), u = √(2/π)·(x + 0.044715·x³).
  private static func geluTanhSlope(_ x: Float) -> Float {
    let factor: Float = 0.797_884_560_802_865_4
    let t = tanhf(factor * (x + 0.044715 * x * x * x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * factor * (1 + 0.134145 * x * x)
  }
}
