/// Numbers that are the same for every sample.
struct ConstantValue: LayerOperation {
  let elements: [Float]
  let outputShape: [Int]
  let storage = LayerStorage.own

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    elements.withUnsafeBufferPointer { elements in
      guard let source = elements.baseAddress else { return }
      for s in 0..<context.samples {
        (output + s * elements.count).update(from: source, count: elements.count)
      }
    }
  }

  let adjointReads: AdjointReads = []
  let passesGradients = false

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {}
}
