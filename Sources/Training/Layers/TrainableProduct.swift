import LinearAlgebra
import Randomness

/// The product of a layer, z = x·W, with W inputs × outputs.
///
/// Layers that use their weights several times a pass (a recurrent layer, once a time step) number the
/// calls: `call` tells the backward pass which forward pass it belongs to.
public struct TrainableProduct: Sendable {
  /// How many inputs.
  public let inputCount: Int
  /// How many outputs.
  public let outputCount: Int
  /// W, inputs × outputs.
  public var weights: Parameter

  /// A product with given weights, inputs × outputs.
  public init(_ weights: Matrix<Float>) {
    inputCount = weights.rowCount
    outputCount = weights.columnCount
    self.weights = Parameter(weights.elements, decays: true)
  }

  /// Weights that are normal with variance `gain`/inputs.
  public init(inputs: Int, outputs: Int, gain: Float, key: StreamKey) {
    precondition(inputs > 0 && outputs > 0, "a product has inputs and outputs")
    let scale = (gain / Float(inputs)).squareRoot()
    self.init(
      Matrix(
        rowCount: inputs, columnCount: outputs,
        elements: Noise.normal(inputs * outputs, key).map { $0 * scale }))
  }

  /// Begins a pass: to be called once before the calls of `forward`.
  public mutating func begin(_ pass: ForwardPass) {}

  /// z = x·W for `samples` vectors.
  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into z: UnsafeMutablePointer<Float>, call: Int = 0
  ) {
    DenseProducts.forward(
      x, weights: weights.values, into: z, samples: samples, inputs: inputCount,
      outputs: outputCount)
  }

  /// The gradient of the weights, and dx = dz·Wᵀ where `dx` is not nil.
  ///
  /// - Parameter adds: whether the gradient of the weights is added to what is there.
  public mutating func backward(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?, adds: Bool = false, call: Int = 0
  ) {
    passBack(dz, samples: samples, dx: dx)
    DenseProducts.outer(
      x, dz, into: &weights.gradient, samples: samples, inputs: inputCount, outputs: outputCount,
      beta: adds ? 1 : 0)
  }

  /// Plain gradient descent without a gradient in memory: W ← W − η·xᵀ·dz in one product.
  mutating func descend(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?, rate: Float
  ) {
    passBack(dz, samples: samples, dx: dx)
    DenseProducts.outer(
      x, dz, into: &weights.values, samples: samples, inputs: inputCount, outputs: outputCount,
      alpha: -rate, beta: 1)
  }

  private func passBack(
    _ dz: UnsafePointer<Float>, samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    guard let dx else { return }
    DenseProducts.backward(
      dz, weights: weights.values, into: dx, samples: samples, inputs: inputCount,
      outputs: outputCount)
  }
}
