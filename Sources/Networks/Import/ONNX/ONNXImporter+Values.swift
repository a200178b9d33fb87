import InputOutput

/// Values as operators want them.
extension ONNXImporter {
  /// The lengths of all axes of a value, the batch among them.
  func lengths(_ value: ONNXValue) -> [SymbolicLength] {
    var result = sampleShape(value).map { SymbolicLength($0) }
    if case .joined(_, let axis) = value {
      result[axis.place] = SymbolicLength(0, perSample: result[axis.place].fixed)
      return result
    }
    if let axis = value.batchAxis { result.insert(.batch, at: axis) }
    return result
  }

  /// The shape of one sample: all axes but the batch.
  func sampleShape(_ value: ONNXValue) -> [Int] {
    switch value {
    case .integers(let shape, _): shape
    case .constant(let tensor, _): tensor.shape
    case .computed(let value, _), .joined(let value, _): builder.shape(of: value)
    }
  }

  func rank(_ value: ONNXValue) -> Int { lengths(value).count }

  /// "batch×3×4", for messages.
  func description(_ value: ONNXValue) -> String {
    let names = lengths(value).map { length in
      length.known.map(String.init)
        ?? (length.perSample == 1 ? "batch" : "batch·\(length.perSample)")
    }
    return names.isEmpty ? "a single number" : names.joined(separator: "×")
  }

  /// The axis of a sample that is axis `axis` of the value.
  /// - Throws: `InputError` where it is the batch.
  func sampleAxis(_ axis: Int, of value: ONNXValue, _ call: ONNXCall) throws(InputError) -> Int {
    guard let batch = value.batchAxis else { return axis }
    guard axis != batch else {
      throw call.fault("works along axis \(axis), which is the batch: samples stay apart")
    }
    return axis < batch ? axis : axis - 1
  }

  /// Integers as floating-point numbers, everything else as it is.
  func floating(_ value: ONNXValue, _ call: ONNXCall) throws(InputError) -> ONNXValue {
    guard case .integers(let shape, let lengths) = value else { return value }
    try spend(lengths.count, call)
    var elements: [Float] = []
    for length in lengths {
      guard let known = length.known else {
        throw call.fault("computes numbers from the size of the batch")
      }
      elements.append(Float(known))
    }
    return .constant(Tensor(shape: shape, elements: elements), batchAxis: nil)
  }

  /// Spends the memory, or the work, of `count` places from the budget of the file.
  func spend(_ count: Int, _ call: ONNXCall) throws(InputError) {
    try builder.budget.spend(
      count, times: 8, at: "node '\(call.name)' (\(call.node.opType))", "its \(count) places")
  }

  /// Numbers that do not depend on the input.
  func constant(_ value: ONNXValue, _ what: String, _ call: ONNXCall) throws(InputError) -> Tensor {
    guard case .constant(let tensor, nil) = try floating(value, call) else {
      throw call.fault("\(what) must be a constant")
    }
    return tensor
  }

  /// Integers that may depend on the size of the batch.
  func symbolic(
    _ value: ONNXValue, _ what: String, _ call: ONNXCall
  ) throws(InputError) -> [SymbolicLength] {
    guard case .integers(_, let lengths) = value else {
      throw call.fault("\(what) must be integers that are known without the input")
    }
    try spend(lengths.count, call)
    return lengths
  }

  /// Integers that are known.
  func integers(_ value: ONNXValue, _ what: String, _ call: ONNXCall) throws(InputError) -> [Int] {
    var result: [Int] = []
    for length in try symbolic(value, what, call) {
      guard let known = length.known else {
        throw call.fault("\(what) must not depend on the size of the batch")
      }
      result.append(known)
    }
    return result
  }

  /// Integers from an attribute in old operator sets, from an input in new ones.
  func integers(
    _ attribute: String, orInput index: Int, _ call: ONNXCall
  ) throws(InputError) -> [Int]? {
    if let values = call.integers(attribute) { return values }
    guard let value = call.optional(index) else { return nil }
    return try integers(value, attribute, call)
  }

