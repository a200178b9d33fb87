/// A staircase: a value between each two thresholds, as a ramp converter gives it.
public struct StepFunction: Sendable {
  /// Rising, 2ⁿ − 1 of them or fewer, filled up with infinity.
  private let thresholds: [Float]
  private let outputs: [Float]
  private let levels: Int

  /// - Precondition: the thresholds do not fall, and there is one output more.
  public init(thresholds: [Float], outputs: [Float]) {
    precondition(outputs.count == thresholds.count + 1, "an output between each two thresholds")
    var levels = 0
    while 1 << levels < outputs.count { levels += 1 }
    self.levels = levels
    let rest = 1 << levels - 1 - thresholds.count
    self.thresholds = thresholds + Array(repeating: .infinity, count: rest)
    self.outputs = outputs + Array(repeating: outputs[outputs.count - 1], count: rest)
  }

  /// An ideal converter.
  public init(_ converter: RampConverter) {
    self.init(
      thresholds: converter.thresholds.map(Float.init), outputs: converter.outputs.map(Float.init))
  }

  /// Replaces `count` numbers by their steps.
  public func apply(_ x: UnsafeMutablePointer<Float>, count: Int) {
    thresholds.withUnsafeBufferPointer { t in
      outputs.withUnsafeBufferPointer { y in
        for i in 0..<count {
          let v = x[i]
          var place = 0
          var width = (1 << levels) / 2
          // Without branches: the thresholds fill a complete tree.
          while width > 0 {
            place += v >= t[place + width - 1] ? width : 0
            width >>= 1
          }
          x[i] = y[place]
        }
      }
    }
  }
}
