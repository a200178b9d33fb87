/// An activation function on every number of a value.
struct ActivationLayer: LayerOperation {
  let activation: Activation
  let outputShape: [Int]
  /// The site whose converter may have applied the function already.
  var site: Int?
  let storage = LayerStorage.overInput
  var functionEvaluations: Int { outputShape.reduce(1, *) }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let count = context.samples * outputShape.reduce(1, *)
    if inputs[0] != UnsafePointer(output) { output.update(from: inputs[0], count: count) }
    if let site, context.engine.appliesActivation(site: site) { return }
    activation.apply(UnsafeMutableBufferPointer(start: output, count: count))
  }

  var adjointReads: AdjointReads { activation.adjointReads }

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    let size = outputShape.reduce(1, *)
    let gradient = values.outputGradient
    if gradient != target { target.update(from: gradient, count: context.samples * size) }
    // Where converters computed the function, their site takes its slope into account.
    if let site, context.engine.appliesActivation(site: site) { return }
    let known = activation.adjointReads == .output ? values.output : values.inputs[0]
    nonisolated(unsafe) let (d, x) = (target, known)  // safe: blocks are disjoint
    context.forEachBlock(size: size) { block in
      let start = block.lowerBound * size
      activation.multiplyBySlope(
        UnsafeMutableBufferPointer(start: d + start, count: block.count * size), x + start)
    }
  }
}
