/// The same numbers in another shape.
struct Reshape: LayerOperation {
  let outputShape: [Int]
  let storage = LayerStorage.sameAsInput

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    guard inputs[0] != UnsafePointer(output) else { return }
    output.update(from: inputs[0], count: context.samples * outputShape.reduce(1, *))
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0], target != values.outputGradient else { return }
    target.update(
      from: values.outputGradient, count: context.samples * outputShape.reduce(1, *))
  }
}
