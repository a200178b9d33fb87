import Foundation

/// `value` with an engineering prefix and four significant digits: `engineering(5e-5, unit: "S")`
/// is "50 uS".
public func engineering(_ value: Double, unit: String, digits: Int = 4) -> String {
  guard value != 0, value.isFinite else { return "\(value == 0 ? "0" : "\(value)") \(unit)" }
  let steps: [(Double, String)] = [
    (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "u"),
    (1e-9, "n"), (1e-12, "p"), (1e-15, "f"), (1e-18, "a"),
  ]
  let size = abs(value) * (1 + 1e-12)
  let (factor, prefix) = steps.first { size >= $0.0 } ?? steps.last!
  return "\(significant(value / factor, digits: digits)) \(prefix)\(unit)"
}

/// `value` with at most `digits` significant digits and no trailing zeros; zero has no sign.
public func significant(_ value: Double, digits: Int = 4) -> String {
  value == 0 ? "0" : String(format: "%.\(digits)g", value)
}
