/// The axes of a sample in another order.
struct Transpose: LayerOperation {
  let outputShape: [Int]
  let storage = LayerStorage.own
  private let steps: [Int]

  /// Axis k of the result is axis `order[k]` of a sample of `shape`.
  init(order: [Int], shape: [Int]) {
    var stepOfAxis = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      stepOfAxis[axis] = stepOfAxis[axis + 1] * shape[axis + 1]
    }
    outputShape = order.map { shape[$0] }
    steps = order.map { stepOfAxis[$0] }
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let size = outputShape.reduce(1, *)
    guard size > 0, let length = outputShape.last, let step = steps.last else {
      output.update(from: inputs[0], count: context.samples * size)
      return
    }
    forEachRun(samples: 0..<context.samples) { from, to in
      let (x, y) = (inputs[0] + from, output + to)
      for i in 0..<length { y[i] = x[i * step] }
    }
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    let size = outputShape.reduce(1, *)
    guard size > 0, let length = outputShape.last, let step = steps.last else {
      target.update(from: values.outputGradient, count: context.samples * size)
      return
    }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    context.forEachBlock(size: size) { samples in
      forEachRun(samples: samples) { from, to in
        let (dx, dy) = (dx + from, dy + to)
        for i in 0..<length { dx[i * step] = dy[i] }
      }
    }
  }

  /// Calls `body` for every run along the last axis of the result with the places where it begins in the
  /// input and in the result.
  private func forEachRun(samples: Range<Int>, _ body: (_ input: Int, _ output: Int) -> Void) {
    let none = Array(repeating: 0, count: steps.count)
    Networks.forEachRun(
      of: outputShape, samples: samples, sizes: (outputShape.reduce(1, *), 0), steps: (steps, none)
    ) { x, _, y in body(x, y) }
  }
}
