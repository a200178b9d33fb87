import InputOutput

extension ONNXImporter {
  mutating func constant(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    if let tensor = call.tensor("value") { return [try value(of: tensor, call)] }
    if call.has("value_float") {
      return [
        .constant(Tensor(shape: [], elements: [call.float("value_float", 0)]), batchAxis: nil)
      ]
    }
    if call.has("value_floats") {
      let values = call.floats("value_floats")
      return [.constant(Tensor(shape: [values.count], elements: values), batchAxis: nil)]
    }
    if call.has("value_int") {
      return [.integers(shape: [], [SymbolicLength(call.integer("value_int", 0))])]
    }
    if let values = call.integers("value_ints") {
      return [.integers(shape: [values.count], values.map { SymbolicLength($0) })]
    }
    throw call.fault("has no value that can be read")
  }

  mutating func constantOfShape(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let wanted = try symbolic(call.input(0), "the shape", call)
    let (shape, batchAxis) = try shape(wanted, call)
    guard let count = elementCount(of: shape), count <= Self.generatedLimit else {
      throw call.fault("makes \(describe(shape: shape)) numbers: too many")
    }
    try spend(2 * count, call)
    guard let tensor = call.tensor("value") else {
      return [.constant(Tensor(shape: shape), batchAxis: batchAxis)]
    }
    switch try value(of: tensor, call) {
    case .constant(let one, _):
      guard let first = one.elements.first else { throw call.fault("its value is empty") }
      return [.constant(Tensor(shape: shape, repeating: first), batchAxis: batchAxis)]
    case .integers(_, let values):
      guard let first = values.first, batchAxis == nil else {
        throw call.fault("its value is empty, or an integer for each sample")
      }
      return [.integers(shape: shape, Array(repeating: first, count: count))]
    case .computed, .joined: throw call.fault("its value is not a constant")
    }
  }

  /// The shape of a sample and the place of the batch in lengths of which one may be the batch.
  func shape(
    _ lengths: [SymbolicLength], _ call: ONNXCall
  ) throws(InputError) -> (shape: [Int], batchAxis: Int?) {
    var shape: [Int] = []
    var batchAxis: Int?
    for (axis, length) in lengths.enumerated() {
      if let known = length.known {
        guard known >= 0 else { throw call.fault("the length \(known) is negative") }
        shape.append(known)
      } else if length == .batch, batchAxis == nil {
        batchAxis = axis
      } else {
        throw call.fault("a shape may have the batch at one axis and in no other length")
      }
    }
    return (shape, batchAxis)
  }

  func shape(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let lengths = lengths(try call.input(0))
    func bound(_ name: String, _ usual: Int) -> Int {
      let given = call.integer(name, usual)
      return max(0, min(lengths.count, given < 0 ? given + lengths.count : given))
    }
    let start = bound("start", 0)
    let end = max(start, bound("end", lengths.count))
    return [.integers(shape: [end - start], Array(lengths[start..<end]))]
  }
}
