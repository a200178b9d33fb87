import ArrayFiles
import InputOutput

/// What training saves and takes back by one walk over everything that the next step depends on.
public protocol SavedByVisit {
  /// Shows `visitor` what the next step depends on.
  mutating func visit(_ visitor: inout SavedState)
}

extension SavedByVisit {
  /// Everything that the next step depends on, as named arrays.
  public func state() -> [(name: String, array: NumericArray)] { saved.entries }

  /// The arrays of `state()` that sites keep for some time only, with their shapes.
  public var optionalState: [String: [Int]] { saved.optional }

  /// Goes back to a state that `state()` gave.
  /// - Throws: `InputError` where an array is missing or has another size.
  public mutating func restore(_ state: NamedArrays) throws(InputError) {
    try take(.restore, from: state)
  }

  /// Takes what `mode` names from `state`.
  /// - Throws: `InputError` where an array is missing or has another size.
  mutating func take(_ mode: SavedState.Mode, from state: NamedArrays) throws(InputError) {
    var visitor = SavedState(mode, from: state)
    visit(&visitor)
    try visitor.finish()
  }

  /// A walk that saved everything.
  var saved: SavedState {
    var copy = self
    var visitor = SavedState()
    copy.visit(&visitor)
    return visitor
  }
}
