import InputOutput
import Reporting

/// Reads what a condition compares with, as its column has it: a comparison that could never hold, or always
/// would, is an error.
struct ConditionValue {
  let plan: Plan
  let metrics: [(name: String, unit: String)]

  /// The value of the condition "`name` `sign` `text`".
  ///
  /// - Throws: `InputError` where the name is unknown, a number is compared with what is none, or words are
  ///   ordered.
  func value(_ name: String, _ sign: String, _ text: String) throws(InputError) -> StudyValue {
    let orders = sign != "=" && sign != "!="
    if let parameter = plan.study.parameters.first(where: { $0.name == name }),
      !parameter.isNumeric
    {
      let words = words(of: name)
      let hasNumbers = words.count < parameter.levels.count
      if hasNumbers, let number = Self.number(text, unit: parameter.unit) { return .number(number) }
      if orders {
        throw InputError(
          "--where",
          hasNumbers
            ? "'\(name)' \(sign) needs a number, not '\(text)'; words are compared by = and != alone"
            : "'\(name)' has words as values, which are compared by = and != alone, not by \(sign)")
      }
      return .text(try Self.word(text, of: name, words))
    }
    if name == "status" {
      guard !orders else {
        throw InputError("--where", "'status' is compared by = and != alone, not by \(sign)")
      }
      return .text(try Self.word(text, of: name, ["done", "failed"]))
    }
    let unit: String
    if let column = plan.columns.first(where: { $0.name == name }) {
      unit = column.unit
    } else if let metric = metrics.first(where: { $0.name == name }) {
      unit = metric.unit
    } else if ["row", "point", "repeat"].contains(name) {
      unit = ""
    } else {
      throw InputError(
        "--where",
        unknownName(
          "name", name,
          known: plan.columns.map(\.name) + ["row", "point", "repeat", "status"]
            + metrics.map(\.name)))
    }
    guard let number = Self.number(text, unit: unit) else {
      let expected = unit.isEmpty ? "a number" : "a number in \(unit)"
      throw InputError("--where", "'\(name)' is compared with \(expected), not with '\(text)'")
    }
    return .number(number)
  }

  /// The words among the values of the parameter `name`.
  func words(of name: String) -> [String] {
    let levels = plan.study.parameters.first { $0.name == name }?.levels ?? []
    return levels.compactMap { level -> String? in
      if case .text(let word) = level { word } else { nil }
    }
  }

  /// A plain number, one with the column's own unit, or a percentage of a column without unit.
  private static func number(_ text: String, unit: String) -> Double? {
    if let number = Double(text) { return number.isNaN ? nil : number }
    if text.hasSuffix("%") {
      guard let number = Double(text.dropLast().filter { $0 != " " }) else { return nil }
      return unit == "%" ? number : unit.isEmpty ? number / 100 : nil
    }
    guard let (number, given) = StudyValue.numberAndUnit(text), given == unit else { return nil }
    return number
  }

  private static func word(
    _ text: String, of name: String, _ words: [String]
  ) throws(InputError) -> String {
    guard words.contains(text) else {
      throw InputError("--where", unknownName("value of '\(name)':", text, known: words))
    }
    return text
  }
}
