/// How wide a text is drawn, in heights of its font.
///
/// The widths are those of DejaVu Sans, which is wider than Helvetica and Arial: what has room by this measure has
/// room in any of them. A letter outside ASCII counts as 0.7, or as 1 where its script is as wide as it is high.
package enum TextWidth {
  private static let groups: [(width: Double, characters: String)] = [
    (0.28, "'ijl"), (0.32, " ,.IJ·"), (0.4, "!()-/:;[\\]ft|²³¹"), (0.5, "\"*_`r°–"), (0.53, "?sz⁻"),
    (0.6, "FLPckvxy"), (0.64, "$0123456789ESTYabdeghnopqu{}µ"), (0.7, "ABCKRVXZ"),
    (0.79, "&DGHNOQUΩ"),
    (0.84, "#+<=>^w~−±×"), (0.87, "M"), (1, "%@Wm…—"),
  ]
  private static let widths: [Character: Double] = groups.reduce(into: [:]) { widths, group in
    for character in group.characters { widths[character] = group.width }
  }

  /// The width of one line; of several, that of the widest. The marks of a power, `^{…}`, are not drawn.
  package static func ems(_ text: String) -> Double {
    let shown =
      text.contains("^{")
      ? text.replacing("^{", with: "").replacing("}", with: "") : text
    return shown.split(separator: "\n").map { line in
      line.reduce(0) { $0 + width($1) }
    }.max() ?? 0
  }

  private static func width(_ character: Character) -> Double {
    if let known = widths[character] { return known }
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF00...0xFF60:
      return 1
    case 0x1F000...: return 1.3
    default: return scalar.properties.isUppercase ? 0.8 : 0.7
    }
  }

  /// `text`, or its beginning and its end around "…" where it is wider than `limit`: names that begin alike often end
  /// differently.
  package static func cut(_ text: String, _ limit: Double) -> String {
    guard ems(text) > limit else { return text }
    let characters = Array(text)
    var kept = characters.count - 1
    func shortened() -> String {
      String(characters.prefix((kept + 1) / 2)) + "…" + String(characters.suffix(kept / 2))
    }
    while kept > 2, ems(shortened()) > limit { kept -= 1 }
    return shortened()
  }

  /// `text` in lines that are no wider than `limit`, broken at spaces, or behind other marks where that is not enough;
  /// `nil` where that takes more than `count` lines.
  package static func lines(_ text: String, _ limit: Double, atMost count: Int) -> [String]? {
    if ems(text) <= limit { return [text] }
    return lines(parts(text, behind: " "), limit, count)
      ?? lines(parts(text, behind: " -_./:"), limit, count)
  }

  private static func lines(_ parts: [String], _ limit: Double, _ count: Int) -> [String]? {
    var lines: [String] = []
    var line = ""
    for part in parts {
      let whole = line + part
      if !line.isEmpty, ems(trimmed(whole)) > limit {
        lines.append(trimmed(line))
        line = part
      } else {
        line = whole
      }
      guard ems(trimmed(line)) <= limit else { return nil }
    }
    lines.append(trimmed(line))
    return lines.count <= count ? lines : nil
  }

  /// Pieces of `text`, each with the mark of `marks` at its end behind which a line may break.
  private static func parts(_ text: String, behind marks: String) -> [String] {
    var parts = [""]
    for character in text {
      parts[parts.count - 1].append(character)
      if marks.contains(character) { parts.append("") }
    }
    return parts.filter { !$0.isEmpty }
  }

  private static func trimmed(_ line: String) -> String {
    String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
