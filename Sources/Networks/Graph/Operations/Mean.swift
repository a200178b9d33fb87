/// The mean over a stretch of axes, which keep the length 1.
struct Mean: LayerOperation {
  let outputShape: [Int]
  let name = "mean"
  let storage = LayerStorage.own
  private let outer: Int
  private let length: Int
  private let inner: Int

  /// The mean over `axes` of a sample of `shape`.
  init(axes: Range<Int>, shape: [Int]) {
    outer = shape[..<axes.lowerBound].reduce(1, *)
    length = shape[axes].reduce(1, *)
    inner = shape[axes.upperBound...].reduce(1, *)
    var result = shape
    for axis in axes { result[axis] = 1 }
    outputShape = result
  }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let factor = length == 0 ? 0 : 1 / Float(length)
    for o in 0..<context.samples * outer {
      let x = inputs[0] + o * length * inner
      let y = output + o * inner
      for i in 0..<inner {
        var sum: Float = 0
        for k in 0..<length { sum += x[k * inner + i] }
        y[i] = sum * factor
      }
    }
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0], length > 0 else { return }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    let factor = 1 / Float(length)
    context.forEachBlock(size: outer * length * inner) { samples in
      for o in samples.lowerBound * outer..<samples.upperBound * outer {
        for k in 0..<length {
          let to = dx + (o * length + k) * inner
          for i in 0..<inner { to[i] = dy[o * inner + i] * factor }
        }
      }
    }
  }
}
