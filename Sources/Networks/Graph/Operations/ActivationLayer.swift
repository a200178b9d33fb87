/// An activation function on every number of a value.
struct ActivationLayer: LayerOperation {
  let activation: Activation
  let outputShape: [Int]
  /// The site whose converter may have applied the function already.
  var site: Int?
  var name: String { activation.name }
  let storage = LayerStorage.overInput

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let count = context.samples * outputShape.reduce(1, *)
    if inputs[0] != UnsafePointer(output) { output.update(from: inputs[0], count: count) }
    if let site, context.engine.appliesActivation(site: site) { return }
    activation.apply(UnsafeMutableBufferPointer(start: output, count: count))
  }
}
