import InputOutput

/// A parser of the short text that begins a file of arrays.
protocol HeaderParser {
  var bytes: [UInt8] { get }
  /// The place of the next byte.
  var at: Int { get set }
  /// The error that `problem` is.
  func fault(_ problem: String) -> InputError
}

extension HeaderParser {
  mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
  }

  /// Whether `character` comes next, behind spaces; it is passed then.
  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(InputError) {
    if !accept(character) { throw fault("'\(character)' is expected at byte \(at)") }
  }

  /// The whole number that comes next, behind spaces; `nil` where there is no digit.
  mutating func wholeNumber() throws(InputError) -> Int? {
    skipSpace()
    let start = at
    var value = 0
    while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
      let (tens, high) = value.multipliedReportingOverflow(by: 10)
      let (sum, low) = tens.addingReportingOverflow(Int(bytes[at] - 0x30))
      guard !high, !low else { throw fault("a number is too large") }
      value = sum
      at += 1
    }
    return at > start ? value : nil
  }
}
