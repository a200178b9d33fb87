import InputOutput
import Networks
import StrictYAML

/// The layers of run files that have weights or keys of their own: one entry per type. A run file may also name
/// every other type of a network file, whose arrays begin as its description says.
package enum TrainingLayers {
  /// Reads the keys of a layer and adds it to a network.
  typealias Reader = @Sendable (StrictNode, inout TrainingNetwork) throws(InputError) -> Void

  private static let registry: [String: Reader] = [
    "dense": { node, network throws(InputError) in
      let outputs = node.integer("outputs", in: 1...TrainingNetwork.largest)
      let eachStep = node.flag("each-step", default: false)
      try network.dense(
        outputs, activation(node), eachStep: eachStep,
        random: RandomMatrix(
          node, inputs: network.denseInputs(eachStep: eachStep), outputs: outputs), name: name(node)
      )
    },
    "convolution": { node, network throws(InputError) in
      let axes = network.shape.count - 1
      let channels = node.integer("channels", in: 1...1 << 14)
      let kernel = sizes("kernel", node, axes: axes)
      let padding = node.integer("padding", in: 0...64, default: 0)
      let stride = node.integer("stride", in: 1...64, default: 1)
      let groups = node.integer("groups", in: 1...1 << 14, default: 1)
      guard kernel.count == axes, axes > 0 else { return }
      try network.convolution(
        channels: channels, kernel: kernel, strides: kernel.map { _ in stride },
        padding: kernel.map { _ in padding }, groups: groups, activation(node), name: name(node))
    },
    "neurons": { node, network throws(InputError) in try network.neurons(name: name(node)) },
    "fixed-crossbar": { node, network throws(InputError) in
      try network.fixedCrossbar(
        node.has("outputs") ? node.integer("outputs", in: 1...1 << 20) : nil,
        eachStep: node.flag("each-step", default: false), name: name(node))
    },
    "fixed-network": { node, network throws(InputError) in
      if let system = MeasuredSystem(node) { try network.append(system, name: name(node)) }
    },
    "batch-normalization": { node, network throws(InputError) in
      try network.batchNormalization(activation(node), name: name(node))
    },
    "lstm": { node, network throws(InputError) in try recurrent(.lstm, node, &network) },
    "gru": { node, network throws(InputError) in
      try recurrent(.gru(resetsAfter: true), node, &network)
    },
    "rnn": { node, network throws(InputError) in try recurrent(.plain, node, &network) },
    "integrate-and-fire": { node, network throws(InputError) in try units(node, &network) },
    "leaky-rate": { node, network throws(InputError) in try units(node, &network) },
    "layer-normalization": { node, network throws(InputError) in
      let axes = node.integer("axes", in: 1...max(1, network.shape.count), default: 1)
      try network.normalization(
        arrayShape: Array(network.shape.suffix(axes)), activation(node), name: name(node)
      ) { .layerNormalization(name: $0, axes: axes) }
    },
    "group-normalization": { node, network throws(InputError) in
      let groups = node.integer("groups", in: 1...1 << 14)
      try network.normalization(
        arrayShape: [network.shape.first ?? 1], activation(node), name: name(node)
      ) { .groupNormalization(name: $0, groups: groups) }
    },
    "instance-normalization": { node, network throws(InputError) in
      try network.normalization(
        arrayShape: [network.shape.first ?? 1], activation(node), name: name(node)
      ) { .instanceNormalization(name: $0) }
    },
    "add": { node, network throws(InputError) in
      guard node.has("from") || node.has("of") else {
        throw InputError("layer 'add'", "'from' must list the layers whose values are added")
      }
      try network.append([.add(from: [])], activation(node), name: name(node))
    },
    "standardize": { node, network throws(InputError) in try standardize(node, &network) },
  ]

  /// The functions that can follow a layer.
  package static let activations: [(name: String, function: Activation?)] = [
    ("identity", nil), ("relu", .relu), ("leaky-relu", .leakyRelu(slope: 0.01)),
    ("sigmoid", .sigmoid), ("tanh", .tanh), ("gelu", .gelu), ("gelu-tanh", .geluTanh),
  ]

  /// The function under `key`; the identity where there is none.
  static func activation(
    _ node: StrictNode, key: String = "activation", default usual: String = "identity"
  ) -> Activation? {
    let name = node.choice(key, of: activations.map(\.name), default: usual)
    return activations.first { $0.name == name }?.function
  }

  /// Reads an entry and adds its layer to a network.
  static func read(_ node: StrictNode, into network: inout TrainingNetwork) throws(InputError) {
    let types = Set(registry.keys).union(LayerDescriptions.types)
    let type = node.choice(
      "type", of: types.sorted(), earlier: ["standardise": "standardize"])
    if let sources = LayerDescriptions.sources(node) { try network.read(sources) }
    if let reader = registry[type] { return try reader(node, &network) }
    guard types.contains(type), let layer = LayerDescriptions.layer(node, needsName: false) else {
      return
    }
    try network.append(layer, name: name(node))
  }

  static func name(_ node: StrictNode) -> String? {
    node.has("name") ? node.text("name") : nil
  }

  /// The list under `key`, a number from 1 to 64 for each axis.
  private static func sizes(_ key: String, _ node: StrictNode, axes: Int) -> [Int] {
    let list = node.child(key).elements().compactMap { element -> Int? in
      guard let size = element.text().flatMap(Int.init), (1...64).contains(size) else {
        element.fault("a whole number from 1 to 64 is expected")
        return nil
      }
      return size
    }
    if list.count != axes { node.fault("'\(key)' must list \(axes) sizes, such as [3, 3]") }
    return list
  }

  /// Inputs brought to −1 … 1: y = clip((x − mean)/width); while training with shifts along the first axis and
  /// noise, which is counted in widths.
  private static func standardize(
    _ node: StrictNode, _ network: inout TrainingNetwork
  ) throws(InputError) {
    let mean = Float(node.number("mean", in: -1e6...1e6, default: 0))
    let width = Float(node.number("width", in: 1e-6...1e6, default: 1))
    let shift = node.integer("shift", in: 0...10000, default: 0)
    let noise = Float(node.number("noise", in: 0...10, default: 0))
    if shift > 0 || noise > 0 {
      guard network.isEmpty else {
        throw InputError(
          "layer", "'shift' and 'noise' change inputs: only the first layer has them")
      }
      network.augmentation = InputAugmentation(shift: shift, noise: noise * width)
    }
    try network.append([
      .scaleShift(scale: 1 / width, shift: -mean / width), .activation(.clip(low: -1, high: 1)),
    ])
  }
}

extension TrainingNetwork {
  /// A layer as a network file has it, with the arrays that its description begins with.
  mutating func append(_ layer: NetworkDescription.Layer, name: String?) throws(InputError) {
    let (name, _) = try next(name)
    try append(
      name, [layer.kind.hasArrays ? layer.called(name) : layer], nil,
      layer.kind.initialArrays(input: shape))
  }
}
