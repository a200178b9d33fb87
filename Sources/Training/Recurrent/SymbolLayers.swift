import ArrayFiles
import Networks
import Randomness

/// Symbols' numbers as unit vectors: time becomes time × symbols.
public struct OneHotLayer: TrainableLayer {
  public let inputShape: [Int]
  public let outputShape: [Int]
  private let symbols: Int

  /// Unit vectors of `symbols` numbers.
  public init(inputShape: [Int], symbols: Int) {
    precondition(symbols > 0, "symbols")
    self.inputShape = inputShape
    self.symbols = symbols
    outputShape = inputShape + [symbols]
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) { fillOneHot(y, from: x, count: samples * inputCount, symbols: symbols) }

  /// Numbers of symbols have no gradient.
  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) { dx?.update(repeating: 0, count: samples * inputCount) }

  public func exported(name: String) -> ExportedLayer { ExportedLayer(layers: [.oneHot(symbols)]) }
}

/// The last steps of a sequence; those before only warm the state up.
public struct LastStepsLayer: TrainableLayer {
  public let inputShape: [Int]
  public let outputShape: [Int]
  private let kept: Int

  /// The last `steps` of time × units.
  public init(inputShape: [Int], steps: Int) {
    precondition(
      inputShape.count == 2 && (1...inputShape[0]).contains(steps), "steps of the sequence")
    self.inputShape = inputShape
    kept = steps
    outputShape = [steps, inputShape[1]]
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let skipped = inputCount - outputCount
    for s in 0..<samples {
      (y + s * outputCount).update(from: x + s * inputCount + skipped, count: outputCount)
    }
  }

  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    guard let dx else { return }
    let skipped = inputCount - outputCount
    for s in 0..<samples {
      (dx + s * inputCount).update(repeating: 0, count: skipped)
      (dx + s * inputCount + skipped).update(from: dy + s * outputCount, count: outputCount)
    }
  }

  public func exported(name: String) -> ExportedLayer { ExportedLayer(layers: [.lastSteps(kept)]) }
}

/// One dense layer for every step of a sequence: time × units becomes time × outputs.
public struct EachStepLayer: TrainableLayer {
  public let inputShape: [Int]
  public let outputShape: [Int]
  private var dense: DenseLayer

  /// `dense` at each of `steps` steps.
  public init(_ dense: DenseLayer, steps: Int) {
    precondition(steps > 0, "steps")
    self.dense = dense
    inputShape = [steps, dense.product.inputCount]
    outputShape = [steps, dense.product.outputCount]
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) { dense.forward(x, samples: samples * inputShape[0], into: y, pass) }

  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) { dense.backward(x: x, y: y, dy: dy, samples: samples * inputShape[0], dx: dx) }

  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows { try dense.forEachParameter(body) }

  public mutating func forEachMemory(
    _ body: (String, Int, inout [Float]) throws -> Void
  ) rethrows { try dense.forEachMemory(body) }

  public mutating func recalibrate() { dense.recalibrate() }
  public mutating func afterUpdate() { dense.afterUpdate() }

  public func exported(name: String) -> ExportedLayer { dense.exported(name: name) }
}
