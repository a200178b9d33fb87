import InputOutput
internal import Yams

/// A value that replaces one of a YAML file: `optimizer.rate=0.01`.
public struct StrictOverride: Hashable, Sendable {
  /// The keys from the outside in; a number is a place in a list, from 0.
  public let path: [String]
  /// The value, in YAML.
  public let text: String

  /// - Throws: `InputError` where `assignment` is not KEY.KEY=VALUE; `option` is what it names.
  public init(_ assignment: String, option: String) throws(InputError) {
    guard let mark = assignment.firstIndex(of: "=") else {
      throw InputError(option, "'\(assignment)' is not of the form key.key=value")
    }
    self.init(
      path: assignment[..<mark].split(separator: ".", omittingEmptySubsequences: false).map(
        String.init),
      text: String(assignment[assignment.index(after: mark)...]))
    guard path.allSatisfy({ !$0.isEmpty }), path.count <= 16 else {
      throw InputError(option, "'\(assignment)' is not of the form key.key=value")
    }
  }

  /// `text` under `path`.
  public init(path: [String], text: String) {
    self.path = path
    self.text = text
  }

  /// Puts the value into its place; mappings on the way are made where they are missing.
  func apply(to tree: inout Node) throws(InputError) {
    try YAMLBounds.check(text, source: name)
    let value: Node?
    do { value = try Yams.compose(yaml: text) } catch {
      throw InputError(name, "'\(text)' is not valid YAML")
    }
    try put(value.map(Self.unmarked) ?? Node(""), path[...], into: &tree)
  }

  private var name: String { "--set \(path.joined(separator: "."))" }

  private func put(
    _ value: Node, _ rest: ArraySlice<String>, into node: inout Node
  ) throws(InputError) {
    guard let key = rest.first else {
      node = value
      return
    }
    if var list = node.sequence {
      guard let place = Int(key), list.indices.contains(place) else {
        throw InputError(
          name,
          list.isEmpty
            ? "'\(key)' names an element of an empty list"
            : "'\(key)' is outside the list, whose \(counted(list.count, "element")) "
              + (list.count == 1 ? "has the number 0" : "have the numbers 0…\(list.count - 1)"))
      }
      var element = list[place]
      try put(value, rest.dropFirst(), into: &element)
      list[place] = element
      node = .sequence(list)
      return
    }
    // A plain value or nothing gives way to a mapping.
    var mapping = node.mapping ?? Node.Mapping([])
    var element = mapping[key] ?? Node("", Tag(.null))
    try put(value, rest.dropFirst(), into: &element)
    mapping[key] = element
    node = .mapping(mapping)
  }

  /// The node without lines, which would be those of another text.
  private static func unmarked(_ node: Node) -> Node {
    switch node {
    case .mapping(let mapping):
      return .mapping(
        Node.Mapping(mapping.map { (unmarked($0.key), unmarked($0.value)) }, mapping.tag))
    case .sequence(let list): return .sequence(Node.Sequence(list.map(unmarked), list.tag))
    case .scalar(let scalar):
      return .scalar(Node.Scalar(scalar.string, scalar.tag, scalar.style))
    default: return node
    }
  }
}
