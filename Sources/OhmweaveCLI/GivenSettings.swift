import ArgumentParser
import InputOutput
import Reporting

extension ParsableArguments {
  /// One setting per option that was given: the option `adcBits` becomes the key `adc-bits`.
  ///
  /// Such an option is declared as `@Option var adcBits: String?`, without a custom name, so that
  /// the option and the key of a run file have the same name.
  var givenSettings: [Setting] {
    Mirror(reflecting: self).children.compactMap { child in
      guard let label = child.label, let option = child.value as? Option<String?>,
        let text = option.wrappedValue
      else { return nil }
      return Setting(option: Self.hyphenated(label), text)
    }
  }

  /// Converts `_adcBits`, the label of a property wrapper, to `adc-bits`.
  private static func hyphenated(_ label: String) -> String {
    var key = ""
    for character in label where character != "_" {
      if character.isUppercase { key += "-" }
      key += character.lowercased()
    }
    return key
  }
}

extension Setting {
  /// The settings of `--set KEY=VALUE`, which replace values of the file of `section`.
  ///
  /// - Throws: `InputError` where a text has no key or no equals sign.
  static func replacing(_ section: String, _ texts: [String]) throws -> [Setting] {
    try texts.map { text in
      guard let mark = text.firstIndex(of: "="), mark != text.startIndex else {
        throw InputError("--set", "'\(text)' is not of the form parameter=value")
      }
      return Setting(
        key: "\(section).\(text[..<mark])", text: String(text[text.index(after: mark)...]),
        source: "--set")
    }
  }
}
