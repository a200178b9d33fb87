import InputOutput

/// Splits the text of a CSV file into records of fields.
struct CSVScanner {
  struct Record {
    var fields: [String]
    var line: Int
  }

  private let bytes: [UInt8]
  private let source: String
  private var at = 0
  private var line = 1

  init(text: String, source: String) {
    bytes = Array(text.utf8)
    self.source = source
    // A byte order mark is no part of the first field.
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { at = 3 }
  }

  /// All records, without empty lines and comments.
  mutating func records() throws(InputError) -> [Record] {
    var records: [Record] = []
    var separator: UInt8?
    while at < bytes.count {
      if isSkipped() {
        skipLine()
        continue
      }
      let found = separator ?? guessSeparator()
      separator = found
      records.append(try record(found))
    }
    return records
  }

  private func isSkipped() -> Bool {
    var k = at
    while k < bytes.count, bytes[k] == 0x20 || bytes[k] == 0x0d { k += 1 }
    return k == bytes.count || bytes[k] == 0x0a || bytes[k] == UInt8(ascii: "#")
  }

  private mutating func skipLine() {
    while at < bytes.count, bytes[at] != 0x0a { at += 1 }
    at += 1
    line += 1
  }

  /// The first of tab, semicolon and comma that stands in the line.
  private func guessSeparator() -> UInt8 {
    let end = bytes[at...].firstIndex(of: 0x0a) ?? bytes.count
    let candidates = [UInt8(ascii: "\t"), UInt8(ascii: ";")]
    return candidates.first { bytes[at..<end].contains($0) } ?? UInt8(ascii: ",")
  }

  private mutating func record(_ separator: UInt8) throws(InputError) -> Record {
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field(separator))
      guard at < bytes.count else { break }
      let end = bytes[at]
      at += 1
      if end == 0x0a {
        line += 1
        break
      }
    }
    return Record(fields: fields, line: start)
  }

  /// Reads one field and stops before the separator or the line's end.
  private mutating func field(_ separator: UInt8) throws(InputError) -> String {
    while at < bytes.count, bytes[at] == 0x20 { at += 1 }
    if at < bytes.count, bytes[at] == UInt8(ascii: "\"") { return try quotedField(separator) }
    let start = at
    while at < bytes.count, bytes[at] != separator, bytes[at] != 0x0a { at += 1 }
    var end = at
    while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x0d { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func quotedField(_ separator: UInt8) throws(InputError) -> String {
    let first = line
    var text: [UInt8] = []
    at += 1
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") {
        guard at < bytes.count, bytes[at] == byte else {
          while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0d { at += 1 }
          guard at == bytes.count || bytes[at] == separator || bytes[at] == 0x0a else {
            throw InputError(source, at: "line \(line)", "something follows a quoted field")
          }
          return String(decoding: text, as: UTF8.self)
        }
        at += 1
      } else if byte == 0x0a {
        line += 1
      }
      text.append(byte)
    }
    throw InputError(source, at: "line \(first)", "a quoted field does not end")
  }
}
