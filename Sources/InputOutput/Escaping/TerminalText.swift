/// Text from outside on its way to a terminal or a log: nothing in it moves the cursor, changes colors
/// or reorders what is read.
public enum TerminalText {
  /// The size of a message, in bytes of UTF-8.
  public static let messageLimit = 1024

  /// `text` with control characters, bidirectional controls and other characters that act instead of
  /// being shown written as `\u{1B}`. Line feeds and tabs stay.
  public static func escaped(_ text: String) -> String {
    escaped(text) { $0 == "\n" || $0 == "\t" }
  }

  /// `text` as one line of at most `limit` bytes: line feeds are escaped too, and of a longer text the
  /// middle is left out, because errors name the place first and what is allowed last.
  public static func message(_ text: String, limit: Int = messageLimit) -> String {
    precondition(limit >= 64, "a message has room for a sentence")
    // Only what can be shown is escaped: names of many megabytes take no time.
    let scalars = text.unicodeScalars
    let bytes = text.utf8
    guard bytes.count > limit else {
      let whole = escaped(text) { _ in false }
      return whole.utf8.count <= limit ? whole : cut(whole, limit: limit)
    }
    let head = scalars.prefix(limit)
    let tail = scalars.suffix(limit)
    func joined(_ part: some Sequence<Unicode.Scalar>) -> String {
      var string = ""
      string.unicodeScalars.append(contentsOf: part)
      return escaped(string) { _ in false }
    }
    return cut(joined(head) + joined(tail), limit: limit)
  }

  /// The beginning and the end of `text`, `limit` bytes together with the mark between them.
  private static func cut(_ text: String, limit: Int) -> String {
    let mark = " […] "
    let room = limit - mark.utf8.count
    func length(_ scalar: Unicode.Scalar) -> Int { UTF8.width(scalar) }
    var head = String.UnicodeScalarView()
    var tail: [Unicode.Scalar] = []
    var used = 0
    for scalar in text.unicodeScalars {
      guard used + length(scalar) <= room * 2 / 3 else { break }
      used += length(scalar)
      head.append(scalar)
    }
    for scalar in text.unicodeScalars.reversed() {
      guard used + length(scalar) <= room else { break }
      used += length(scalar)
      tail.append(scalar)
    }
    var result = String(head) + mark
    result.unicodeScalars.append(contentsOf: tail.reversed())
    return result
  }

  private static func escaped(_ text: String, keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: { acts($0) && !isKept($0) }) else { return text }
    var result = ""
    result.reserveCapacity(text.utf8.count + 16)
    for scalar in text.unicodeScalars {
      if acts(scalar) && !isKept(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Whether a terminal or an editor carries out `scalar` where others are drawn.
  public static func acts(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true  // C0 and C1 controls, delete
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // writing direction
    case 0x2028, 0x2029, 0xFEFF, 0xFFF9...0xFFFB: true  // separators, byte order mark, annotations
    case 0xE0000...0xE007F: true  // tags
    case let value where value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(value): true
    default: false
    }
  }
}
