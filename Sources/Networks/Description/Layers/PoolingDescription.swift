import InputOutput
internal import StrictYAML

/// The largest value, or the mean, under a moving window.
struct PoolingDescription: LayerDescription {
  static let types = ["max-pool", "average-pool"]
  var type: String { isMaximum ? "max-pool" : "average-pool" }
  var hasOperator: Bool { true }

  let isMaximum: Bool
  let kernel: [Int]
  let strides, padding: [Int]?

  init(isMaximum: Bool, kernel: [Int], strides: [Int]?, padding: [Int]?) {
    self.isMaximum = isMaximum
    self.kernel = kernel
    self.strides = strides
    self.padding = padding
  }

  init?(type: String, _ node: StrictNode) {
    let kernel = node.child("kernel").sizes() ?? []
    if kernel.isEmpty { node.fault("'kernel' is missing") }
    self.init(
      isMaximum: type == "max-pool", kernel: kernel, strides: node.child("strides").sizes(),
      padding: node.child("padding").sizes(from: 0))
  }

  var keys: [(key: String, value: String)] {
    [("kernel", yaml(kernel))] + optional("strides", strides) + optional("padding", padding)
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    let window = try builder.window(kernel, strides ?? kernel, padding, nil, name)
    return isMaximum
      ? try builder.maxPool(inputs[0], window: window, name: name)
      : try builder.averagePool(inputs[0], window: window, countsPadding: true, name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    let window = ONNXGraphWriter.window(kernel, strides ?? kernel, padding, nil)
    graph.add(
      isMaximum ? "MaxPool" : "AveragePool", [],
      isMaximum ? window : window + [.integer("count_include_pad", 1)])
  }
}