  /// What a layer computes, with the batch where the operator wants it.
  func computed(
    _ value: ONNXValue, batchAxis wanted: Int, _ call: ONNXCall
  ) throws(InputError) -> NetworkBuilder.Value {
    guard case .computed(let result, let axis) = value else {
      throw call.fault("its input must depend on the network's input")
    }
    guard axis == wanted else {
      throw call.fault(
        "wants the batch at axis \(wanted), the value \(description(value)) has it at \(axis)")
    }
    return result
  }

  /// The value as a layer of the network, also where it is a constant.
  mutating func layer(
    _ value: ONNXValue, _ call: ONNXCall
  ) throws(InputError) -> NetworkBuilder.Value {
    switch try floating(value, call) {
    case .computed(let result, _), .joined(let result, _): return result
    case .constant(let tensor, _):
      return try builder.add(
        ConstantValue(elements: tensor.elements, outputShape: tensor.shape), [], name: call.name)
    case .integers: throw call.fault("cannot compute with integers")
    }
  }

  /// Applies an operation that only moves numbers, also to integers.
  mutating func move(
    _ operation: any LayerOperation, _ value: ONNXValue, batchAxis: Int?, _ call: ONNXCall
  ) throws(InputError) -> ONNXValue {
    guard case .integers(let shape, let values) = value else {
      return try apply(operation, [value], batchAxis: batchAxis, call)
    }
    // Single precision counts exactly up to 2^24: the places are moved in its numbers.
    guard values.count < 1 << 24 else { throw call.fault("moves too many integers") }
    try spend(4 * values.count, call)
    let places = Tensor(shape: shape, elements: values.indices.map { Float($0) })
    let moved = try apply(
      operation, [.constant(places, batchAxis: nil)], batchAxis: nil, call)
    guard case .constant(let tensor, _) = moved else { return moved }
    return .integers(shape: tensor.shape, tensor.elements.map { values[Int($0)] })
  }

  /// Applies an operation to the samples of values: at once where all are constants, else as a layer.
  mutating func apply(
    _ operation: any LayerOperation, _ inputs: [ONNXValue], batchAxis: Int?, _ call: ONNXCall
  ) throws(InputError) -> ONNXValue {
    var tensors: [Tensor] = []
    for input in inputs {
      if case .constant(let tensor, _) = input { tensors.append(tensor) }
    }
    guard tensors.count == inputs.count else {
      var values: [NetworkBuilder.Value] = []
      for input in inputs { values.append(try layer(input, call)) }
      guard let batchAxis else { throw call.fault("loses the batch") }
      return .computed(
        try builder.add(operation, values, name: call.name), batchAxis: batchAxis)
    }
    let given = tensors.reduce(0) { $0 + $1.elements.count }
    guard let count = elementCount(of: operation.outputShape),
      count <= max(given, Self.generatedLimit)
    else {
      throw call.fault("makes a constant of \(describe(shape: operation.outputShape)): too large")
    }
    try spend(count, call)
    try builder.budget.check(
      given, times: 4, at: "node '\(call.name)' (\(call.node.opType))", "what it reads")
    let engine = DigitalEngine(sites: [])
    let elements = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = count
      guard count > 0, let target = buffer.baseAddress else { return }
      // One block of memory holds what the operation reads.
      let block = UnsafeMutablePointer<Float>.allocate(capacity: max(1, given))
      defer { block.deallocate() }
      var pointers: [UnsafePointer<Float>] = []
      var offset = 0
      for tensor in tensors {
        (block + offset).update(from: tensor.elements, count: tensor.elements.count)
        pointers.append(UnsafePointer(block + offset))
        offset += tensor.elements.count
      }
      operation.apply(
        pointers, into: target, LayerContext(firstSample: 0, samples: 1, engine: engine))
    }
    return .constant(
      Tensor(shape: operation.outputShape, elements: elements), batchAxis: batchAxis)
  }
}
