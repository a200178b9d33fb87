import InputOutput

/// x / √(mean x²) along the last axis.
struct LengthNormalizationDescription: PlainLayerDescription {
  static let types = ["length-normalization"]
  var type: String { "length-normalization" }
  var hasOperator: Bool { true }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [NetworkBuilder.Value], name: String,
    _ arrays: LayerArrays
  ) throws(InputError) -> NetworkBuilder.Value {
    try builder.lengthNormalization(inputs[0], name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    graph.add("LpNormalization", [], [.integer("axis", -1), .integer("p", 2)])
    graph.add("Mul", [graph.constant(float: Float(layer.shape.last ?? 1).squareRoot())], [])
  }
}
