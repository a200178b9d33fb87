import InputOutput

/// One node of a graph on the way into the network: its attributes and the values it reads.
struct ONNXCall {
  let source: String
  let node: ONNXNode
  /// The node's name, or one made of its operator and number.
  let name: String
  /// The values it reads; `nil` where an optional one is left out.
  let inputs: [ONNXValue?]
  /// The version of the operator set.
  let opset: Int
  /// The axis at which the graph joins the batch with one of a sample, where it does; the values have them
  /// apart, the batch first.
  var joinedAxis: JoinedAxis?

  func fault(_ problem: String) -> InputError {
    InputError(source, at: "node '\(name)' (\(node.opType))", problem)
  }

  /// Input `index`, which the operator cannot do without.
  func input(_ index: Int) throws(InputError) -> ONNXValue {
    guard index < inputs.count, let value = inputs[index] else {
      throw fault("input \(index) is missing")
    }
    return value
  }

  /// Input `index`, if it is there.
  func optional(_ index: Int) -> ONNXValue? { index < inputs.count ? inputs[index] : nil }

  private func attribute(_ name: String) -> ONNXAttribute? {
    node.attributes.first { $0.name == name }
  }

  func has(_ name: String) -> Bool { attribute(name) != nil }
  func tensor(_ name: String) -> ONNXTensorData? { attribute(name)?.tensor }
  func float(_ name: String, _ usual: Float) -> Float { attribute(name)?.float ?? usual }
  func floats(_ name: String) -> [Float] { attribute(name)?.floats ?? [] }

  func integer(_ name: String, _ usual: Int) -> Int {
    attribute(name).map { Int(clamping: $0.integer) } ?? usual
  }

  func integers(_ name: String) -> [Int]? {
    attribute(name).map { $0.integers.map { Int(clamping: $0) } }
  }

  func text(_ name: String, _ usual: String) -> String {
    attribute(name).map { String(decoding: $0.text, as: UTF8.self) } ?? usual
  }

  func texts(_ name: String) -> [String] {
    (attribute(name)?.texts ?? []).map { String(decoding: $0, as: UTF8.self) }
  }

  /// An axis counted from the front, where negative numbers count from the end.
  func axis(_ axis: Int, rank: Int) throws(InputError) -> Int {
    let written = joinedAxis == nil ? rank : rank - 1
    guard axis >= -written, axis < written else {
      throw fault("axis \(axis) does not exist, the value has \(written) axes")
    }
    let found = axis < 0 ? axis + written : axis
    guard let joined = joinedAxis?.place, found >= joined else { return found }
    guard found > joined else {
      throw fault("works along axis \(axis), which holds the batch: samples stay apart")
    }
    return found + 1
  }
}
