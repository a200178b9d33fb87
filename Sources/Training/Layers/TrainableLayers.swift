import InputOutput
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
    "dense": { draft in
      let inputs = draft.inputShape.reduce(1, *)
      let outputs = draft.node.integer("outputs", in: 1...largest / inputs)
      return DenseLayer(
        inputs: inputs, outputs: outputs, activation: draft.activation(), key: draft.key,
        hardware: draft.hardware)
    }
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
    if stack.last?.outputCount != setup.classCount {
      node.child("layers").fault(
        "the last layer gives \(stack.last?.outputCount ?? 0) numbers, the data has "
          + "\(setup.classCount) classes")
      stack = [
        DenseLayer(
          inputs: setup.inputCount, outputs: setup.classCount, activation: .identity, key: key)
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
