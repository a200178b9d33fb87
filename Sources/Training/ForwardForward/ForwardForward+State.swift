import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks

extension ForwardForward {
  /// Everything that the next step depends on.
  public func state() -> [(name: String, array: NumericArray)] {
    var copy = self
    var visitor = SavedState()
    copy.visit(&visitor)
    return visitor.entries
  }

  /// The arrays of `state()` that sites keep for some time only, with their shapes.
  public var optionalState: [String: [Int]] {
    var copy = self
    var visitor = SavedState()
    copy.visit(&visitor)
    return visitor.optional
  }

  /// Goes back to a state that `state()` gave.
  /// - Throws: `InputError` where an array is missing or has another size.
  public mutating func restore(_ state: NamedArrays) throws(InputError) {
    var visitor = SavedState(from: state)
    visit(&visitor)
    try visitor.finish()
  }

  private mutating func visit(_ visitor: inout SavedState) {
    visitor.integer("step", &step)
    for k in layers.indices {
      visitor.scope = "layer.\(k)."
      layers[k].site.forEachParameter { visitor.parameter($0, &$1, isWeight: $0 == "weight") }
      layers[k].site.visit(&visitor)
      visitor.floats("mean", &layers[k].meanActivity)
    }
    visitor.scope = "softmax."
    head.site.forEachParameter { visitor.parameter($0, &$1, isWeight: $0 == "weight") }
    visitor.scope = ""
  }

  /// The network with the softmax head as one graph: where the layers learn from labels, a neutral label
  /// over the first inputs; the layers with length normalisation between; the head on all but the first.
  public func exported() -> NetworkDescription {
    var layers: [NetworkDescription.Layer] = []
    var arrays: [(name: String, array: NumericArray)] = []
    if rule.negatives == .labels {
      layers.append(.overlay(count: classCount, value: rule.labelStrength / Float(classCount)))
    }
    layers.append(.lengthNormalization)
    var normalised: [Int] = []
    for (k, layer) in self.layers.enumerated() {
      layers += [.dense(name: "layer\(k + 1)"), .activation(.relu), .lengthNormalization]
      arrays += denseArrays("layer\(k + 1)", layer.site)
      if k > 0 { normalised.append(layers.count) }
    }
    if normalised.count > 1 { layers.append(.concatenate(normalised)) }
    layers.append(.dense(name: "softmax"))
    arrays += denseArrays("softmax", head.site)
    return NetworkDescription(
      title: "trained by forward-forward", inputShape: [self.layers[0].inputCount],
      layers: layers, arrays: NamedArrays(source: "forward-forward", arrays))
  }
}
