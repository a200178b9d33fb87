import ArrayFiles
import InputOutput
import Networks

extension Backpropagation {
  /// Everything that the next step depends on: weights, what the optimizer remembers, the step.
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

  /// Takes the weights, biases, ranges and statistics of a network with the same layers; what the
  /// optimizer remembers begins anew.
  ///
  /// - Parameter state: what `state()` of that network gave. Ranges that it does not have stay as they are.
  /// - Throws: `InputError` where a layer's weights are missing or have another size.
  public mutating func start(from state: NamedArrays) throws(InputError) {
    var visitor = SavedState(.start, from: state)
    visit(&visitor)
    try visitor.finish()
  }

  /// Shows `visitor` what the next step depends on.
  mutating func visit(_ visitor: inout SavedState) {
    if visitor.mode != .start { visitor.integer("step", &step) }
    network.visit(&visitor)
  }

  /// The network as a file holds it: its own description with the trained arrays in it.
  public func exported() -> NetworkDescription { network.exported() }
}
