import LinearAlgebra

/// What an operation needs to know about the batch it works on in a training pass.
public struct TrainingContext: Sendable {
  /// How many samples the batch has.
  public let samples: Int
  /// The pass, with the noise key of this operation.
  public let pass: TrainingPass
  /// What carries out the matrix products.
  public let engine: any SiteEngine
  /// How many numbers one sample of each input has.
  public let inputSizes: [Int]
  /// Memory for what does not outlive a call; shared by all operations.
  public let workspace: ScratchMemory

  /// Numbers of a block of samples that one thread works on at a time.
  private static let blockSize = 1 << 14

  /// Calls `body` with blocks of samples on several threads. How the batch is cut depends on `size`
  /// alone, the number of values that a sample costs, never on the number of threads.
  public func forEachBlock(size: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let together = max(1, Self.blockSize / max(1, size))
    let (count, samples) = ((samples + together - 1) / together, samples)
    Parallel.forEach(count) { k in body(k * together..<min(samples, (k + 1) * together)) }
  }
}

/// Which values an adjoint reads.
public struct AdjointReads: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// What the layer read.
  public static let inputs = AdjointReads(rawValue: 1)
  /// What the layer gave.
  public static let output = AdjointReads(rawValue: 2)
}

/// The values and gradients of one operation in a backward pass, each for the whole batch.
public struct AdjointValues {
  /// What the operation read; valid only where its `adjointReads` has `.inputs`.
  public let inputs: [UnsafePointer<Float>]
  /// What it gave; valid only where its `adjointReads` has `.output`.
  public let output: UnsafePointer<Float>
  /// The gradient of the loss with respect to the output; may be overwritten.
  public let outputGradient: UnsafeMutablePointer<Float>
  /// Where the gradients with respect to the inputs go; `nil` where nobody needs one.
  public let inputGradients: [UnsafeMutablePointer<Float>?]
}
