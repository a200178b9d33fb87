/// What is said of weights that no training changes: how they are read.
public struct FixedWeights: Sendable, Hashable {
  /// The standard deviation of a weight in a read, as a share of the weight: every read of every weight draws anew.
  public var readNoise: Float
  /// The standard deviation of an output from read to read, as a share of the root mean square of all outputs in the
  /// first read.
  public var outputNoise: Float

  /// Fixed weights.
  /// - Precondition: both are finite and not negative.
  public init(readNoise: Float = 0, outputNoise: Float = 0) {
    precondition(readNoise >= 0 && readNoise.isFinite, "a standard deviation")
    precondition(outputNoise >= 0 && outputNoise.isFinite, "a standard deviation")
    self.readNoise = readNoise
    self.outputNoise = outputNoise
  }
}
