import InputOutput
import Networks
import Randomness
import StrictYAML

/// The layers that run files can name, and the stacks made from them.
public enum TrainableLayers {
  /// What a layer is made from: its entry in the file, the shape that comes in, its key.
  struct Draft {
    var node: StrictNode
    var inputShape: [Int]
    var key: StreamKey
    /// The chip of the layer's product; `nil` is digital.
    var hardware: HardwareSettings?

    /// The list under `key`, one number from 1 to 64 an axis.
    func sizes(_ key: String, axes: Int) -> [Int] {
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

    func pool(isMaximum: Bool) -> (any TrainableLayer)? {
      let layer = PoolingLayer(
        inputShape: inputShape, isMaximum: isMaximum, kernel: sizes("kernel", axes: 2))
      if layer == nil {
        node.fault("the boxes do not fit an input of \(describe(shape: inputShape))")
      }
      return layer
    }

    /// The function under `activation`; none where nothing is said.
    func activation() -> TrainableActivation {
      let names = TrainableActivation.allCases.map(\.rawValue)
      return TrainableActivation(
        rawValue: node.choice("activation", of: names, default: "identity")) ?? .identity
    }
  }

  /// The most weights a layer may have: 1 GiB of them.
  static let largest = 1 << 28

  /// One line a type of layer.
  static let registry: [String: @Sendable (Draft) -> (any TrainableLayer)?] = [
    "lstm": { $0.lstm() },
    "mean-over-time": { $0.meanOverTime() },
    "standardise": { $0.standardise() },
    "one-hot": { draft in
      OneHotLayer(
        inputShape: draft.inputShape, symbols: draft.node.integer("symbols", in: 1...1 << 16))
    },
    "last-steps": { $0.lastSteps() },
    "dense": { draft in
      if draft.node.flag("each-step", default: false) { return draft.denseEachStep() }
      let inputs = draft.inputShape.reduce(1, *)
      let outputs = draft.node.integer("outputs", in: 1...largest / inputs)
      return DenseLayer(
        inputs: inputs, outputs: outputs, activation: draft.activation(), key: draft.key,
        hardware: draft.hardware
      ).reading(draft.inputShape)
    },
    "convolution": { draft in
      let channels = draft.node.integer("channels", in: 1...1 << 14)
      let kernel = draft.sizes("kernel", axes: draft.inputShape.count - 1)
      let padding = draft.node.integer("padding", in: 0...64, default: 0)
      let stride = draft.node.integer("stride", in: 1...64, default: 1)
      let window = Window(
        kernel: kernel, strides: kernel.map { _ in stride },
        padsBefore: kernel.map { _ in padding })
      guard kernel.count == draft.inputShape.count - 1,
        let layer = ConvolutionLayer(
          inputShape: draft.inputShape, outputChannels: channels, window: window,
          activation: draft.activation(), key: draft.key, hardware: draft.hardware)
      else {
        draft.node.fault("the kernel does not fit an input of \(describe(shape: draft.inputShape))")
        return nil
      }
      return layer
    },
    "batch-normalization": { draft in
      BatchNormalisationLayer(inputShape: draft.inputShape, activation: draft.activation())
    },
    "max-pool": { $0.pool(isMaximum: true) },
    "average-pool": { $0.pool(isMaximum: false) },
  ]

  /// The layers under `network`.
  ///
  /// Either `hidden: [256, 128]` with `activation` (rectifier where nothing is said), dense layers that
  /// end in one output a class; or `layers`, a list of mappings with a `type`.
  /// - Throws: `InputErrors` where no stack can be made of it.
  public static func stack(
    _ setup: TrainingSetup, hardware: HardwareSettings? = nil
  ) throws -> [any TrainableLayer] {
    let node = setup.network
    let key = setup.key.child("weights")
    guard node.has("layers") else { return plainStack(node, setup, key, hardware) }
    var stack: [any TrainableLayer] = []
    for (k, entry) in node.child("layers").elements().enumerated() {
      let type = entry.choice("type", of: registry.keys.sorted())
      let draft = Draft(
        node: entry, inputShape: stack.last?.outputShape ?? setup.inputShape, key: key.child(k + 1),
        hardware: hardware)
      if let layer = registry[type]?(draft) { stack.append(layer) }
    }
    let needed = setup.classCount * setup.labelsPerSample
    if stack.last?.outputCount != needed {
      node.child("layers").fault(
        "the last layer gives \(stack.last?.outputCount ?? 0) numbers, the data has "
          + "\(setup.classCount) classes"
          + (setup.labelsPerSample > 1 ? " at \(setup.labelsPerSample) places" : ""))
      stack = [
        DenseLayer(inputs: setup.inputCount, outputs: needed, activation: .identity, key: key)
      ]
    }
    return stack
  }

  private static func plainStack(
    _ node: StrictNode, _ setup: TrainingSetup, _ key: StreamKey, _ hardware: HardwareSettings?
  ) -> [any TrainableLayer] {
    let sizes = hiddenSizes(node)
    let names = TrainableActivation.allCases.map(\.rawValue)
    let hidden =
      TrainableActivation(rawValue: node.choice("activation", of: names, default: "relu")) ?? .relu
    var all = [setup.inputCount] + sizes + [setup.classCount]
    if let k = (1..<all.count).first(where: { all[$0 - 1] * all[$0] > largest }) {
      node.child("hidden").fault(
        "a layer of \(all[k - 1]) × \(all[k]) weights is too large, at most \(largest) are accepted"
      )
      all = [setup.inputCount, setup.classCount]
    }
    return (1..<all.count).map { k in
      DenseLayer(
        inputs: all[k - 1], outputs: all[k],
        activation: k == all.count - 1 ? .identity : hidden, key: key.child(k), hardware: hardware)
    }
  }

  /// The list under `hidden`, each from 1 to 1,048,576; may be empty.
  static func hiddenSizes(_ node: StrictNode) -> [Int] {
    node.child("hidden").elements().compactMap { element in
      guard let text = element.text(), let size = Int(text), (1...1 << 20).contains(size) else {
        element.fault("a whole number from 1 to \(1 << 20) is expected")
        return nil
      }
      return size
    }
  }
}
