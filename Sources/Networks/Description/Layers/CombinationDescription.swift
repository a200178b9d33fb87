import InputOutput
internal import StrictYAML

/// Layers that make one value of several: sums (residual connections), products, values side by side.
struct CombinationDescription: LayerDescription {
  /// How the values are combined.
  enum Rule: String, Hashable, CaseIterable {
    case add, multiply, concatenate
    case matrixProduct = "matrix-product"
  }

  static let types = Rule.allCases.map(\.rawValue)
  var type: String { rule.rawValue }
  var readsSeveral: Bool { true }
  var hasOperator: Bool { true }

  let rule: Rule
  /// The axis along which values are joined.
  var axis = 0

  init(rule: Rule, axis: Int = 0) {
    self.rule = rule
    self.axis = axis
  }

  init?(type: String, _ node: StrictNode) {
    guard let rule = Rule(rawValue: type) else { return nil }
    self.rule = rule
    if rule == .concatenate { axis = node.integer("axis", in: 0...7, default: 0) }
    if !node.has("from"), !node.has("of") {
      node.fault("'from' must list the layers that it reads, such as [3, 6] or [first, input]")
    }
  }

  var keys: [(key: String, value: String)] { axis == 0 ? [] : [("axis", "\(axis)")] }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    switch rule {
    case .multiply: return try builder.multiply(inputs, name: name)
    case .concatenate: return try builder.concatenate(inputs, axis: axis, name: name)
    case .add:
      var sum = inputs[0]
      for value in inputs.dropFirst() { sum = try builder.add(sum, value, name: name) }
      return sum
    case .matrixProduct:
      guard inputs.count == 2 else {
        throw builder.fault(name, "multiplies 2 matrices, 'from' lists \(inputs.count)")
      }
      return try builder.matrixProduct(inputs[0], inputs[1], name: name)
    }
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    let others = Array(layer.inputs.dropFirst())
    switch rule {
    case .concatenate: graph.add("Concat", others, [.integer("axis", axis + 1)])
    case .multiply: for other in others { graph.add("Mul", [other], []) }
    case .add: for other in others { graph.add("Add", [other], []) }
    case .matrixProduct: graph.add("MatMul", others, [])
    }
  }
}
