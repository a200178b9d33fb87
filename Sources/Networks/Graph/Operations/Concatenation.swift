/// Several values one behind the other along one axis.
struct Concatenation: LayerOperation {
  let outputShape: [Int]
  let storage = LayerStorage.own
  private let lengths: [Int]
  private let outer: Int

  /// - Precondition: the shapes agree on every axis but `axis`.
  init(axis: Int, shapes: [[Int]]) {
    var result = shapes[0]
    result[axis] = shapes.reduce(0) { $0 + $1[axis] }
    outputShape = result
    outer = result[..<axis].reduce(1, *)
    lengths = shapes.map { $0[axis...].reduce(1, *) }
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    var y = output
    for o in 0..<context.samples * outer {
      for (input, length) in zip(inputs, lengths) {
        y.update(from: input + o * length, count: length)
        y += length
      }
    }
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let total = lengths.reduce(0, +)
    var start = 0
    for (gradient, length) in zip(values.inputGradients, lengths) {
      if let gradient {
        for o in 0..<context.samples * outer {
          (gradient + o * length).update(
            from: values.outputGradient + o * total + start, count: length)
        }
      }
      start += length
    }
  }
}
