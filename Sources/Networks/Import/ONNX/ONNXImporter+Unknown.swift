import InputOutput

/// Which operators of a graph are unknown.
extension ONNXImporter {
  /// A node's name, or one made of its operator and its place in the file.
  static func name(of node: ONNXNode, number: Int) -> String {
    node.name.isEmpty ? "\(node.opType) \(number)" : node.name
  }

  /// What reads a node; `nil` for an operator that is not known, or of another domain.
  static func operation(of node: ONNXNode) -> ONNXOperator? {
    node.domain.isEmpty || node.domain == "ai.onnx" ? onnxOperators[node.opType] : nil
  }

  /// Rejects a graph with unknown operators, all of them at once.
  ///
  /// - Parameter needed: the places of the nodes that the result depends on.
  func rejectUnknown(_ needed: [Int]) throws(InputError) {
    var operators: [String] = []
    var places: [String: [String]] = [:]
    var first = ""
    for k in needed.sorted() where Self.operation(of: graph.nodes[k]) == nil {
      let node = graph.nodes[k]
      let isStandard = node.domain.isEmpty || node.domain == "ai.onnx"
      let full = isStandard ? node.opType : "\(node.domain).\(node.opType)"
      let name = Self.name(of: node, number: k)
      if operators.isEmpty { first = name }
      if places[full] == nil { operators.append(full) }
      places[full, default: []].append(name)
    }
    guard !operators.isEmpty else { return }
    let known = "known are \(ONNXReader.operators.joined(separator: ", "))"
    if operators.count == 1, places[operators[0]]?.count == 1 {
      throw InputError(
        builder.source, at: "node '\(first)'", "unknown operator '\(operators[0])', \(known)")
    }
    let list = operators.prefix(16).map { name -> String in
      let nodes = places[name] ?? []
      let more = nodes.count > 4 ? " and \(nodes.count - 4) more" : ""
      let names = nodes.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
      return "'\(name)' (node\(nodes.count == 1 ? "" : "s") \(names)\(more))"
    }
    let others = operators.count > 16 ? " and \(operators.count - 16) more" : ""
    throw InputError(
      builder.source, at: "the graph",
      "unknown operators \(list.joined(separator: ", "))\(others); \(known)")
  }
}
