/// The mean over the places of the first axis of time × units that are not all zeros; zeros where all are.
///
/// Series of different lengths end in zeros, which do not count.
struct FrameMean: LayerOperation {
  let frames: Int
  let outputShape: [Int]
  let storage = LayerStorage.own

  init(shape: [Int]) {
    frames = shape[0]
    outputShape = Array(shape.dropFirst())
  }

  private var units: Int { outputShape.reduce(1, *) }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    for s in 0..<context.samples {
      let (x, y) = (inputs[0] + s * frames * units, output + s * units)
      y.update(repeating: 0, count: units)
      var count: Float = 0
      for t in 0..<frames where isUsed(x + t * units) {
        count += 1
        for i in 0..<units { y[i] += x[t * units + i] }
      }
      if count > 0 { for i in 0..<units { y[i] /= count } }
    }
  }

  let adjointReads = AdjointReads.inputs

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    for s in 0..<context.samples {
      let (x, dx) = (values.inputs[0] + s * frames * units, target + s * frames * units)
      let used = (0..<frames).filter { isUsed(x + $0 * units) }
      dx.update(repeating: 0, count: frames * units)
      for t in used {
        for i in 0..<units {
          dx[t * units + i] = values.outputGradient[s * units + i] / Float(used.count)
        }
      }
    }
  }

  private func isUsed(_ frame: UnsafePointer<Float>) -> Bool {
    (0..<units).contains { frame[$0] != 0 }
  }
}
