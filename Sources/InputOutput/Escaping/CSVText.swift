/// Text from outside inside a table of comma-separated values (RFC 4180).
///
/// Spreadsheet programs take a field that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for
/// a formula, quoted or not. Such a text gets an apostrophe in front, which `text(of:)` removes; a text
/// that is a number stays as it is.
public enum CSVText {
  /// `text` as one field.
  public static func field(_ text: String) -> String {
    let safe = isFormula(text) ? "'" + text : text
    guard safe.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else {
      return safe
    }
    return "\"" + safe.replacing(scalar: "\"", with: "\"\"") + "\""
  }

  /// The text that `field(_:)` wrote as the unquoted `content`.
  public static func text(of content: String) -> String {
    guard content.unicodeScalars.first == "'" else { return content }
    let rest = String(content.unicodeScalars.dropFirst())
    return isFormula(rest) ? rest : content
  }

  /// Whether `text`, apart from apostrophes in front, begins like a formula and is no number.
  private static func isFormula(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first(where: { $0 != "'" }) else { return false }
    return "=+-@\t\r".unicodeScalars.contains(first) && Double(text) == nil
  }
}
