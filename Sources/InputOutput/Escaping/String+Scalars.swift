extension String {
  /// The text with every `scalar` replaced.
  ///
  /// Not by characters: a quote with a combining accent is another character for `replacing`, and
  /// still a quote for the program that reads it.
  func replacing(scalar: Unicode.Scalar, with text: String) -> String {
    var result = String.UnicodeScalarView()
    for one in unicodeScalars {
      if one == scalar {
        result.append(contentsOf: text.unicodeScalars)
      } else {
        result.append(one)
      }
    }
    return String(result)
  }
}
