import InputOutput
internal import StrictYAML

/// Softmax along the last axis, or its logarithm.
struct SoftmaxDescription: LayerDescription {
  static let types = ["softmax", "log-softmax"]
  var type: String { isLogarithmic ? "log-softmax" : "softmax" }
  var hasOperator: Bool { true }

  let isLogarithmic: Bool

  init(isLogarithmic: Bool) { self.isLogarithmic = isLogarithmic }
  init?(type: String, _ node: StrictNode) { isLogarithmic = type == "log-softmax" }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    try builder.softmax(
      inputs[0], axis: builder.shape(of: inputs[0]).count - 1, isLogarithmic: isLogarithmic,
      name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    graph.add(isLogarithmic ? "LogSoftmax" : "Softmax", [], [.integer("axis", -1)])
  }
}
