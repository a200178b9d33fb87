internal import CKernels
import Foundation
import Networks

/// The element-wise functions that follow a trainable layer, with their derivatives.
public enum TrainableActivation: String, Sendable, CaseIterable {
  /// y = x.
  case identity
  /// y = max(0, x).
  case relu
  /// y = x where x > 0, else 0.01·x.
  case leakyRelu = "leaky-relu"
  /// y = 1/(1 + e^(−x)).
  case sigmoid
  /// y = tanh x.
  case tanh

  /// What the variance of the first weights is multiplied by.
  var initialGain: Float { self == .relu || self == .leakyRelu ? 2 : 1 }

  /// The function as a network file tells it.
  var exported: [NetworkDescription.Layer] {
    switch self {
    case .identity: []
    case .relu: [.activation(.relu)]
    case .leakyRelu: [.activation(.leakyRelu(slope: 0.01))]
    case .sigmoid: [.activation(.sigmoid)]
    case .tanh: [.activation(.tanh)]
    }
  }

  /// Applies the function in place.
  func apply(_ x: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .identity: return
    case .relu: x.baseAddress.map { ow_rectify($0, x.count, 0) }
    case .leakyRelu: x.baseAddress.map { ow_rectify($0, x.count, 0.01) }
    case .sigmoid: for i in x.indices { x[i] = 1 / (1 + expf(-x[i])) }
    case .tanh: for i in x.indices { x[i] = tanhf(x[i]) }
    }
  }

  /// Turns the gradient at the output into the gradient at the input, in place. Every function
  /// here has a derivative that follows from its output.
  func multiplyByDerivative(
    _ gradient: UnsafeMutableBufferPointer<Float>, output y: UnsafeBufferPointer<Float>
  ) {
    precondition(gradient.count == y.count, "a gradient an output")
    switch self {
    case .identity: return
    case .relu: gradient.baseAddress.map { ow_rectify_back($0, y.baseAddress!, y.count, 0) }
    case .leakyRelu:
      gradient.baseAddress.map { ow_rectify_back($0, y.baseAddress!, y.count, 0.01) }
    case .sigmoid: for i in y.indices { gradient[i] *= y[i] * (1 - y[i]) }
    case .tanh: for i in y.indices { gradient[i] *= 1 - y[i] * y[i] }
    }
  }
}
