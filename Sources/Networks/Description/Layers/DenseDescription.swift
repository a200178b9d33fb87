import InputOutput
internal import StrictYAML

/// A fully connected layer: NAME.weight outputs × inputs, NAME.bias (may be missing); with `fixed: true` weights that no
/// training changes, with `read-noise` of the weights and `output-noise` in its reads.
struct DenseDescription: LayerDescription {
  static let types = ["dense"]
  var type: String { "dense" }
  var hasArrays: Bool { true }
  var isProduct: Bool { fixed == nil }
  var hasOperator: Bool { true }

  /// How fixed weights are read; `nil` for weights that learn.
  var fixed: FixedWeights?

  init(fixed: FixedWeights? = nil) { self.fixed = fixed }

  init?(type: String, _ node: StrictNode) { fixed = FixedWeights(reading: node) }

  var keys: [(key: String, value: String)] { fixed?.keys ?? [] }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    let weights = try arrays.matrix("\(name).weight")
    return try builder.dense(
      inputs[0], weights: weights.transposed(),
      bias: try arrays.optionalVector("\(name).bias", count: weights.rowCount), fixed: fixed,
      name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) throws(InputError) {
    let weights = [try graph.weight("\(layer.name).weight")]
    let bias = try graph.optional("\(layer.name).bias")
    guard layer.shape.count > 1 else {
      return graph.add("Gemm", weights + bias, [.integer("transB", 1)])
    }
    // Gemm multiplies matrices only: a product of every vector along the last axis is MatMul.
    graph.add("MatMul", [try graph.transposedWeight("\(layer.name).weight")], [])
    if !bias.isEmpty { graph.add("Add", bias, []) }
  }
}

extension FixedWeights {
  /// The keys `fixed`, `read-noise` and `output-noise` of a layer; `nil` where its weights learn.
  init?(reading node: StrictNode) {
    guard node.flag("fixed", default: false) else {
      for key in ["read-noise", "output-noise"] where node.has(key) {
        node.child(key).fault("it belongs to weights with 'fixed: true'")
      }
      return nil
    }
    self.init(
      readNoise: Float(node.number("read-noise", in: 0...10, default: 0)),
      outputNoise: Float(node.number("output-noise", in: 0...10, default: 0)))
  }

  /// What `init(reading:)` reads, as YAML.
  var keys: [(key: String, value: String)] {
    [("fixed", "true")]
      + [("read-noise", readNoise), ("output-noise", outputNoise)].filter { $0.1 > 0 }
      .map { ($0.0, "\($0.1)") }
  }
}
