import InputOutput
internal import StrictYAML

/// scale·x + shift, the same for all numbers.
struct ScaleDescription: LayerDescription {
  static let types = ["scale-shift"]
  var type: String { "scale-shift" }
  var hasOperator: Bool { true }

  let scale, shift: Float

  init(scale: Float, shift: Float) {
    self.scale = scale
    self.shift = shift
  }

  init?(type: String, _ node: StrictNode) {
    scale = Float(node.number("scale", in: -1e30...1e30, default: 1))
    shift = Float(node.number("shift", in: -1e30...1e30, default: 0))
  }

  var keys: [(key: String, value: String)] { [("scale", "\(scale)"), ("shift", "\(shift)")] }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    try builder.scaleShift(inputs[0], scale: scale, shift: shift, name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    graph.add("Mul", [graph.constant(float: scale)], [])
    graph.add("Add", [graph.constant(float: shift)], [])
  }
}
