import ArrayFiles
import Networks
import Randomness

/// A layer of a network that learns by backpropagation.
///
/// A value is samples × the product of its shape, row major. A layer keeps what its `backward` needs
/// from the last `forward`.
public protocol TrainableLayer: Sendable {
  /// The shape of one input sample.
  var inputShape: [Int] { get }
  /// The shape of one output sample.
  var outputShape: [Int] { get }
  /// The outputs for `samples` samples.
  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass)
  /// Puts the gradient of every parameter in place, and that at the inputs into `dx`.
  ///
  /// - Parameters:
  ///   - x: the inputs of the last `forward`.
  ///   - y: the outputs of the last `forward`.
  ///   - dy: the gradient at the outputs; may be spoiled.
  ///   - dx: becomes the gradient at the inputs; `nil` where nobody reads it.
  mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?)
  /// `backward` and a step of plain gradient descent; layers that can do both in one pass do.
  mutating func descend(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?, rate: Float)
  /// Calls `body` for each parameter under its name within the layer.
  mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows
  /// Calls `body` for what else the next step depends on: its name within the layer, how many numbers
  /// it has, and these; none as long as they are not known.
  mutating func forEachMemory(_ body: (String, Int, inout [Float]) throws -> Void) rethrows
  /// Called after every step of the optimiser: limits that weights must keep.
  mutating func afterUpdate()
  /// Forgets ranges that are found by calibration, so that the next pass finds them anew.
  mutating func recalibrate()
  /// The layer as a network file tells it, its arrays called NAME.weight, NAME.bias, ….
  func exported(name: String) -> ExportedLayer
}

extension TrainableLayer {
  /// How many numbers an input sample has.
  public var inputCount: Int { inputShape.reduce(1, *) }
  /// How many numbers an output sample has.
  public var outputCount: Int { outputShape.reduce(1, *) }

  /// `backward`, then `Parameter.update` without momentum or decay.
  public mutating func descend(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?, rate: Float
  ) {
    backward(x: x, y: y, dy: dy, samples: samples, dx: dx)
    forEachParameter { _, parameter in parameter.update(.sgd(), rate: rate, step: 0) }
  }

  /// No parameters.
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {}

  /// Nothing else.
  public mutating func forEachMemory(
    _ body: (String, Int, inout [Float]) throws -> Void
  ) rethrows {}

  /// Nothing is calibrated.
  public mutating func recalibrate() {}

  /// No limits.
  public mutating func afterUpdate() {}
}

/// What a layer needs to know about one pass through the network.
public typealias ForwardPass = TrainingPass

/// A layer as a network file tells it.
public struct ExportedLayer: Sendable {
  /// The layers of the description, first to last.
  public var layers: [NetworkDescription.Layer]
  /// The arrays that they name.
  public var arrays: [(name: String, array: NumericArray)]
  /// The converters that training found, by the place in `layers`.
  public var converters: [Int: TrainedConverters] = [:]

  /// Layers with their arrays.
  public init(
    layers: [NetworkDescription.Layer], arrays: [(name: String, array: NumericArray)] = []
  ) {
    self.layers = layers
    self.arrays = arrays
  }

  /// The same with the converters of its only product.
  func with(_ found: TrainedConverters?) -> ExportedLayer {
    var result = self
    let product = layers.firstIndex { $0.kind.isProduct }
    if let product { result.converters[product] = found }
    return result
  }

  /// Puts a layer behind those that are there.
  mutating func append(_ layer: ExportedLayer) {
    for (place, found) in layer.converters { converters[layers.count + place] = found }
    layers += layer.layers
    arrays += layer.arrays
  }
}
