/// The fields of a protobuf message, messages inside of it opened: changes keep all lengths right.
indirect enum ProtobufTree {
  case varint(UInt64)
  case fixed([UInt8])
  case bytes([UInt8])
  case message([Field])

  struct Field {
    var number: UInt64
    var value: ProtobufTree
  }

  /// The fields in `bytes`; `nil` where they are not those of a message.
  static func fields(_ bytes: ArraySlice<UInt8>, depth: Int = 0) -> [Field]? {
    var rest = bytes
    var fields: [Field] = []
    while !rest.isEmpty {
      guard let key = varint(&rest), key >> 3 > 0, key >> 3 < 200 else { return nil }
      switch key & 7 {
      case 0:
        guard let value = varint(&rest) else { return nil }
        fields.append(Field(number: key >> 3, value: .varint(value)))
      case 1, 5:
        let width = key & 7 == 1 ? 8 : 4
        guard rest.count >= width else { return nil }
        fields.append(Field(number: key >> 3, value: .fixed(Array(rest.prefix(width)))))
        rest = rest.dropFirst(width)
      case 2:
        guard let length = varint(&rest), length <= UInt64(rest.count) else { return nil }
        let content = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        // A text may look like a message: names are letters, whose first byte is no small field.
        if depth < 8, content.count > 1, content.first! < 0x7b,
          let inner = self.fields(content, depth: depth + 1)
        {
          fields.append(Field(number: key >> 3, value: .message(inner)))
        } else {
          fields.append(Field(number: key >> 3, value: .bytes(Array(content))))
        }
      default: return nil
      }
    }
    return fields
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst() {
      if shift > 63 { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }

  static func encoded(_ fields: [Field]) -> [UInt8] {
    var bytes: [UInt8] = []
    func put(_ number: UInt64) {
      var value = number
      while value > 0x7f {
        bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
        value >>= 7
      }
      bytes.append(UInt8(value))
    }
    for field in fields {
      switch field.value {
      case .varint(let value):
        put(field.number << 3)
        put(value)
      case .fixed(let content):
        put(field.number << 3 | (content.count == 8 ? 1 : 5))
        bytes += content
      case .bytes(let content):
        put(field.number << 3 | 2)
        put(UInt64(content.count))
        bytes += content
      case .message(let inner):
        let content = encoded(inner)
        put(field.number << 3 | 2)
        put(UInt64(content.count))
        bytes += content
      }
    }
    return bytes
  }

  /// One change somewhere in the tree.
  static func mutate(_ fields: inout [Field], _ m: inout Mutator) {
    guard !fields.isEmpty else { return }
    let k = m.index(fields.count)
    if case .message(var inner) = fields[k].value, !m.chance(6) {
      mutate(&inner, &m)
      fields[k].value = .message(inner)
      return
    }
    switch m.index(8) {
    case 0: fields.remove(at: k)
    case 1: fields.insert(fields[k], at: m.index(fields.count))
    case 2: fields.swapAt(k, m.index(fields.count))
    case 3: fields[k].value = fields[m.index(fields.count)].value
    default:
      switch fields[k].value {
      case .varint: fields[k].value = .varint(m.integer())
      case .fixed(let content):
        let value = m.pick([0, 0x3f80_0000, 0x7f80_0000, 0x7fc0_0000, 0xff80_0000, m.integer()])
        fields[k].value = .fixed(
          (0..<content.count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) })
      case .bytes(var content):
        m.bytes(&content, other: content)
        fields[k].value = .bytes(content)
      case .message: fields[k].value = .message([])
      }
    }
  }
}
