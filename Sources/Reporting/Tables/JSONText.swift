import Foundation
import InputOutput

/// Values as JSON for machines: keys sorted, numbers that are not finite as texts.
public enum JSONText {
  /// `value` as JSON.
  public static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // JSONEncoder leaves the characters by which a terminal can be driven; they occur in strings only.
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    func drives(_ scalar: Unicode.Scalar) -> Bool { scalar != "\n" && TerminalText.acts(scalar) }
    guard text.unicodeScalars.contains(where: drives) else { return text }
    return text.unicodeScalars.map { scalar in
      drives(scalar)
        ? String(scalar).utf16.map { "\\u" + String(format: "%04x", $0) }.joined() : String(scalar)
    }.joined()
  }
}
