import InputOutput
internal import StrictYAML

/// Batch normalization: NAME.weight, NAME.bias, NAME.running_mean, NAME.running_var.
struct BatchNormalizationDescription: LayerDescription {
  static let types = ["batch-normalization"]
  var type: String { "batch-normalization" }
  var hasArrays: Bool { true }
  var hasOperator: Bool { true }

  let epsilon: Float

  init(epsilon: Float) { self.epsilon = epsilon }

  init?(type: String, _ node: StrictNode) {
    epsilon = Float(node.number("epsilon", in: 0...1, default: 1e-5))
  }

  var keys: [(key: String, value: String)] { [("epsilon", "\(epsilon)")] }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    let channels = builder.shape(of: inputs[0]).first ?? 0
    func vector(_ part: String) throws(InputError) -> [Float] {
      try arrays.vector("\(name).\(part)", count: channels)
    }
    return try builder.batchNormalization(
      inputs[0], scale: try vector("weight"), shift: try vector("bias"),
      mean: try vector("running_mean"), variance: try vector("running_var"), epsilon: epsilon,
      name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) throws(InputError) {
    var names: [String] = []
    for part in ["weight", "bias", "running_mean", "running_var"] {
      names.append(try graph.weight("\(layer.name).\(part)"))
    }
    graph.add("BatchNormalization", names, [.float("epsilon", epsilon)])
  }
}
