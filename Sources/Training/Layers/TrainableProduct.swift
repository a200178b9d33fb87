import LinearAlgebra
import Networks
import Randomness

/// The product of a layer, z = x·W, with W inputs × outputs: digital, or through a chip.
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
  /// The chip that the product goes through; `nil` is the digital product.
  var hardware: HardwareProduct?
  /// The ramps of the chip that compute the layer's function behind the product; `nil` where it is
  /// digital.
  var ramped: RampedActivation?

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

  /// The same product through a chip as `settings` tells it, or digital.
  ///
  /// - Parameter activation: the function behind the product, which the chip's ramps may compute.
  public func on(
    _ settings: HardwareSettings?, computing activation: TrainableActivation = .identity
  ) -> TrainableProduct {
    var result = self
    result.ramped = settings.flatMap {
      RampedActivation($0, activation, inputs: inputCount, outputs: outputCount)
    }
    let chip = result.ramped == nil ? settings : settings?.withoutOutputConverters
    result.hardware = chip.map { HardwareProduct($0, inputs: inputCount, outputs: outputCount) }
    return result
  }

  /// Whether this pass's ramps compute the layer's function.
  var isRamped: Bool { ramped?.isActive == true }

  /// Begins a pass: to be called once before the calls of `forward`.
  ///
  /// - Parameter samples: how many vectors the only call of `forward` will have; `nil` for several.
  public mutating func begin(_ pass: ForwardPass, samples: Int? = nil) {
    hardware?.begin(weights.values, pass, samples: samples)
    ramped?.begin(pass)
  }

  /// z = x·W for `samples` vectors.
  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into z: UnsafeMutablePointer<Float>, call: Int = 0
  ) {
    if hardware?.isActive == true {
      hardware!.forward(x, samples: samples, weights: weights.values, into: z, call: call)
      return
    }
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
    if hardware?.isActive == true {
      hardware!.backward(
        x: x, dz: dz, samples: samples, dx: dx, weights: weights.values, into: &weights.gradient,
        alpha: 1, beta: adds ? 1 : 0, adds: adds, call: call)
      return
    }
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
    if hardware?.isActive == true {
      var chip: HardwareProduct? = nil
      swap(&chip, &hardware)
      weights.values.withUnsafeMutableBufferPointer { w in
        chip!.backward(
          x: x, dz: dz, samples: samples, dx: dx, weights: UnsafePointer(w.baseAddress!),
          into: w.baseAddress!, alpha: -rate, beta: 1, adds: false, call: 0)
      }
      swap(&chip, &hardware)
      forEachRange { _, range in range.update(.sgd(), rate: rate, step: 0) }
      return
    }
    passBack(dz, samples: samples, dx: dx)
    DenseProducts.outer(
      x, dz, into: &weights.values, samples: samples, inputs: inputCount, outputs: outputCount,
      alpha: -rate, beta: 1)
  }

  /// The weights with the chip's digital factor in them.
  var exportedWeights: [Float] {
    guard let factor = hardware?.scale.values[0], factor != 1 else { return weights.values }
    return weights.values.map { $0 * factor }
  }

  /// The converters of the chip with their ranges, for `exportedWeights`.
  var converters: TrainedConverters? {
    guard let hardware else { return nil }
    return ramped.map { $0.told(by: hardware, weights: weights.values) }
      ?? hardware.converters(weights: weights.values)
  }

  /// The weights and, on a chip, its ranges and its factor.
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    try body("weight", &weights)
    try forEachRange(body)
  }

  /// What the wires of a chip leave for the passes that follow.
  public mutating func forEachMemory(
    _ body: (String, Int, inout [Float]) throws -> Void
  ) rethrows {
    guard hardware != nil else { return }
    try hardware!.forEachMemory(body)
  }

  /// Forgets calibrated ranges, so that the next pass finds them anew.
  public mutating func recalibrate() {
    hardware?.recalibrate()
    ramped?.recalibrate()
  }

  /// Limits weights and ranges after a step of the optimiser.
  public mutating func afterUpdate() {
    guard hardware != nil else { return }
    hardware!.afterUpdate()
    ramped?.afterUpdate()
    hardware!.settings.clipping.limit(&weights.values)
  }

  private mutating func forEachRange(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    guard hardware != nil else { return }
    try body("input-range", &hardware!.inputRange)
    try body("output-ranges", &hardware!.outputRanges)
    try body("output-scale", &hardware!.scale)
    if ramped?.range.values.isEmpty == false { try body("ramp-range", &ramped!.range) }
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
