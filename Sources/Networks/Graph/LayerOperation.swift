/// The values that a layer reads, in its order, one sample after the other.
public typealias LayerInputs = [UnsafePointer<Float>]
/// Room for the values that a layer gives, one sample after the other.
public typealias LayerOutput = UnsafeMutablePointer<Float>

/// What one layer does with the values it reads, and the adjoint of it.
///
/// Shapes are those of one sample; at run time every value holds the samples of a chunk or a batch one
/// after the other. To add a layer see docs/add-a-layer.md.
public protocol LayerOperation: Sendable {
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

  /// How many nonlinear functions it evaluates per sample: activations, the exponentials of a softmax. 0 for
  /// products, sums and moves, and for recurrent layers, whose functions `Network.recurrentWork` counts.
  var functionEvaluations: Int { get }
  /// Arrays of the operation itself, not of its weight matrices, that training changes.
  var parameters: [OperationArray] { get }
  /// Arrays that a pass changes and no optimizer does, such as running means.
  var buffers: [OperationArray] { get }
  /// The same operation with other parameters and buffers, in the order and sizes of the members.
  func replacing(parameters: [[Float]], buffers: [[Float]]) -> any LayerOperation
  /// Which values `adjoint` reads; the others may be overwritten before it is called.
  var adjointReads: AdjointReads { get }
  /// Whether the result has a derivative with respect to the inputs; numbers of symbols have none.
  var passesGradients: Bool { get }
  /// Computes a batch as `apply` does and keeps in `tape` what `adjoint` needs.
  func forward(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: TrainingContext, _ tape: OperationTape)
  /// The vector-Jacobian product of the last `forward`.
  ///
  /// Overwrites every input gradient that is not `nil` and the gradients of the parameters in `tape`.
  /// The gradient of the first input may be the same place as that of the output where the storage is
  /// `.overInput`: it is written last.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape)
}

extension LayerOperation {
  /// None.
  public var functionEvaluations: Int { 0 }
  /// No parameters.
  public var parameters: [OperationArray] { [] }
  /// No buffers.
  public var buffers: [OperationArray] { [] }
  /// The operation itself.
  /// - Precondition: it has no parameters and no buffers.
  public func replacing(parameters: [[Float]], buffers: [[Float]]) -> any LayerOperation {
    precondition(parameters.isEmpty && buffers.isEmpty, "\(Self.self) has no arrays of its own")
    return self
  }
  /// Yes.
  public var passesGradients: Bool { true }
  /// `apply` on blocks of samples, which are laid over threads.
  public func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    let size = outputShape.reduce(1, *)
    nonisolated(unsafe) let (inputs, output) = (inputs, output)  // safe: samples are disjoint
    context.forEachBlock(size: size) { block in
      var parts = inputs
      for k in parts.indices { parts[k] += block.lowerBound * context.inputSizes[k] }
      apply(
        parts, into: output + block.lowerBound * size,
        LayerContext(firstSample: block.lowerBound, samples: block.count, engine: context.engine))
    }
  }
}

/// An array that belongs to an operation.
public struct OperationArray: Sendable {
  /// The name within the layer as files have it: "weight", "running_mean".
  public let name: String
  /// The numbers.
  public let values: [Float]
  /// Whether weight decay acts on it.
  public let decays: Bool

  /// An array; without weight decay unless said otherwise.
  public init(name: String, values: [Float], decays: Bool = false) {
    self.name = name
    self.values = values
    self.decays = decays
  }
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
