import ArrayFiles
import InputOutput
import Networks

extension Backpropagation: SavedByVisit {
  /// Takes the weights, biases, ranges and statistics of a network with the same layers; what the
  /// optimizer remembers begins anew.
  ///
  /// - Parameter state: what `state()` of that network gave. Ranges that it does not have stay as they are.
  /// - Throws: `InputError` where a layer's weights are missing or have another size.
  public mutating func start(from state: NamedArrays) throws(InputError) {
    try take(.start, from: state)
  }

  /// Shows `visitor` the weights, what the optimizer remembers, and the step.
  public mutating func visit(_ visitor: inout SavedState) {
    if visitor.mode != .start { visitor.integer("step", &step) }
    network.visit(&visitor)
  }

  /// The network as a file holds it: its own description with the trained arrays in it.
  public func exported() -> NetworkDescription { network.exported() }
}
