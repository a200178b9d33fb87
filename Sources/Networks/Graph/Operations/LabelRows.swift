public import InputOutput

/// A vector once for each class, with the class's label written into it: classes × numbers. The label is a number
/// per class, `strength` for its own and 0 for the others, before the vector or in the place of its first numbers.
struct LabelRows: LayerOperation {
  let classes: Int
  let strength: Float
  /// Whether labels take the place of the first numbers.
  let replaces: Bool
  let inputs: Int
  let outputShape: [Int]
  let name = "label-rows"
  let storage = LayerStorage.own

  init(classes: Int, strength: Float, replaces: Bool, inputs: Int) {
    self.classes = classes
    self.strength = strength
    self.replaces = replaces
    self.inputs = inputs
    outputShape = [classes, replaces ? inputs : classes + inputs]
  }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let width = outputShape[1]
    let extra = width - self.inputs
    for s in 0..<context.samples {
      for label in 0..<classes {
        let row = output + (s * classes + label) * width
        (row + extra).update(from: inputs[0] + s * self.inputs, count: self.inputs)
        for c in 0..<classes { row[c] = c == label ? strength : 0 }
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
    return try add(
      LabelRows(classes: classes, strength: strength, replaces: replaces, inputs: shape[0]), [x],
      name: name)
  }
}
