import InputOutput

/// A fully connected layer: NAME.weight outputs × inputs, NAME.bias (may be missing).
struct DenseDescription: PlainLayerDescription {
  static let types = ["dense"]
  var type: String { "dense" }
  var hasArrays: Bool { true }
  var isProduct: Bool { true }
  var hasOperator: Bool { true }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [NetworkBuilder.Value], name: String,
    _ arrays: LayerArrays
  ) throws(InputError) -> NetworkBuilder.Value {
    let weights = try arrays.matrix("\(name).weight")
    return try builder.dense(
      inputs[0], weights: weights.transposed(),
      bias: try arrays.optionalVector("\(name).bias", count: weights.rowCount), name: name)
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
