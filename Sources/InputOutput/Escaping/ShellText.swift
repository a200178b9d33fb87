/// Text from outside inside a shell script that the program writes.
public enum ShellText {
  /// `text` as one word of a POSIX shell, in single quotes.
  public static func word(_ text: String) -> String {
    "'" + text.replacing(scalar: "'", with: "'\\''") + "'"
  }
}
