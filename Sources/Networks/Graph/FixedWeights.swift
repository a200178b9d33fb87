/// What is said of weights that no training changes: how they are read.
public struct FixedWeights: Sendable, Hashable {
  /// The standard deviation of a weight in a read, as a share of the weight: every read of every weight draws anew.
  public var readNoise: Float

  /// Fixed weights.
  /// - Precondition: the noise is finite and not negative.
  public init(readNoise: Float = 0) {
    precondition(readNoise >= 0 && readNoise.isFinite, "a standard deviation")
    self.readNoise = readNoise
  }
}
