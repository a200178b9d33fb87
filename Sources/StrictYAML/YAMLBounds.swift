internal import CYaml
import InputOutput

/// Bounds what a YAML text expands to before nodes are made of it.
///
/// An alias stands for a copy of the node that it names: nine lists of ten aliases each stand for 10⁹
/// nodes. The events of the text are counted with every alias as large as its node.
enum YAMLBounds {
  /// What one node takes: its text, its tag, its place, and its entry in the list of keys asked for.
  private static let bytesPerNode = 256
  /// How deep nodes may be nested; files of Ohmweave have fewer than ten levels.
  private static let deepest = 64

  /// - Throws: `InputError` where the nodes of `text` are beyond the budget of a file, or nested too deep.
  ///   Text that is not YAML passes: the parser says what is wrong.
  static func check(_ text: String, source: String) throws(InputError) {
    var text = text
    let result: Result<Void, InputError> = text.withUTF8 { bytes in
      Result { () throws(InputError) in try check(bytes, source: source) }
    }
    try result.get()
  }

  private static func check(
    _ bytes: UnsafeBufferPointer<UInt8>, source: String
  ) throws(InputError) {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { return }
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    let budget = InputBudget(source)
    var sizes: [String: Int] = [:]
    var count = 0
    var open: [(anchor: String?, start: Int)] = []
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(&parser, &event) == 1 else { return }
      defer { yaml_event_delete(&event) }
      let place = "line \(event.start_mark.line + 1)"
      func add(_ nodes: Int) throws(InputError) {
        count += nodes
        try budget.spend(
          nodes, times: bytesPerNode, at: place, "what its nodes and aliases stand for")
      }
      switch event.type {
      case YAML_STREAM_END_EVENT: return
      case YAML_ALIAS_EVENT: try add(sizes[text(event.data.alias.anchor) ?? ""] ?? 1)
      case YAML_SCALAR_EVENT:
        try add(1)
        if let anchor = text(event.data.scalar.anchor) { sizes[anchor] = 1 }
      case YAML_SEQUENCE_START_EVENT:
        open.append((text(event.data.sequence_start.anchor), count))
        try add(1)
      case YAML_MAPPING_START_EVENT:
        open.append((text(event.data.mapping_start.anchor), count))
        try add(1)
      case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
        if let (anchor, start) = open.popLast(), let anchor { sizes[anchor] = count - start }
      default: break
      }
      guard open.count <= deepest else {
        throw InputError(source, at: place, "is nested more than \(deepest) levels deep")
      }
    }
  }

  private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    bytes.map { String(cString: $0) }
  }
}
