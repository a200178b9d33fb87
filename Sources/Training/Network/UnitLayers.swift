import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

extension TrainingLayers {
  /// Units with a memory, as a network file has them; `initial-gain` is g of the first recurrent weights.
  static func units(
    _ node: StrictNode, _ network: inout TrainingNetwork
  ) throws(InputError) {
    let gain = node.number("initial-gain", in: 0...1e6, default: 1)
    guard let layer = LayerDescriptions.layer(node, needsName: false) else { return }
    try network.units(layer, gain: Float(gain), name: name(node))
  }
}

extension TrainingNetwork {
  /// Units with a memory, with recurrent weights uniform within ±gain/√units.
  ///
  /// - Throws: `InputError` where the value before is no sequence of time × units.
  mutating func units(
    _ layer: NetworkDescription.Layer, gain: Float, name: String?
  ) throws(InputError) {
    let (name, key) = try next(name)
    let count = shape.last ?? 1
    let weights =
      layer.kind.hasArrays
      ? [
        (
          "weight", [count, count],
          InitialWeights.uniform(spread: gain).draw(count, count, key).elements
        )
      ] : []
    try append(name, [layer.kind.hasArrays ? layer.called(name) : layer], nil, weights)
  }
}
