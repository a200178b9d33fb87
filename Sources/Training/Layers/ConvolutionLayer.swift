import ArrayFiles
import LinearAlgebra
import Networks
import Randomness

/// A convolution over one or two axes with an element-wise function behind it.
///
/// Every position of the kernel is one input vector of the product; the bias is one number an output
/// channel.
public struct ConvolutionLayer: TrainableLayer {
  /// Channels × image.
  public let inputShape: [Int]
  /// Output channels × positions.
  public let outputShape: [Int]
  /// The function behind the sum.
  public let activation: TrainableActivation
  /// One vector of channels × kernel numbers a position.
  public var product: TrainableProduct
  /// One number an output channel.
  public var bias: Parameter

  private let window: Window
  private let unrolling: Convolution
  private let positions: Int
  private let channels: Int
  private var unrolled: [Float] = []
  private var products: [Float] = []
  private var errors: [Float] = []

  /// A layer whose weights are drawn like a dense layer's of as many inputs.
  ///
  /// - Returns: `nil` where the window does not fit the image.
  public init?(
    inputShape: [Int], outputChannels: Int, window: Window, activation: TrainableActivation,
    key: StreamKey, hardware: HardwareSettings? = nil
  ) {
    let image = Array(inputShape.dropFirst())
    guard (1...2).contains(image.count), let places = window.places(on: image) else { return nil }
    let inputs = inputShape[0] * window.kernel.reduce(1, *)
    self.inputShape = inputShape
    self.activation = activation
    self.window = window
    unrolling = Convolution(
      site: 0, channels: inputShape[0], outputChannels: outputChannels, image: image,
      window: window, positions: places)
    outputShape = [outputChannels] + places
    positions = places.reduce(1, *)
    channels = outputChannels
    product = TrainableProduct(
      inputs: inputs, outputs: outputChannels, gain: activation.initialGain, key: key
    ).on(hardware, computing: activation)
    bias = Parameter(Array(repeating: 0, count: outputChannels), decays: false)
  }

  /// Unrolls, multiplies, adds the bias and applies the function.
  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let (rows, vectors) = (product.inputCount, samples * positions)
    if unrolled.count < vectors * rows {
      unrolled = Array(repeating: 0, count: vectors * rows)
      products = Array(repeating: 0, count: vectors * channels)
    }
    let (size, places, unrolling) = (inputCount, positions, unrolling)
    unrolled.withUnsafeMutableBufferPointer { u in
      nonisolated(unsafe) let (u, x) = (u.baseAddress!, x)  // safe: samples are disjoint
      Parallel.forEach(samples) { s in
        unrolling.unroll(x + s * size, into: u + s * places * rows)
      }
    }
    product.begin(pass, samples: vectors)
    products.withUnsafeMutableBufferPointer { z in
      product.forward(unrolled, samples: vectors, into: z.baseAddress!)
      bias.values.withUnsafeBufferPointer { b in
        for v in 0..<vectors {
          let row = z.baseAddress! + v * channels
          for c in 0..<channels { row[c] += b[c] }
        }
      }
      if product.isRamped {
        product.ramped!.apply(z.baseAddress!, count: vectors * channels)
      }
      for s in 0..<samples {
        let block = positions * channels
        transpose(
          z.baseAddress! + s * block, rows: positions, columns: channels, into: y + s * block)
      }
    }
    if !product.isRamped {
      activation.apply(UnsafeMutableBufferPointer(start: y, count: vectors * channels))
    }
  }

  /// The gradients of weights, biases and inputs.
  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    let (rows, vectors) = (product.inputCount, samples * positions)
    let count = vectors * channels
    if !product.isRamped {
      activation.multiplyByDerivative(
        UnsafeMutableBufferPointer(start: dy, count: count),
        output: UnsafeBufferPointer(start: y, count: count))
    }
    if dx != nil, errors.count < vectors * rows {
      errors = Array(repeating: 0, count: vectors * rows)
    }
    let block = positions * channels
    products.withUnsafeMutableBufferPointer { z in
      for s in 0..<samples {
        transpose(
          dy + s * block, rows: channels, columns: positions, into: z.baseAddress! + s * block)
      }
      if product.isRamped { product.ramped!.passBack(z.baseAddress!, count: count) }
      bias.gradient.withUnsafeMutableBufferPointer { g in
        g.update(repeating: 0)
        for v in 0..<vectors {
          let row = z.baseAddress! + v * channels
          for c in 0..<channels { g[c] += row[c] }
        }
      }
      errors.withUnsafeMutableBufferPointer { e in
        product.backward(
          x: unrolled, dz: z.baseAddress!, samples: vectors, dx: dx == nil ? nil : e.baseAddress)
      }
    }
    guard let dx else { return }
    let (size, places, unrolling) = (inputCount, positions, unrolling)
    errors.withUnsafeBufferPointer { e in
      nonisolated(unsafe) let (e, dx) = (e.baseAddress!, dx)  // safe: samples are disjoint
      Parallel.forEach(samples) { s in
        (dx + s * size).update(repeating: 0, count: size)
        unrolling.addBack(e + s * places * rows, into: dx + s * size)
      }
    }
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

  /// NAME.weight (output channels × channels × kernel) and NAME.bias.
  public func exported(name: String) -> ExportedLayer {
    let weights = Matrix(
      rowCount: product.inputCount, columnCount: channels, elements: product.exportedWeights
    ).transposed()
    return ExportedLayer(
      layers: [
        .convolution(
          name: name, strides: window.strides, padding: window.padsBefore, dilations: nil, groups: 1
        )
      ] + activation.exported,
      arrays: [
        (
          "\(name).weight",
          NumericArray(
            shape: [channels, inputShape[0]] + window.kernel, floats: weights.elements)
        ), ("\(name).bias", NumericArray(shape: [channels], floats: bias.values)),
      ]
    ).with(product.converters)
  }
}
