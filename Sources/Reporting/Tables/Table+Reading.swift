import InputOutput

extension Table {
  /// The table that `csv` holds (RFC 4180, the first line heads the columns).
  ///
  /// A field that reads as a number is one.
  /// - Throws: `InputError` that names `source` and the line where a row is longer or shorter than the
  ///   first, or a quote is left open.
  public init(csv: String, source: String) throws(InputError) {
    var records = try Self.records(csv, source: source)
    guard !records.isEmpty else { throw InputError(source, "the table is empty") }
    let head = records.removeFirst()
    self.init(columns: head.fields.map { CSVText.text(of: $0) })
    for record in records {
      guard record.fields.count == head.fields.count else {
        throw InputError(
          source, at: "line \(record.line)",
          "the row has \(record.fields.count) fields, \(head.fields.count) are expected")
      }
      append(
        record.fields.map { field in
          if let whole = Int(field) { return .whole(whole) }
          if let number = Double(field), !field.hasPrefix("0x") { return .number(number) }
          return .text(CSVText.text(of: field))
        })
    }
  }

  private static func records(
    _ csv: String, source: String
  ) throws(InputError) -> [(line: Int, fields: [String])] {
    var records: [(line: Int, fields: [String])] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var line = 1
    var start = 1
    let bytes = Array(csv.utf8)
    var i = 0
    func endField() {
      fields.append(String(decoding: field, as: UTF8.self))
      field.removeAll(keepingCapacity: true)
    }
    func endRecord() {
      guard !fields.isEmpty || !field.isEmpty else { return }
      endField()
      records.append((start, fields))
      fields.removeAll()
    }
    while i < bytes.count {
      let byte = bytes[i]
      i += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      switch byte {
      case UInt8(ascii: "\"") where isQuoted && i < bytes.count && bytes[i] == byte:
        field.append(byte)
        i += 1
      case UInt8(ascii: "\""): isQuoted.toggle()
      case _ where isQuoted: field.append(byte)
      case UInt8(ascii: ","): endField()
      case UInt8(ascii: "\r"): break
      case UInt8(ascii: "\n"):
        endRecord()
        start = line
      default: field.append(byte)
      }
    }
    if isQuoted { throw InputError(source, at: "line \(start)", "a quote is left open") }
    endRecord()
    return records
  }
}
