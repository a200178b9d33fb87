/// Text from outside inside a gnuplot script.
///
/// gnuplot runs backquoted commands and expands macros, `@NAME`, outside of strings, and ends a command at a
/// line's end. Inside single quotes it does neither: there only the single quote has a meaning. A doubled
/// one is no way out: gnuplot takes it for the end of the string where the string begins with it or two
/// follow each other. Nor is a string of its own, `'it' . "'" . 's'`: the search for macros also counts single quotes
/// inside double quotes, and then expands macros in the strings behind them. So a text with a single quote is written in
/// double quotes, with octal escapes for all characters that have a meaning there or in that search: `"it\047s"`. Every label is drawn with
/// `noenhanced`, so that no character is markup.
public enum GnuplotText {
  /// The most characters of a label: gnuplot's buffers hold 1,024 bytes.
  public static let lengthLimit = 200

  /// `text` as a gnuplot string.
  public static func quoted(_ text: String) -> String { quote(shown(text)) }

  /// `text` as the label of a tic. gnuplot takes it for a number format, and has 50 bytes for what comes
  /// out of one: the percent sign gets a private character's place, see `percentSigns(in:)`.
  public static func quotedTic(_ text: String) -> String {
    quote(shown(text).replacing(scalar: "%", with: String(percent)))
  }

  /// A drawing with the percent signs that `quotedTic` replaced.
  public static func percentSigns(in drawing: String) -> String {
    drawing.replacing(scalar: percent, with: "%")
  }

  /// What no text holds that `shown` let through.
  private static let percent: Unicode.Scalar = "\u{E000}"

  /// What a figure shows of `text`: white space becomes a space, characters that act where others are
  /// drawn become U+FFFD, and what is longer than a label can be ends in "…".
  public static func shown(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for (index, scalar) in text.unicodeScalars.prefix(lengthLimit + 1).enumerated() {
      if index == lengthLimit {
        result.removeLast()
        result.append("…")
      } else if scalar.value < 0x80, ("\t"..."\r").contains(scalar) {
        result.append(" ")
      } else {
        result.append(TerminalText.acts(scalar) || scalar == percent ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }

  private static func quote(_ text: String) -> String {
    guard text.unicodeScalars.contains("'") else { return "'\(text)'" }
    let inside = text.unicodeScalars.map { scalar in
      guard "'\"\\`@".unicodeScalars.contains(scalar) else { return String(scalar) }
      let octal = String(scalar.value, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
    return "\"\(inside.joined())\""
  }
}
