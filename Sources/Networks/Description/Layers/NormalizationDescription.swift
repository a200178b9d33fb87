import InputOutput
internal import StrictYAML

/// Normalization of parts of each sample: NAME.weight and NAME.bias, which may be missing.
struct NormalizationDescription: LayerDescription {
  enum Kind: Hashable {
    /// Over the last axes, so many; arrays with one number for each of their places.
    case layer(axes: Int)
    /// Over groups of channels; arrays with one number a channel.
    case group(count: Int)
    /// Over each channel; arrays with one number a channel.
    case instance
  }

  static let types = ["layer-normalization", "group-normalization", "instance-normalization"]
  var type: String {
    switch kind {
    case .layer: "layer-normalization"
    case .group: "group-normalization"
    case .instance: "instance-normalization"
    }
  }
  var hasArrays: Bool { true }

  let kind: Kind
  let epsilon: Float

  init(kind: Kind, epsilon: Float) {
    self.kind = kind
    self.epsilon = epsilon
  }

  init?(type: String, _ node: StrictNode) {
    switch type {
    case "layer-normalization": kind = .layer(axes: node.integer("axes", in: 1...8, default: 1))
    case "group-normalization": kind = .group(count: node.integer("groups", in: 1...1 << 20))
    default: kind = .instance
    }
    epsilon = Float(node.number("epsilon", in: 1e-30...1, default: 1e-5))
  }

  var keys: [(key: String, value: String)] {
    let own: [(key: String, value: String)] =
      switch kind {
      case .layer(let axes): [("axes", "\(axes)")]
      case .group(let count): [("groups", "\(count)")]
      case .instance: []
      }
    return own + [("epsilon", "\(epsilon)")]
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    let shape = builder.shape(of: inputs[0])
    let wanted =
      if case .layer(let axes) = kind { Array(shape.suffix(axes)) } else { [shape.first ?? 1] }
    func vector(_ part: String) throws(InputError) -> [Float]? {
      let full = "\(name).\(part)"
      return arrays.has(full) ? try arrays.all.floats(full, shape: wanted) : nil
    }
    let (scale, shift) = (try vector("weight"), try vector("bias"))
    return switch kind {
    case .layer(let axes):
      try builder.layerNormalization(
        inputs[0], firstAxis: -axes, scale: scale, shift: shift, epsilon: epsilon, name: name)
    case .group(let count):
      try builder.groupNormalization(
        inputs[0], groups: count, scale: scale, shift: shift, epsilon: epsilon, name: name)
    case .instance:
      try builder.instanceNormalization(
        inputs[0], scale: scale, shift: shift, epsilon: epsilon, name: name)
    }
  }
}
