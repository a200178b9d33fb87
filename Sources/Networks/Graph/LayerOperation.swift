/// What one layer does with the values it reads.
///
/// Shapes are those of one sample; at run time every value holds the samples of a chunk one after the
/// other. To add a layer see docs/add-a-layer.md.
public protocol LayerOperation: Sendable {
  /// What the layer is, as reports print it: "dense", "max-pool".
  var name: String { get }
  /// The shape of one sample of what comes out.
  var outputShape: [Int] { get }
  /// How the result may lie in memory.
  var storage: LayerStorage { get }
  /// Computes the samples of one chunk.
  ///
  /// - Parameters:
  ///   - inputs: what the layer reads, in its order, each `context.samples` samples.
  ///   - output: room for `context.samples` samples; the same place as `inputs[0]` where the storage is
  ///     `.overInput` and nobody else reads it.
  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext)
}

/// How a layer's result may lie in memory.
public enum LayerStorage: Sendable {
  /// In a place of its own.
  case own
  /// Over the first input, element by element, where nobody else reads that.
  case overInput
  /// It is the first input: only the shape differs.
  case sameAsInput
}

/// What a layer needs to know about the chunk it works on.
public struct LayerContext: Sendable {
  /// The number of the chunk's first sample in the whole data set.
  public let firstSample: Int
  /// How many samples the chunk has.
  public let samples: Int
  /// What carries out the matrix products.
  public let engine: any ProductEngine

  /// A chunk of `samples` samples.
  public init(firstSample: Int, samples: Int, engine: any ProductEngine) {
    self.firstSample = firstSample
    self.samples = samples
    self.engine = engine
  }
}

/// One layer of a network.
public struct Layer: Sendable {
  /// The layer's name in the file it came from.
  public let name: String
  /// What it does.
  public let operation: any LayerOperation
  /// The values it reads: 0 is the network's input, k + 1 is what layer k gives.
  public let inputs: [Int]

  /// A layer that reads the values `inputs`.
  public init(name: String, operation: any LayerOperation, inputs: [Int]) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
  }
}
