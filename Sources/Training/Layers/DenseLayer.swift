import LinearAlgebra
import Randomness

/// A dense layer with an element-wise function behind it: y = f(x·W + b).
public struct DenseLayer: Sendable {
  /// How many inputs.
  public let inputCount: Int
  /// How many outputs.
  public let outputCount: Int
  /// The function behind the sum.
  public let activation: TrainableActivation
  /// W, inputs × outputs.
  public var weights: Parameter
  /// b, one an output.
  public var bias: Parameter

  /// A layer whose weights are normal with variance 2/inputs (He et al., arXiv 1502.01852) before a
  /// rectifier and 1/inputs before anything else; biases 0.
  public init(inputs: Int, outputs: Int, activation: TrainableActivation, key: StreamKey) {
    precondition(inputs > 0 && outputs > 0, "a layer has inputs and outputs")
    let gain: Float = activation == .relu || activation == .leakyRelu ? 2 : 1
    let scale = (gain / Float(inputs)).squareRoot()
    self.init(
      weights: Matrix(
        rowCount: inputs, columnCount: outputs,
        elements: Noise.normal(inputs * outputs, key).map { $0 * scale }),
      bias: Array(repeating: 0, count: outputs), activation: activation)
  }

  /// A layer of given weights, inputs × outputs.
  public init(weights: Matrix<Float>, bias: [Float], activation: TrainableActivation) {
    precondition(bias.count == weights.columnCount, "a bias an output")
    inputCount = weights.rowCount
    outputCount = weights.columnCount
    self.activation = activation
    self.weights = Parameter(weights.elements, decays: true)
    self.bias = Parameter(bias, decays: false)
  }

  /// y = f(x·W + b) for samples × inputs.
  public func forward(_ x: Matrix<Float>) -> Matrix<Float> {
    precondition(x.columnCount == inputCount, "as many inputs as the layer has")
    var y = Matrix<Float>(rowCount: x.rowCount, columnCount: outputCount)
    forward(x.elements, samples: x.rowCount, into: &y.elements)
    return y
  }

  /// y = f(x·W + b) into an array that is there already.
  func forward(_ x: [Float], samples: Int, into y: inout [Float]) {
    y.withUnsafeMutableBufferPointer { y in
      DenseProducts.forward(
        x, weights: weights.values, into: y.baseAddress!, samples: samples, inputs: inputCount,
        outputs: outputCount)
      bias.values.withUnsafeBufferPointer { b in
        for s in 0..<samples {
          let row = y.baseAddress! + s * outputCount
          for j in 0..<outputCount { row[j] += b[j] }
        }
      }
      activation.apply(UnsafeMutableBufferPointer(rebasing: y[..<(samples * outputCount)]))
    }
  }

  /// Puts the gradients of weights and biases in place, and the gradient at the inputs into `dx`.
  ///
  /// - Parameters:
  ///   - dy: the gradient at the outputs, samples × outputs; spoiled.
  ///   - dx: becomes the gradient at the inputs; left alone where it is empty.
  mutating func backward(
    x: [Float], y: [Float], dy: inout [Float], samples: Int, dx: inout [Float]
  ) {
    differentiate(y: y, dy: &dy, samples: samples)
    if !dx.isEmpty {
      DenseProducts.backward(
        dy, weights: weights.values, into: &dx, samples: samples, inputs: inputCount,
        outputs: outputCount)
    }
    DenseProducts.outer(
      x, dy, into: &weights.gradient, samples: samples, inputs: inputCount, outputs: outputCount)
    sumBias(dy, samples: samples)
  }

  /// Plain gradient descent without a gradient in memory: W ← W − η·xᵀ·dy in one product.
  mutating func descend(
    x: [Float], y: [Float], dy: inout [Float], samples: Int, dx: inout [Float], rate: Float
  ) {
    differentiate(y: y, dy: &dy, samples: samples)
    if !dx.isEmpty {
      DenseProducts.backward(
        dy, weights: weights.values, into: &dx, samples: samples, inputs: inputCount,
        outputs: outputCount)
    }
    DenseProducts.outer(
      x, dy, into: &weights.values, samples: samples, inputs: inputCount, outputs: outputCount,
      alpha: -rate, beta: 1)
    sumBias(dy, samples: samples)
    for j in 0..<outputCount { bias.values[j] -= rate * bias.gradient[j] }
  }

  private func differentiate(y: [Float], dy: inout [Float], samples: Int) {
    let count = samples * outputCount
    y.withUnsafeBufferPointer { y in
      dy.withUnsafeMutableBufferPointer { dy in
        activation.multiplyByDerivative(
          UnsafeMutableBufferPointer(rebasing: dy[..<count]),
          output: UnsafeBufferPointer(rebasing: y[..<count]))
      }
    }
  }

  private mutating func sumBias(_ dy: [Float], samples: Int) {
    let outputCount = outputCount
    bias.gradient.withUnsafeMutableBufferPointer { g in
      dy.withUnsafeBufferPointer { dy in
        g.update(repeating: 0)
        for s in 0..<samples {
          let row = dy.baseAddress! + s * outputCount
          for j in 0..<outputCount { g[j] += row[j] }
        }
      }
    }
  }
}
