import InputOutput
import Networks

/// Layers of devices that belong to some rules.
extension TrainingNetwork {
  /// Devices that fire at random, one for each number of the value before them.
  /// - Throws: `InputError` where the rule has none.
  mutating func neurons(name: String? = nil) throws(InputError) {
    let (name, _) = try next(name)
    guard let neurons else {
      throw InputError(
        "layer '\(name)'", "neurons that fire at random belong to the rule 'stochastic'")
    }
    neuronLayers.append(name)
    try append(name, [.activation(neurons.mean).called(name)], nil, [])
  }

  /// A crossbar that training does not change, on the last axis (`eachStep`) or on all numbers of a sample.
  ///
  /// - Parameter outputs: how many; `nil` for as many as inputs, in the inputs' shape.
  /// - Throws: `InputError` where the rule has none, or it is too large.
  mutating func fixedCrossbar(
    _ outputs: Int? = nil, eachStep: Bool = false, name: String? = nil
  ) throws(InputError) {
    let (name, _) = try next(name)
    guard let crossbar else {
      throw InputError(
        "layer '\(name)'",
        "fixed crossbars belong to the rules 'physical-local' and 'physical-backpropagation'")
    }
    let (shape, isFlat) = (shape, eachStep || shape.count == 1)
    let inputs = eachStep ? shape.last ?? 1 : shape.reduce(1, *)
    let count = outputs ?? inputs
    try check(inputs, count, name)
    crossbarLayers.append(name)
    try append(
      name,
      (isFlat ? [] : [.flatten]) + [
        .fixedCrossbar(name: name, curvature: crossbar.curvature, bits: crossbar.outputBits)
      ] + (isFlat || outputs != nil ? [] : [.reshape(shape)]), nil,
      [("weight", [count, inputs], Array(repeating: 0, count: count * inputs))])
  }

  /// What a layer of the graph does while it trains, where that is something else than in the exported network.
  func operation(replacing layer: Layer) -> (any LayerOperation)? {
    guard let neurons, let number = neuronLayers.firstIndex(of: layer.name) else { return nil }
    return FiringOperation(
      design: neurons, number: number, outputShape: layer.operation.outputShape)
  }
}
