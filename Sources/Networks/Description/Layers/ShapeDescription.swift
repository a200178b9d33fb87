import InputOutput
internal import StrictYAML

/// Layers that move numbers, and the mean of each channel.
enum ShapeDescription: LayerDescription {
  /// The mean of each channel.
  case globalAveragePool
  /// One axis.
  case flatten
  /// Another shape for the same numbers.
  case reshape([Int])
  /// The axes in another order.
  case transpose([Int])

  static let types = ["global-average-pool", "flatten", "reshape", "transpose"]
  var type: String {
    switch self {
    case .globalAveragePool: "global-average-pool"
    case .flatten: "flatten"
    case .reshape: "reshape"
    case .transpose: "transpose"
    }
  }
  var hasOperator: Bool { true }

  init?(type: String, _ node: StrictNode) {
    switch type {
    case "global-average-pool": self = .globalAveragePool
    case "flatten": self = .flatten
    case "reshape": self = .reshape(node.child("shape").sizes() ?? [])
    case "transpose": self = .transpose(node.child("order").sizes(from: 0) ?? [])
    default: return nil
    }
  }

  var keys: [(key: String, value: String)] {
    switch self {
    case .reshape(let shape): [("shape", yaml(shape))]
    case .transpose(let order): [("order", yaml(order))]
    default: []
    }
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    switch self {
    case .globalAveragePool: try builder.globalAveragePool(inputs[0], name: name)
    case .flatten: try builder.flatten(inputs[0], name: name)
    case .reshape(let shape): try builder.reshape(inputs[0], to: shape, name: name)
    case .transpose(let order): try builder.transpose(inputs[0], order: order, name: name)
    }
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    switch self {
    case .globalAveragePool: graph.add("GlobalAveragePool", [], [])
    case .flatten: graph.add("Flatten", [], [.integer("axis", 1)])
    case .reshape(let shape):
      graph.add("Reshape", [graph.constant(integers: [0] + shape.map { Int64($0) })], [])
    case .transpose(let order):
      graph.add("Transpose", [], [.integers("perm", [0] + order.map { $0 + 1 })])
    }
  }
}
