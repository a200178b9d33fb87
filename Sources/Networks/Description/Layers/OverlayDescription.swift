import InputOutput
internal import StrictYAML

/// The first numbers of a vector, replaced by one value.
struct OverlayDescription: LayerDescription {
  static let types = ["overlay"]
  var type: String { "overlay" }
  var hasOperator: Bool { true }

  let count: Int
  let value: Float

  init(count: Int, value: Float) {
    self.count = count
    self.value = value
  }

  init?(type: String, _ node: StrictNode) {
    count = node.integer("count", in: 1...1 << 24)
    value = Float(node.number("value", in: -1e30...1e30))
  }

  var keys: [(key: String, value: String)] { [("count", "\(count)"), ("value", "\(value)")] }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    try builder.overlay(inputs[0], count: count, value: value, name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    let rest = Array(repeating: Float(0), count: (layer.shape.last ?? count) - count)
    let zeros = Array(repeating: Float(0), count: count)
    graph.add("Mul", [graph.constant(floats: zeros + rest.map { $0 + 1 })], [])
    graph.add("Add", [graph.constant(floats: zeros.map { _ in value } + rest)], [])
  }
}
