import InputOutput

/// Operators that pass values with a joined batch on, or take them apart themselves.
let onnxJoinedShapes: Set<String> = [
  "Reshape", "Shape", "Identity", "Dropout", "Transpose", "Squeeze", "Unsqueeze",
]

/// Operators that treat every place of a joined axis like a sample: element by element, or along later axes.
private let onnxJoinedLayers: Set<String> = [
  "Abs", "Add", "Cast", "Clip", "Div", "Elu", "Erf", "Gelu", "Gemm", "HardSigmoid", "HardSwish",
  "LayerNormalization", "LeakyRelu", "LogSoftmax", "MatMul", "Mish", "Mul", "Pow", "Relu", "Selu",
  "Sigmoid", "Softmax", "Softplus", "Sqrt", "Sub", "Tanh",
]

extension ONNXImporter {
  /// The axis at which a node reads the batch joined with an axis of a sample; `nil` where it does not.
  func joinedAxis(of call: ONNXCall) throws(InputError) -> JoinedAxis? {
    var axes: Set<JoinedAxis> = []
    for case .joined(_, let axis)? in call.inputs { axes.insert(axis) }
    guard let axis = axes.first else { return nil }
    guard axes.count == 1, onnxJoinedLayers.contains(call.node.opType) else {
      throw call.fault("reads a value whose batch is joined with another axis, which it cannot")
    }
    return axis
  }

  /// The same call with the batch apart from the axis it is joined with.
  func apart(_ call: ONNXCall, _ axis: JoinedAxis) throws(InputError) -> ONNXCall {
    var inputs: [ONNXValue?] = []
    for input in call.inputs {
      switch input {
      case .joined(let value, _): inputs.append(.computed(value, batchAxis: axis.batchAxis))
      case .computed:
        throw call.fault("reads one value with the batch joined with another axis, and one without")
      case .constant(let tensor, _):
        // Places of the joined axis are all treated alike.
        let shape = tensor.shape
        let isWeight = call.node.opType == "Gemm" || call.node.opType == "MatMul"
        let rank = call.inputs.compactMap { $0.map { self.rank($0) } }.max() ?? 0
        let own = axis.place - (rank - shape.count)
        guard isWeight || own < 0 || shape[...own].allSatisfy({ $0 == 1 }) else {
          throw call.fault(
            "a constant of \(describe(shape: shape)) would treat samples differently")
        }
        inputs.append(input)
      case .integers, nil: inputs.append(input)
      }
    }
    return ONNXCall(
      source: call.source, node: call.node, name: call.name, inputs: inputs, opset: call.opset,
      joinedAxis: axis)
  }

  /// The place in a target shape of the batch joined with what is left of a sample, and how many numbers of
  /// it: the open axis, one that names the batch several times, or one of the length that follows from the
  /// written batch. What is left of a sample stands behind the batch or, where `prefix` counts it, before.
  func joinedPlace(
    _ target: [SymbolicLength], size: Int, prefix: Int
  ) -> (axis: JoinedAxis, length: Int)? {
    var found: (axis: JoinedAxis, length: Int)?
    for axis in target.indices {
      let others = target.indices.filter { $0 != axis }.map { target[$0].fixed }
      guard others.allSatisfy({ $0 > 0 }), let known = elementCount(of: others), known > 0,
        size % known == 0, let before = elementCount(of: target[..<axis].map(\.fixed))
      else { continue }
      let length = size / known
      guard before == prefix || elementCount(of: [before, length]) == prefix else { continue }
      let isOpen = target[axis] == SymbolicLength(-1)
      let isNamed = target[axis] == SymbolicLength(0, perSample: length)
      let isWritten =
        writtenBatch.map {
          let (product, overflow) = $0.multipliedReportingOverflow(by: length)
          return !overflow && target[axis] == SymbolicLength(product)
        } ?? false
      if length > 1, isOpen || isNamed || isWritten {
        // A file with one written sample leaves the choice; the last axis is usually that of features.
        let isLast = axis == target.count - 1
        if found == nil || !isLast {
          found = (JoinedAxis(place: axis, isBatchFirst: before == prefix), length)
        }
        if before == prefix, !isLast { break }
      }
    }
    return found
  }
}
