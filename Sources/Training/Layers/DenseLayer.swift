import ArrayFiles
import LinearAlgebra
import Networks
import Randomness

/// A dense layer with an element-wise function behind it: y = f(x·W + b).
public struct DenseLayer: TrainableLayer {
  /// One axis, or several that are read as one.
  public private(set) var inputShape: [Int]
  /// One axis.
  public let outputShape: [Int]
  /// The function behind the sum.
  public let activation: TrainableActivation
  /// x·W.
  public var product: TrainableProduct
  /// b, one an output.
  public var bias: Parameter

  /// W, inputs × outputs.
  public var weights: Parameter {
    _read { yield product.weights }
    _modify { yield &product.weights }
  }

  /// A layer whose weights are normal with variance 2/inputs (He et al., arXiv 1502.01852) before a
  /// rectifier and 1/inputs before anything else; biases 0.
  public init(
    inputs: Int, outputs: Int, activation: TrainableActivation, key: StreamKey,
    hardware: HardwareSettings? = nil
  ) {
    self.init(
      product: TrainableProduct(
        inputs: inputs, outputs: outputs, gain: activation.initialGain, key: key
      ).on(hardware, computing: activation),
      bias: Array(repeating: 0, count: outputs), activation: activation)
  }

  /// A layer of given weights, inputs × outputs.
  public init(weights: Matrix<Float>, bias: [Float], activation: TrainableActivation) {
    self.init(product: TrainableProduct(weights), bias: bias, activation: activation)
  }

  /// A layer around a product.
  public init(product: TrainableProduct, bias: [Float], activation: TrainableActivation) {
    precondition(bias.count == product.outputCount, "a bias an output")
    inputShape = [product.inputCount]
    outputShape = [product.outputCount]
    self.activation = activation
    self.product = product
    self.bias = Parameter(bias, decays: false)
  }

  /// The same layer behind a value of `shape`, which is read as one axis.
  /// - Precondition: it has as many numbers as the layer has inputs.
  package func reading(_ shape: [Int]) -> DenseLayer {
    precondition(shape.reduce(1, *) == product.inputCount, "as many numbers as inputs")
    var result = self
    result.inputShape = shape
    return result
  }

  /// y = f(x·W + b) for samples × inputs.
  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let outputs = product.outputCount
    product.begin(pass, samples: samples)
    product.forward(x, samples: samples, into: y)
    bias.values.withUnsafeBufferPointer { b in
      for s in 0..<samples {
        let row = y + s * outputs
        for j in 0..<outputs { row[j] += b[j] }
      }
    }
    if product.isRamped {
      product.ramped!.apply(y, count: samples * outputs)
    } else {
      activation.apply(UnsafeMutableBufferPointer(start: y, count: samples * outputs))
    }
  }

  /// The gradients of weights, biases and inputs.
  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    differentiate(y: y, dy: dy, samples: samples)
    sumBias(dy, samples: samples)
    product.backward(x: x, dz: dy, samples: samples, dx: dx)
  }

  /// Plain gradient descent without a gradient in memory.
  public mutating func descend(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?, rate: Float
  ) {
    differentiate(y: y, dy: dy, samples: samples)
    sumBias(dy, samples: samples)
    product.descend(x: x, dz: dy, samples: samples, dx: dx, rate: rate)
    bias.update(.sgd(), rate: rate, step: 0)
  }

  /// "weight" and "bias", and what a chip learns.
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    try product.forEachParameter(body)
    try body("bias", &bias)
  }

  /// The wires of the chip.
  public mutating func forEachMemory(
    _ body: (String, Int, inout [Float]) throws -> Void
  ) rethrows {
    try product.forEachMemory(body)
  }

  /// The ranges of the chip.
  public mutating func recalibrate() { product.recalibrate() }
  /// The limits of the chip.
  public mutating func afterUpdate() { product.afterUpdate() }

  /// NAME.weight (outputs × inputs) and NAME.bias.
  public func exported(name: String) -> ExportedLayer {
    let weights = Matrix(
      rowCount: product.inputCount, columnCount: product.outputCount,
      elements: product.exportedWeights
    ).transposed()
    return ExportedLayer(
      layers: (inputShape.count > 1 ? [.flatten] : []) + [.dense(name: name)]
        + activation.exported,
      arrays: [
        (
          "\(name).weight",
          NumericArray(
            shape: [weights.rowCount, weights.columnCount], floats: weights.elements)
        ),
        ("\(name).bias", NumericArray(shape: [bias.values.count], floats: bias.values)),
      ]
    ).with(product.converters)
  }

  private mutating func differentiate(
    y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>, samples: Int
  ) {
    let count = samples * product.outputCount
    if product.isRamped { return product.ramped!.passBack(dy, count: count) }
    activation.multiplyByDerivative(
      UnsafeMutableBufferPointer(start: dy, count: count),
      output: UnsafeBufferPointer(start: y, count: count))
  }

  private mutating func sumBias(_ dy: UnsafePointer<Float>, samples: Int) {
    let outputs = product.outputCount
    bias.gradient.withUnsafeMutableBufferPointer { g in
      g.update(repeating: 0)
      for s in 0..<samples {
        let row = dy + s * outputs
        for j in 0..<outputs { g[j] += row[j] }
      }
    }
  }
}
