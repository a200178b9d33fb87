/// Text from outside inside a YAML file that the program writes.
public enum YAMLText {
  /// `text` as a scalar that reads back as the same text, in double quotes where YAML could read it as
  /// something else.
  public static func scalar(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"):
        return true
      default: return false
      }
    }
    if plain, let first = text.utf8.first, first != UInt8(ascii: "-"),
      text.lowercased() != "null"
    {
      return text
    }
    return quoted(text)
  }

  /// `text` in double quotes, which read back as the same text.
  public static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where TerminalText.acts(scalar):
        let digits = String(scalar.value, radix: 16)
        let width = scalar.value < 0x100 ? 2 : scalar.value < 0x10000 ? 4 : 8
        let letter = width == 2 ? "x" : width == 4 ? "u" : "U"
        quoted += "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
