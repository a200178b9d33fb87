/// `y = scale·x + shift`, with one pair of numbers for each place of one axis or one pair for all.
///
/// Batch normalization, biases and constant factors have this form; most of them disappear into the
/// weight matrix before or behind them.
struct ChannelAffine: LayerOperation {
  /// The axis of one sample along which the numbers change; `nil`: the same everywhere.
  let axis: Int?
  let scale: [Float]
  let shift: [Float]
  let outputShape: [Int]
  let storage = LayerStorage.overInput

  /// - Precondition: scale and shift have one number a place of the axis, or one where there is none.
  init(axis: Int?, scale: [Float], shift: [Float], shape: [Int]) {
    let count = axis.map { shape[$0] } ?? 1
    precondition(scale.count == count && shift.count == count, "one scale and shift a channel")
    self.axis = axis
    self.scale = scale
    self.shift = shift
    outputShape = shape
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    run(inputs[0], into: output, samples: context.samples, shift: shift)
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    run(
      values.outputGradient, into: target, samples: context.samples,
      shift: Array(repeating: 0, count: shift.count))
  }

  /// `scale·x + shift` of all samples.
  private func run(
    _ source: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, samples: Int,
    shift: [Float]
  ) {
    let total = samples * outputShape.reduce(1, *)
    guard let axis else {
      let (a, b) = (scale[0], shift[0])
      for i in 0..<total { output[i] = a * source[i] + b }
      return
    }
    let inner = outputShape[(axis + 1)...].reduce(1, *)
    let channels = outputShape[axis]
    let outer = inner * channels == 0 ? 0 : total / (inner * channels)
    scale.withUnsafeBufferPointer { scale in
      shift.withUnsafeBufferPointer { shift in
        for o in 0..<outer {
          if inner == 1 {
            let base = o * channels
            for c in 0..<channels { output[base + c] = scale[c] * source[base + c] + shift[c] }
          } else {
            for c in 0..<channels {
              let base = (o * channels + c) * inner
              let (a, b) = (scale[c], shift[c])
              for i in 0..<inner { output[base + i] = a * source[base + i] + b }
            }
          }
        }
      }
    }
  }
}
