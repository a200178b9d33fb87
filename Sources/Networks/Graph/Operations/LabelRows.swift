public import InputOutput

/// A vector once for each class, with the class's label written into it: classes × numbers.
struct LabelRows: LayerOperation {
  let label: WrittenLabel
  let inputs: Int
  let outputShape: [Int]
  let storage = LayerStorage.own

  init(_ label: WrittenLabel, inputs: Int) {
    self.label = label
    self.inputs = inputs
    outputShape = [label.classes, label.width(of: inputs)]
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    for s in 0..<context.samples {
      for c in 0..<label.classes {
        label.write(
          c, with: inputs[0] + s * self.inputs, count: self.inputs,
          to: output + (s * label.classes + c) * outputShape[1])
      }
    }
  }

  let adjointReads: AdjointReads = []
  /// Labels are tried out, not learnt.
  let passesGradients = false

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {}
}

extension NetworkBuilder {
  /// A vector once for each class with its label written into it.
  /// - Throws: `InputError` where the value is no vector, or has less numbers than labels replace.
  public mutating func labelRows(
    _ x: Value, classes: Int, strength: Float, replaces: Bool, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.count == 1, classes > 0, !replaces || classes <= shape[0] else {
      throw fault(
        name,
        "writes \(classes) labels into a vector, the value has the shape \(describe(shape: shape))")
    }
    let label = WrittenLabel(classes: classes, strength: strength, replaces: replaces)
    return try add(LabelRows(label, inputs: shape[0]), [x], name: name)
  }
}
