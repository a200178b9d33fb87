internal import CLearningKernels
import Foundation

/// One array of weights with its gradient and what the optimizer remembers of it.
public struct Parameter: Sendable {
  /// The weights.
  public var values: [Float]
  /// The gradient of the mean loss, as large as `values`.
  public var gradient: [Float]
  /// Adam's first moment, or the momentum; empty until it is needed.
  public var first: [Float] = []
  /// Adam's second moment; empty until it is needed.
  public var second: [Float] = []
  /// Whether weight decay acts on it: true for weights, false for biases.
  public var decays: Bool
  /// A factor on the learning rate of this parameter.
  public var rateFactor: Float = 1

  /// A parameter with no memory.
  public init(_ values: [Float], decays: Bool) {
    self.values = values
    self.decays = decays
    gradient = Array(repeating: 0, count: values.count)
  }

  /// One step against the gradient.
  ///
  /// - Parameters:
  ///   - rate: the learning rate η.
  ///   - step: how many steps came before, for Adam's correction of its start.
  public mutating func update(_ optimizer: Optimizer, rate: Float, step: Int) {
    let count = values.count
    let rate = rate * rateFactor
    switch optimizer {
    case .sgd(let momentum, let decay):
      let decay = decays ? decay : 0
      if momentum == 0 && decay == 0 {
        for i in 0..<count { values[i] -= rate * gradient[i] }
        return
      }
      if first.isEmpty { first = Array(repeating: 0, count: count) }
      ow_momentum(&values, &first, gradient, count, rate, momentum, decay)
    case .averaged(let keep, let decay):
      if first.isEmpty { first = Array(repeating: 0, count: count) }
      let decay = decays ? decay : 0
      values.withUnsafeMutableBufferPointer { w in
        first.withUnsafeMutableBufferPointer { m in
          gradient.withUnsafeBufferPointer { g in
            for i in 0..<count {
              m[i] = keep * m[i] + (1 - keep) * g[i]
              w[i] -= rate * (m[i] + decay * w[i])
            }
          }
        }
      }
    case .adam(let beta1, let beta2, let epsilon, let decay):
      if first.isEmpty { first = Array(repeating: 0, count: count) }
      if second.isEmpty { second = Array(repeating: 0, count: count) }
      let t = Double(step + 1)
      let correction1 = Float(1 / (1 - pow(Double(beta1), t)))
      let correction2 = Float((1 / (1 - pow(Double(beta2), t))).squareRoot())
      ow_adam(
        &values, &first, &second, gradient, count, rate, beta1, beta2, epsilon, correction1,
        correction2, decays ? decay : 0)
    }
  }
}
