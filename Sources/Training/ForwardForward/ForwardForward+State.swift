import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks

extension ForwardForward: SavedByVisit {
  /// Shows `visitor` the blocks, the head and the step.
  public mutating func visit(_ visitor: inout SavedState) {
    visitor.integer("step", &step)
    for k in blocks.indices {
      blocks[k].graph.visit(&visitor)
      visitor.floats("block.\(k).mean", &blocks[k].meanActivity)
    }
    head.visit(&visitor)
  }

  /// The network with the softmax head as one graph: where the blocks learn from labels, a neutral label over the
  /// first inputs; the blocks with length normalization between; the head on all but the first.
  public func exported() -> NetworkDescription {
    let shape = blocks[0].graph.structure.inputShape
    var result = NetworkDescription(
      title: "trained by forward-forward", inputShape: shape, layers: [],
      arrays: NamedArrays(source: "forward-forward", []))
    if shape.count > 1 { result.append([.flatten]) }
    if rule.negatives == .labels {
      result.append([.overlay(count: classCount, value: label.neutral)])
    }
    result.append([.lengthNormalization])
    if shape.count > 1 { result.append([.reshape(shape)]) }
    var normalized: [Int] = []
    for (k, block) in blocks.enumerated() {
      result.append(block.exported())
      let shape = block.graph.structure.outputShape
      if shape.count > 1 { result.append([.flatten]) }
      result.append([.lengthNormalization])
      if featureBlocks.contains(k) { normalized.append(result.layers.count) }
      if shape.count > 1, k < blocks.count - 1 { result.append([.reshape(shape)]) }
    }
    if normalized.count > 1 { result.append([.concatenate(normalized)]) }
    result.append(head.exported())
    return result
  }
}
