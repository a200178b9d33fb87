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

  /// How many samples one thread works on at a time where a sample costs `size` numbers: it depends on
  /// the size alone, never on the number of threads.
  public static func samplesPerBlock(size: Int) -> Int { max(1, (1 << 14) / max(1, size)) }

  /// Calls `body` with blocks of `samplesPerBlock(size:)` samples on several threads.
  public func forEachBlock(size: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let together = Self.samplesPerBlock(size: size)
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
