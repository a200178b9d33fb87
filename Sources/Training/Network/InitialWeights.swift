import LinearAlgebra
import Networks
import Randomness

/// How the first weights of dense layers and convolutions are drawn.
public enum InitialWeights: Sendable, Hashable {
  /// Normal with variance 2/inputs (He et al., arXiv 1502.01852) before a rectifier and 1/inputs before
  /// anything else.
  case normal
  /// Uniform within ±spread/√inputs.
  case uniform(spread: Float)
  /// Uniform between these numbers.
  case within(ClosedRange<Float>)

  /// Weights, inputs × outputs.
  ///
  /// - Parameter gain: times 1/inputs, the variance of normal ones.
  func draw(_ inputs: Int, _ outputs: Int, gain: Float = 1, _ key: StreamKey) -> Matrix<Float> {
    var values: [Float]
    switch self {
    case .normal:
      let scale = (gain / Float(inputs)).squareRoot()
      values = Noise.normal(inputs * outputs, key)
      for i in values.indices { values[i] *= scale }
    case .uniform(let spread):
      let bound = spread / Float(inputs).squareRoot()
      values = Noise.uniform(inputs * outputs, key)
      for i in values.indices { values[i] = bound * (2 * values[i] - 1) }
    case .within(let range):
      let width = range.upperBound - range.lowerBound
      values = Noise.uniform(inputs * outputs, key)
      for i in values.indices { values[i] = range.lowerBound + width * values[i] }
    }
    return Matrix(rowCount: inputs, columnCount: outputs, elements: values)
  }
}

extension Activation {
  /// What the variance of the first weights before it is multiplied by.
  var initialGain: Float {
    switch self {
    case .relu, .leakyRelu: 2
    default: 1
    }
  }
}
