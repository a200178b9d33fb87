import InputOutput

/// Prints `text`; names from files cannot drive the terminal. It takes the place of Swift's `print` in
/// this module, so that no command forgets it.
func print(_ text: String, terminator: String = "\n") {
  Swift.print(TerminalText.escaped(text), terminator: terminator)
}
