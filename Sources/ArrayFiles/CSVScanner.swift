import InputOutput

/// Splits the text of a CSV file into records of fields.
struct CSVScanner {
  struct Record {
    var fields: [String]
    var line: Int
  }

  private let bytes: [UInt8]
  private let source: String
  private let budget: InputBudget
  private var at = 0
  private var line = 1

  /// - Parameter budget: what records and fields are spent from.
  init(text: String, source: String, budget: InputBudget) {
    bytes = Array(text.utf8)
    self.source = source
    self.budget = budget
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
      let one = try record(found)
      // A record is an array, a field a string of 16 bytes with its text elsewhere where that is longer;
      // arrays have room for twice as many.
      let texts = one.fields.reduce(0) { $0 + ($1.utf8.count > 15 ? $1.utf8.count + 32 : 0) }
      try budget.spend(
        128 + 32 * one.fields.count + texts, at: "line \(one.line)", "the table up to here")
      records.append(one)
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
      if fields.count & 0xffff == 0xffff {
        try budget.check(fields.count, times: 64, at: "line \(start)", "the fields of one line")
      }
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
