import InputOutput

/// Reads the Python dictionary of an NPY header.
struct NPYHeaderParser: HeaderParser {
  let bytes: [UInt8]
  let source: String
  let place: String
  var at = 0

  init(bytes: [UInt8], source: String, place: String) {
    self.bytes = bytes
    self.source = source
    self.place = place
  }

  mutating func header() throws(InputError) -> NPYHeader {
    var type: Description?
    var columnMajor: Bool?
    var shape: [Int]?
    try expect("{")
    while !accept("}") {
      let key = try string()
      try expect(":")
      switch key {
      case "descr" where type == nil: type = try description()
      case "fortran_order" where columnMajor == nil: columnMajor = try flag()
      case "shape" where shape == nil: shape = try tuple()
      default:
        throw fault("the key '\(key)' is not expected; descr, fortran_order and shape are, once")
      }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard at == bytes.count else { throw fault("something follows the dictionary") }
    guard let type, let columnMajor, let shape else {
      throw fault("descr, fortran_order or shape is missing")
    }
    return NPYHeader(
      elementType: type.element, bigEndian: type.bigEndian, columnMajor: columnMajor,
      shape: shape + (type.isComplex ? [2] : type.textLength.map { [$0] } ?? []),
      isText: type.textLength != nil, isComplex: type.isComplex)
  }

  private struct Description {
    var element: ElementType
    var bigEndian: Bool
    var textLength: Int?
    var isComplex = false
  }

  private mutating func description() throws(InputError) -> Description {
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "[") {
      throw fault("structured elements are not read; plain numbers are")
    }
    let text = try string()
    if let order = text.first, "<>|=".contains(order), let kind = text.dropFirst().first,
      kind == "U" || kind == "S", let length = Int(text.dropFirst(2)), length >= 0
    {
      return Description(
        element: kind == "U" ? .uint32 : .uint8, bigEndian: order == ">", textLength: length)
    }
    if let order = text.first, "<>=".contains(order),
      let part = NPYHeader.complexDescriptions[String(text.dropFirst())]
    {
      return Description(element: part, bigEndian: order == ">", isComplex: true)
    }
    guard let order = text.first, "<>|=".contains(order),
      let type = NPYHeader.descriptions[String(text.dropFirst())]
    else {
      let known = (Array(NPYHeader.descriptions.keys) + NPYHeader.complexDescriptions.keys)
        .sorted().joined(separator: ", ")
      throw fault("the type '\(text.prefix(24))' is not read; \(known) are, with < or >")
    }
    return Description(element: type, bigEndian: order == ">")
  }

  private mutating func flag() throws(InputError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where bytes[at...].starts(with: word.utf8) {
      at += word.utf8.count
      return value
    }
    throw fault("fortran_order is neither True nor False")
  }

  private mutating func tuple() throws(InputError) -> [Int] {
    var shape: [Int] = []
    try expect("(")
    while !accept(")") {
      shape.append(try size())
      guard shape.count <= NPYHeader.mostDimensions else {
        throw fault("the shape has more than \(NPYHeader.mostDimensions) dimensions")
      }
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return shape
  }

  private mutating func size() throws(InputError) -> Int {
    guard let value = try wholeNumber() else {
      throw fault("the shape is not a tuple of whole numbers")
    }
    // Python 2 wrote long integers with an L.
    if at < bytes.count, bytes[at] == UInt8(ascii: "L") { at += 1 }
    return value
  }

  private mutating func string() throws(InputError) -> String {
    skipSpace()
    guard at < bytes.count, bytes[at] == UInt8(ascii: "'") || bytes[at] == UInt8(ascii: "\"") else {
      throw fault("a quoted text is expected at byte \(at)")
    }
    let quote = bytes[at]
    guard let end = bytes[(at + 1)...].firstIndex(of: quote) else {
      throw fault("a quoted text does not end")
    }
    defer { at = end + 1 }
    return String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
  }

  func fault(_ problem: String) -> InputError {
    InputError(source, at: place.isEmpty ? "NPY header" : "\(place), NPY header", problem)
  }
}
