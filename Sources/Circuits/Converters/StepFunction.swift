internal import CConversionKernels

/// A staircase: a value between each two thresholds, as a ramp converter gives it.
public struct StepFunction: Sendable {
  private let thresholds: [Float]
  private let outputs: [Float]

  /// - Precondition: the thresholds do not fall, and there is one output more.
  public init(thresholds: [Float], outputs: [Float]) {
    precondition(outputs.count == thresholds.count + 1, "an output between each two thresholds")
    self.thresholds = thresholds
    self.outputs = outputs
  }

  /// An ideal converter.
  public init(_ converter: RampConverter) {
    self.init(
      thresholds: converter.thresholds.map(Float.init), outputs: converter.outputs.map(Float.init))
  }

  /// Replaces `count` numbers by their steps.
  public func apply(_ x: UnsafeMutablePointer<Float>, count: Int) {
    ow_step_function(x, x, count, thresholds, outputs, thresholds.count)
  }

  /// For each of `x` how many thresholds it is not below.
  /// - Precondition: a code a number.
  public func codes(of x: UnsafeBufferPointer<Float>, into codes: UnsafeMutableBufferPointer<Int32>)
  {
    precondition(x.count == codes.count, "a code a number")
    ow_step_codes(x.baseAddress, codes.baseAddress, x.count, thresholds, thresholds.count)
  }
}
