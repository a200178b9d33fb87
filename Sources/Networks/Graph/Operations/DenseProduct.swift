/// The product of every vector along the last axis with one weight matrix.
struct DenseProduct: LayerOperation {
  var site: Int
  let inputs: Int
  let outputs: Int
  let outputShape: [Int]
  let vectors: Int
  let storage = LayerStorage.own

  /// - Precondition: the last axis of `inputShape` has `inputs` elements.
  init(site: Int, inputs: Int, outputs: Int, inputShape: [Int]) {
    precondition(inputShape.last == inputs, "a dense layer reads the last axis")
    self.site = site
    self.inputs = inputs
    self.outputs = outputs
    outputShape = inputShape.dropLast() + [outputs]
    vectors = inputShape.dropLast().reduce(1, *)
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let count = context.samples * vectors
    context.engine.multiply(
      site: site, UnsafeBufferPointer(start: inputs[0], count: count * self.inputs), vectors: count,
      into: UnsafeMutableBufferPointer(start: output, count: count * outputs),
      call: context.firstSample * vectors)
  }
  let adjointReads = AdjointReads.inputs

  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    apply(
      inputs, into: output,
      LayerContext(firstSample: 0, samples: context.samples, engine: context.engine))
  }

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    context.engine.adjoint(
      site: site, values.inputs[0], values.outputGradient, vectors: context.samples * vectors,
      into: values.inputGradients[0], skipping: 0, call: 0)
  }
}
