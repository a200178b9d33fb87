import InputOutput
internal import StrictYAML

/// A convolution: NAME.weight outputs × inputs/groups × kernel, NAME.bias (may be missing).
struct ConvolutionDescription: LayerDescription {
  static let types = ["convolution"]
  var type: String { "convolution" }
  var hasArrays: Bool { true }
  var isProduct: Bool { true }
  var hasOperator: Bool { true }

  let strides, padding, dilations: [Int]?
  let groups: Int

  init(strides: [Int]?, padding: [Int]?, dilations: [Int]?, groups: Int) {
    self.strides = strides
    self.padding = padding
    self.dilations = dilations
    self.groups = groups
  }

  init?(type: String, _ node: StrictNode) {
    self.init(
      strides: node.child("strides").sizes(), padding: node.child("padding").sizes(from: 0),
      dilations: node.child("dilations").sizes(),
      groups: node.integer("groups", in: 1...1_000_000, default: 1))
  }

  var keys: [(key: String, value: String)] {
    optional("strides", strides) + optional("padding", padding) + optional("dilations", dilations)
      + [("groups", "\(groups)")]
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    let w = try arrays.array("\(name).weight", axes: 3...4, "outputs × inputs × kernel")
    let window = try builder.window(
      Array(w.shape.dropFirst(2)), strides, padding, dilations, name)
    return try builder.convolution(
      inputs[0], weights: Tensor(shape: w.shape, elements: w.floats),
      bias: try arrays.optionalVector("\(name).bias", count: w.shape[0]), window: window,
      groups: groups, name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) throws(InputError) {
    let kernel = try graph.arrays.array("\(layer.name).weight").shape.dropFirst(2)
    graph.add(
      "Conv",
      [try graph.weight("\(layer.name).weight")] + (try graph.optional("\(layer.name).bias")),
      ONNXGraphWriter.window(Array(kernel), strides, padding, dilations)
        + [.integer("group", groups)])
  }
}

extension NetworkBuilder {
  /// A window whose numbers may be missing.
  /// - Throws: `InputError` where there are not as many as the kernel has axes.
  func window(
    _ kernel: [Int], _ strides: [Int]?, _ padding: [Int]?, _ dilations: [Int]?, _ name: String
  ) throws(InputError) -> Window {
    for part in [strides, padding, dilations] {
      guard part.map({ $0.count == kernel.count }) ?? true else {
        throw fault(
          name, "strides, padding and dilations have \(kernel.count) numbers each, like the kernel")
      }
    }
    return Window(
      kernel: kernel, strides: strides, padsBefore: padding, padsAfter: padding,
      dilations: dilations)
  }
}
