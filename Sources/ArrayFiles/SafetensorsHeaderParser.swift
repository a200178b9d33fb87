import InputOutput

/// One array as the header of a safetensors file describes it.
struct SafetensorsEntry {
  var name: String
  var type: ElementType
  var shape: [Int]
  /// The place of its elements, in bytes after the header.
  var start: Int
  var end: Int
}

/// Reads the JSON header of a safetensors file. Only the JSON that the format allows is accepted, so
/// nothing nests deeper than the format does.
struct SafetensorsHeaderParser: HeaderParser {
  let bytes: [UInt8]
  private let source: String
  var at = 0

  init(bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  /// The described arrays, in the order of the header.
  mutating func entries() throws(InputError) -> [SafetensorsEntry] {
    var entries: [SafetensorsEntry] = []
    var names: Set<String> = []
    try expect("{")
    if !accept("}") {
      repeat {
        let name = try string()
        guard names.insert(name).inserted else { throw fault("'\(name)' occurs twice") }
        try expect(":")
        if name == "__metadata__" { try metadata() } else { entries.append(try entry(name)) }
      } while accept(",")
      try expect("}")
    }
    skipSpace()
    guard at == bytes.count else { throw fault("something follows the object") }
    return entries
  }

  private mutating func entry(_ name: String) throws(InputError) -> SafetensorsEntry {
    var type: ElementType?
    var shape: [Int]?
    var places: [Int]?
    try expect("{")
    repeat {
      let key = try string()
      try expect(":")
      switch key {
      case "dtype" where type == nil:
        let text = try string()
        guard let known = Safetensors.types[text] else {
          let all = Safetensors.types.keys.sorted().joined(separator: ", ")
          throw fault("'\(name)' has the type '\(text.prefix(24))', \(all) are read")
        }
        type = known
      case "shape" where shape == nil: shape = try numbers()
      case "data_offsets" where places == nil: places = try numbers()
      default: throw fault("the key '\(key)' is not expected in '\(name)'")
      }
    } while accept(",")
    try expect("}")
    guard let type, let shape, let places, places.count == 2 else {
      throw fault("'\(name)' needs dtype, shape and two data_offsets")
    }
    return SafetensorsEntry(
      name: name, type: type, shape: shape, start: places[0], end: places[1])
  }

  private mutating func metadata() throws(InputError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      _ = try string()
      try expect(":")
      _ = try string()
    } while accept(",")
    try expect("}")
  }

  private mutating func numbers() throws(InputError) -> [Int] {
    var numbers: [Int] = []
    try expect("[")
    if accept("]") { return numbers }
    repeat {
      guard let value = try wholeNumber() else {
        throw fault("a whole number is expected at byte \(at)")
      }
      numbers.append(value)
    } while accept(",")
    try expect("]")
    return numbers
  }

  private mutating func string() throws(InputError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      if bytes[at] == UInt8(ascii: "\\") {
        text += try escaped()
      } else {
        text.append(bytes[at])
        at += 1
      }
    }
    guard at < bytes.count else { throw fault("a text does not end") }
    at += 1
    guard let string = String(validating: text, as: UTF8.self) else {
      throw fault("a text is not UTF-8")
    }
    return string
  }

  /// The character after a backslash; surrogate pairs are not needed for names and are refused.
  private mutating func escaped() throws(InputError) -> [UInt8] {
    guard at + 1 < bytes.count else { throw fault("a text does not end") }
    let code = bytes[at + 1]
    at += 2
    switch Unicode.Scalar(code) {
    case "\"", "\\", "/": return [code]
    case "b": return [8]
    case "f": return [12]
    case "n": return [10]
    case "r": return [13]
    case "t": return [9]
    case "u":
      guard at + 4 <= bytes.count,
        let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(value)
      else { throw fault("a \\u escape is not a character") }
      at += 4
      return Array(String(Character(scalar)).utf8)
    default: throw fault("a text contains an unknown escape")
    }
  }

  func fault(_ problem: String) -> InputError {
    InputError(source, at: "header", problem)
  }
}
