import InputOutput
internal import StrictYAML

/// x / √(mean x²) along the last axis.
struct LengthNormalizationDescription: LayerDescription {
  static let types = ["length-normalization"]
  var type: String { "length-normalization" }
  var hasOperator: Bool { true }

  init() {}
  init?(type: String, _ node: StrictNode) {}

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    try builder.lengthNormalization(inputs[0], name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    graph.add("LpNormalization", [], [.integer("axis", -1), .integer("p", 2)])
    graph.add("Mul", [graph.constant(float: Float(layer.shape.last ?? 1).squareRoot())], [])
  }
}
