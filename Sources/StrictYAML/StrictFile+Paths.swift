import InputOutput
internal import Yams

extension StrictFile {
  /// The paths of all single values below mappings: "dynamics.parameters.radius".
  public var valuePaths: [String] {
    var paths: [String] = []
    func walk(_ node: Node, _ path: String) {
      guard let mapping = node.mapping else {
        if node.scalar != nil { paths.append(path) }
        return
      }
      for (key, value) in mapping {
        guard let key = key.string else { continue }
        walk(value, path.isEmpty ? key : "\(path).\(key)")
      }
    }
    walk(root.node ?? Node(""), "")
    return paths
  }

  /// The single values that `change` changes, with what they become; places in lists are numbers of their paths.
  ///
  /// - Parameter change: of the keys from the outside in, and the value.
  public func overrides(_ change: ([String], String) -> String) -> [StrictOverride] {
    var found: [StrictOverride] = []
    func walk(_ node: Node, _ path: [String]) {
      if let mapping = node.mapping {
        for (key, value) in mapping {
          if let key = key.string { walk(value, path + [key]) }
        }
      } else if let list = node.sequence {
        for (k, element) in list.enumerated() { walk(element, path + ["\(k)"]) }
      } else if let text = node.scalar?.string {
        let changed = change(path, text)
        if changed != text {
          found.append(StrictOverride(path: path, text: YAMLText.quoted(changed)))
        }
      }
    }
    walk(root.node ?? Node(""), [])
    return found
  }
}
