public import InputOutput

extension Network {
  /// Whether the network has batch normalizations that are not folded into its weights.
  public var hasNormalizations: Bool {
    layers.contains { $0.operation is BatchNormalization }
  }

  /// The same network with the means and variances of its batch normalizations as `engine` gives them
  /// for `samples`, the first layer first: what each sees is normalized by those before it.
  ///
  /// Weights stay as they are: on a written chip only digital gains and offsets change, as in adaptive
  /// batch normalization (V. Joshi et al., Nature Communications 11, 2473, 2020).
  /// - Throws: `InputError` where the samples do not fit the network.
  public func normalized(
    on samples: Tensor, engine: some ProductEngine
  ) throws(InputError) -> Network {
    var layers = layers
    for k in layers.indices {
      guard let old = layers[k].operation as? BatchNormalization else { continue }
      let before = Network(
        name: name, inputShape: inputShape, layers: Array(layers[..<k]), sites: sites,
        output: layers[k].inputs[0])
      let values = try before.evaluate(samples, engine: engine)
      layers[k] = Layer(
        name: layers[k].name, operation: old.with(statisticsOf: values), inputs: layers[k].inputs)
    }
    return Network(
      name: name, inputShape: inputShape, layers: layers, sites: sites, output: output)
  }
}
