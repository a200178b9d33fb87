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
}
