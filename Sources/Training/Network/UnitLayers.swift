import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

extension TrainingLayers {
  /// Units with a memory, as a network file has them; `initial-gain` is g of the first recurrent weights, `random` makes
  /// fixed ones, or the first ones of those that learn.
  static func units(
    _ node: StrictNode, _ network: inout TrainingNetwork
  ) throws(InputError) {
    let gain = node.number("initial-gain", in: 0...1e6, default: 1)
    let count = network.shape.last ?? 1
    let random = RandomMatrix(node, inputs: count, outputs: count)
    guard var layer = LayerDescriptions.layer(node, needsName: false) else { return }
    if let random {
      guard layer.isRecurrent else {
        return node.child("random").fault("only units with 'recurrent: true' have a matrix")
      }
      if let fixed = random.fixed { layer = layer.withFixed(fixed) }
    }
    try network.units(layer, gain: Float(gain), random: random, name: name(node))
  }
}

extension TrainingNetwork {
  /// Units with a memory, with recurrent weights uniform within ±gain/√units, or those of `random`; thresholds of
  /// their own begin at 0.
  ///
  /// - Throws: `InputError` where the value before is no sequence of time × units.
  mutating func units(
    _ layer: NetworkDescription.Layer, gain: Float, random: RandomMatrix?, name: String?
  ) throws(InputError) {
    let (name, key) = try next(name)
    let count = shape.last ?? 1
    var arrays: [OwnArray] = []
    if layer.isRecurrent {
      try check(count, count, name)
      arrays.append(
        (
          "weight", [count, count],
          random?.drawn(count, count, key).transposed().elements
            ?? InitialWeights.uniform(spread: gain).draw(count, count, key).elements
        ))
    }
    if layer.hasThresholds {
      arrays.append(("threshold", [count], Array(repeating: 0, count: count)))
    }
    try append(name, [arrays.isEmpty ? layer : layer.called(name)], nil, arrays)
  }
}
