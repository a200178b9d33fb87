import ArgumentParser
import Experiments

extension ParsableArguments {
  /// A setting for each option of one text that was given: `adcBits` gives the key `adc-bits`.
  ///
  /// Such an option is declared as `@Option var adcBits: String?`, without a name of its own, so that
  /// the option and the key of a run file are the same words.
  var givenSettings: [Setting] {
    Mirror(reflecting: self).children.compactMap { child in
      guard let label = child.label, let option = child.value as? Option<String?>,
        let text = option.wrappedValue
      else { return nil }
      return Setting(option: Self.hyphenated(label), text)
    }
  }

  /// `_adcBits`, as the wrapper of a property is called, becomes `adc-bits`.
  private static func hyphenated(_ label: String) -> String {
    var key = ""
    for character in label where character != "_" {
      if character.isUppercase { key += "-" }
      key += character.lowercased()
    }
    return key
  }
}
