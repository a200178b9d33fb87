/// A number and its unit as they stand in a text: `50 uS` is 50e-6 and `S`.
public struct UnitValue: Hashable, Sendable {
  /// The value in the SI unit.
  public var value: Double
  /// The SI unit without its prefix, empty for a plain number: "S", "V", "m^2", "V/s".
  public var unit: String

  /// Reads "50 uS", "0.2V", "1e-9 s", "25 %", "1h", "300 K", "2.5".
  ///
  /// A prefix stands only before a unit that is known; `u` and `µ` are micro. Minutes, hours, days
  /// and years become seconds, degrees Celsius ("C" with a leading `deg`) kelvins, `%` a fraction.
  /// - Returns: `nil` where the text is not a finite number with a unit that is known.
  public init?(parsing text: some StringProtocol) {
    let trimmed = String(text).trimmingSpaces()
    let numberEnd = Self.endOfNumber(in: trimmed)
    guard let number = Double(trimmed[..<numberEnd]), number.isFinite else { return nil }
    let unitText = String(trimmed[numberEnd...]).trimmingSpaces()
    if unitText.isEmpty {
      self.init(value: number, unit: "")
      return
    }
    guard let (factor, unit, offset) = Self.unit(unitText) else { return nil }
    // Division by the inverse power of ten is the correctly rounded form: "50 uS" is 50e-6.
    let scaled = factor < 1 ? number / (1 / factor).rounded() : number * factor
    let value = scaled + offset
    guard value.isFinite else { return nil }
    self.init(value: value, unit: unit)
  }

  /// A value in an SI unit.
  public init(value: Double, unit: String) {
    self.value = value
    self.unit = unit
  }

  /// The SI units that take a prefix.
  static let prefixable: [String: String] = [
    "S": "S", "Ohm": "Ohm", "ohm": "Ohm", "Ω": "Ohm", "V": "V", "A": "A", "s": "s", "J": "J",
    "F": "F", "K": "K", "W": "W", "Hz": "Hz", "m": "m", "eV": "eV", "C": "C", "T": "T", "m2": "m2",
    "H": "H", "N": "N", "Pa": "Pa", "g": "g", "bit": "bit",
  ]

  /// Units that take none, with the factor to SI and the offset.
  static let fixed: [String: (Double, String, Double)] = [
    "%": (0.01, "", 0), "min": (60, "s", 0), "h": (3600, "s", 0), "d": (86400, "s", 0),
    "day": (86400, "s", 0), "days": (86400, "s", 0), "year": (31_557_600, "s", 0),
    "years": (31_557_600, "s", 0), "y": (31_557_600, "s", 0), "degC": (1, "K", 273.15),
    "°C": (1, "K", 273.15), "um2": (1e-12, "m2", 0), "mm2": (1e-6, "m2", 0),
    "nm2": (1e-18, "m2", 0), "cm2": (1e-4, "m2", 0), "rad": (1, "rad", 0), "LSB": (1, "LSB", 0),
  ]

  static let prefixes: [(String, Double)] = [
    ("f", 1e-15), ("p", 1e-12), ("n", 1e-9), ("u", 1e-6), ("µ", 1e-6), ("μ", 1e-6), ("m", 1e-3),
    ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("a", 1e-18), ("c", 1e-2),
  ]

  private static func unit(_ text: String) -> (Double, String, Double)? {
    if let known = fixed[text] { return known }
    if let base = prefixable[text] { return (1, base, 0) }
    for (prefix, factor) in prefixes where text.hasPrefix(prefix) {
      if let base = prefixable[String(text.dropFirst(prefix.count))] { return (factor, base, 0) }
    }
    // Products and quotients of known units: "V/s", "m2/V/s", "A/V^2", "1/V".
    guard text.contains("/") || text.contains("*") || text.contains("^") else { return nil }
    return compound(text)
  }

  private static func compound(_ text: String) -> (Double, String, Double)? {
    var factor = 1.0
    var names: [(String, Int)] = []
    var divide = false
    var part = ""
    func flush(_ part: String, _ divide: Bool) -> Bool {
      if part == "1" && names.isEmpty { return true }
      let pieces = part.split(separator: "^", omittingEmptySubsequences: false)
      guard pieces.count <= 2, let first = pieces.first else { return false }
      guard let power = pieces.count == 2 ? Int(pieces[1]) : 1, (-9...9).contains(power) else {
        return false
      }
      let name = String(first)
      guard !name.contains("/"), !name.contains("*"), fixed[name]?.2 ?? 0 == 0,
        let (scale, unit, _) = unit(name)
      else { return false }
      let exponent = divide ? -power : power
      for _ in 0..<abs(exponent) { factor = exponent > 0 ? factor * scale : factor / scale }
      if let k = names.firstIndex(where: { $0.0 == unit }) {
        names[k].1 += exponent
      } else {
        names.append((unit, exponent))
      }
      return true
    }
    for character in text {
      if character == "/" || character == "*" {
        guard flush(part, divide) else { return nil }
        part = ""
        divide = character == "/"
      } else if character != " " {
        part.append(character)
      }
    }
    guard flush(part, divide) else { return nil }
    return (factor, Self.canonical(names), 0)
  }

  /// One spelling a unit: powers in order of appearance, "V^2*s^-1" printed as "V^2/s".
  private static func canonical(_ names: [(String, Int)]) -> String {
    func power(_ name: String, _ n: Int) -> String { n == 1 ? name : "\(name)^\(n)" }
    let above = names.filter { $0.1 > 0 }.sorted { $0.0 < $1.0 }.map { power($0.0, $0.1) }
    let below = names.filter { $0.1 < 0 }.sorted { $0.0 < $1.0 }.map { power($0.0, -$0.1) }
    if below.isEmpty { return above.joined(separator: "*") }
    return (above.isEmpty ? "1" : above.joined(separator: "*")) + "/" + below.joined(separator: "/")
  }

  /// The canonical spelling of a unit written by hand, to compare two units: "1/V", "m2/V/s".
  public static func canonicalUnit(_ text: String) -> String? {
    text.isEmpty ? "" : unit(text)?.1
  }

  private static func endOfNumber(in text: String) -> String.Index {
    var index = text.startIndex
    var seenDigit = false
    while index < text.endIndex {
      let c = text[index]
      if c.isASCII, c.isNumber || c == "." {
        seenDigit = seenDigit || c.isNumber
      } else if c == "-" || c == "+" {
        guard index == text.startIndex else { break }
      } else if c == "e" || c == "E", seenDigit {
        let next = text.index(after: index)
        guard next < text.endIndex else { break }
        let after = text[next]
        let signed = after == "-" || after == "+"
        let digit = signed ? text.index(after: next) : next
        guard digit < text.endIndex, text[digit].isASCII, text[digit].isNumber else { break }
        index = digit
      } else {
        break
      }
      index = text.index(after: index)
    }
    return index
  }
}

extension String {
  fileprivate func trimmingSpaces() -> String {
    var view = self[...]
    while let first = view.first, first.isWhitespace { view.removeFirst() }
    while let last = view.last, last.isWhitespace { view.removeLast() }
    return String(view)
  }
}
