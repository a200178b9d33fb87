/// A numerical method that did not reach its end: what it was doing and how far it came.
public struct NumericalFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence, without the final full stop.
  public var message: String
  /// A failure told in one sentence.
  public init(_ message: String) { self.message = message }
  /// The sentence.
  public var description: String { message + "." }
}
