internal import Yams

extension StrictNode {
  /// This piece as a YAML document of its own; comments are gone. Empty where nothing is there.
  public var yaml: String { node.flatMap { try? Yams.serialize(node: $0) } ?? "" }
}
