/// A monotone function that a ramp converter can compute while it digitizes.
///
/// The ramp is the inverse function in steps, so that what counts here is `inverse`; the function
/// itself serves the ideal curve and the error figures.
public struct ActivationFunction: Sendable {
  /// The name: "sigmoid".
  public let name: String
  /// y = g(x).
  public let value: @Sendable (Double) -> Double
  /// x with g(x) = y, for y inside `outputRange`; not finite where g does not reach y.
  public let inverse: @Sendable (Double) -> Double
  /// The outputs that the converter's codes cover unless others are asked for.
  public let outputRange: ClosedRange<Double>
  /// False where g falls.
  public let isIncreasing: Bool

  /// A function given by itself and its inverse.
  ///
  /// - Precondition: g is strictly monotone where it lies inside `outputRange`, which is not empty.
  public init(
    name: String, outputRange: ClosedRange<Double>, isIncreasing: Bool = true,
    value: @escaping @Sendable (Double) -> Double,
    inverse: @escaping @Sendable (Double) -> Double
  ) {
    precondition(outputRange.lowerBound < outputRange.upperBound, "outputs cover a range")
    self.name = name
    self.outputRange = outputRange
    self.isIncreasing = isIncreasing
    self.value = value
    self.inverse = inverse
  }
}
