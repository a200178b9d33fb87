extension GraphDraft {
  /// Replaces `x/2·(1 + erf(x/√2))`, in any order of its factors, by one activation.
  mutating func fuseGelu() {
    for k in layers.indices {
      guard let erf = layers[k], (erf.operation as? ActivationLayer)?.activation == .erf,
        let x = dividedByRootTwo(erf.inputs[0]), let end = geluEnd(from: k + 1, of: x)
      else { continue }
      set(
        end - 1,
        Layer(
          name: layers[end - 1]?.name ?? erf.name,
          operation: ActivationLayer(activation: .gelu, outputShape: erf.operation.outputShape),
          inputs: [x]))
    }
    removeUnread()
  }

  /// The x of a value that is x/√2.
  private func dividedByRootTwo(_ value: Int) -> Int? {
    guard let layer = maker(of: value), let affine = layer.operation as? ChannelAffine,
      affine.axis == nil, affine.shift[0] == 0, isNear(affine.scale[0], 0.5.squareRoot())
    else { return nil }
    return layer.inputs[0]
  }

  /// The value that is the whole GELU of x, where `value` is its error function.
  private func geluEnd(from value: Int, of x: Int) -> Int? {
    // α·erf + β on the way to the product.
    var (value, scale, shift) = (value, 1.0, 0.0)
    while let (k, affine) = onlyScale(after: value) {
      scale *= Double(affine.scale[0])
      shift = shift * Double(affine.scale[0]) + Double(affine.shift[0])
      value = k + 1
    }
    guard isNear(scale, shift), let reader = onlyReader(of: value),
      let product = layers[reader], (product.operation as? Arithmetic)?.kind == .multiply,
      let other = product.inputs.first(where: { $0 != value }),
      let factor = factor(of: other, from: x)
    else { return nil }
    let total = scale * factor
    if isNear(total, 0.5) { return reader + 1 }
    guard let (k, last) = onlyScale(after: reader + 1), last.shift[0] == 0,
      isNear(total * Double(last.scale[0]), 0.5)
    else { return nil }
    return k + 1
  }

  /// The scale by one number that is the only thing to read a value.
  private func onlyScale(after value: Int) -> (layer: Int, ChannelAffine)? {
    guard let reader = onlyReader(of: value),
      let affine = layers[reader]?.operation as? ChannelAffine, affine.axis == nil
    else { return nil }
    return (reader, affine)
  }

  /// c where `value` is c·x.
  private func factor(of value: Int, from x: Int) -> Double? {
    if value == x { return 1 }
    guard let layer = maker(of: value), let affine = layer.operation as? ChannelAffine,
      affine.axis == nil, affine.shift[0] == 0, layer.inputs[0] == x
    else { return nil }
    return Double(affine.scale[0])
  }

  private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * abs(b) }
  private func isNear(_ a: Float, _ b: Double) -> Bool { isNear(Double(a), b) }
}
