/// Units as a figure prints them: "uS" is "µS", "1/m^3" is "m⁻³".
public enum TypesetUnit {
  /// `unit` with Greek prefixes, raised powers and no fraction that begins with 1.
  ///
  /// Text that is no unit is given back as it is.
  public static func typeset(_ unit: String) -> String {
    guard unit.hasPrefix("1/") else {
      return unit.split(separator: "/", omittingEmptySubsequences: false).map(product)
        .joined(separator: "/")
    }
    return unit.dropFirst(2).split(separator: "/").flatMap { $0.split(separator: "*") }
      .map { factor in
        let (name, power) = parts(String(factor))
        return name + raised(-power)
      }.joined(separator: " ")
  }

  /// `value` in `unit` with the prefix that suits it: "32 µs", "150 mV".
  public static func quantity(_ value: Double, _ unit: String, digits: Int = 3) -> String {
    let text = engineering(value, unit: unit, digits: digits)
    guard let gap = text.lastIndex(of: " ") else { return text }
    return number(String(text[..<gap])) + " " + typeset(String(text[text.index(after: gap)...]))
  }

  /// A number with a minus sign in the place of the hyphen.
  public static func number(_ text: String) -> String {
    text.replacing("-", with: "−")
  }

  /// `number` as an exponent: "⁻³"; nothing for 1.
  public static func raised(_ number: Int) -> String {
    guard number != 1 else { return "" }
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (number < 0 ? "⁻" : "")
      + String("\(number.magnitude)".compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }

  private static func product(_ text: Substring) -> String {
    text.split(separator: "*", omittingEmptySubsequences: false).map { factor in
      let (name, power) = parts(String(factor))
      return name + raised(power)
    }.joined(separator: " ")
  }

  /// The name of one factor and its power: "m^3", "m2", "uS".
  private static func parts(_ text: String) -> (name: String, power: Int) {
    var name = text
    var power = 1
    if let mark = text.firstIndex(of: "^"), let own = Int(text[text.index(after: mark)...]) {
      name = String(text[..<mark])
      power = own
    } else if text.hasSuffix("m2") {
      name = String(text.dropLast())
      power = 2
    }
    let plain = micro(name).replacing("Ohm", with: "Ω").replacing("ohm", with: "Ω")
    return (plain, power)
  }

  /// "uS" as "µS": a leading u before a unit that takes prefixes.
  private static func micro(_ name: String) -> String {
    guard name.hasPrefix("u"), name.count > 1,
      UnitValue.prefixable[String(name.dropFirst())] != nil
    else { return name }
    return "µ" + name.dropFirst()
  }
}
