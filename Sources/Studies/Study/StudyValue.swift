import Foundation
import InputOutput
import PhysicalUnits
import Reporting

/// What a parameter is at one point: a number in the parameter's unit, or a word.
public enum StudyValue: Hashable, Sendable {
  case number(Double)
  case text(String)

  /// The number, or NaN.
  public var number: Double { if case .number(let value) = self { value } else { .nan } }

  /// The value as a table shows it.
  public var cell: Table.Cell {
    switch self {
    case .number(let value):
      if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return .whole(whole) }
      return .number(value)
    case .text(let text): return .text(text)
    }
  }

  /// The value as a setting's text, with the parameter's unit.
  func setting(unit: String) -> String {
    switch self {
    case .text(let text): return text
    case .number(let value):
      let digits =
        Int(exactly: value).flatMap { $0.magnitude < 1 << 53 ? "\($0)" : nil } ?? "\(value)"
      return unit.isEmpty ? digits : "\(digits) \(unit)"
    }
  }

  /// A number with a unit, read as they stand: "2 uS" is 2 and "uS". `nil` for anything else.
  static func numberAndUnit(_ text: String) -> (value: Double, unit: String)? {
    guard UnitValue(parsing: text) != nil else { return nil }
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    var end = trimmed.endIndex
    while end > trimmed.startIndex {
      if let value = Double(trimmed[..<end].trimmingCharacters(in: .whitespaces)) {
        return (value, trimmed[end...].trimmingCharacters(in: .whitespaces))
      }
      end = trimmed.index(before: end)
    }
    return nil
  }
}

/// One thing that a study varies.
public struct StudyParameter: Sendable {
  /// Its name in the study, which is its column in the results.
  public var name: String
  /// The job's keys that it sets; none where only formulas use it.
  public var keys: [String]
  /// The unit of its numbers, empty for plain ones and for words.
  public var unit: String
  /// What figures call it.
  public var label: String
  /// Whether figures count it in factors.
  public var isLogarithmic: Bool
  /// The values of a list, or of a range with a count.
  public var levels: [StudyValue]
  /// The ends of a range, for designs that sample it.
  public var range: ClosedRange<Double>?
  /// Whether samples of the range are rounded to whole numbers.
  public var isWhole: Bool

  /// Whether all values are numbers.
  public var isNumeric: Bool {
    range != nil || levels.allSatisfy { if case .number = $0 { true } else { false } }
  }

  /// The label with the unit.
  public var axisLabel: String {
    shownUnit.isEmpty ? label : "\(label) (\(shownUnit))"
  }

  /// What it covers and what it sets, in one line.
  public var summary: String {
    var text = "\(name): "
    if let range {
      text +=
        "\(StudyValue.number(range.lowerBound).cell.shown) … "
        + "\(StudyValue.number(range.upperBound).cell.shown)"
    } else {
      let shown = levels.map(\.cell.shown)
      text +=
        shown.count <= 8
        ? shown.joined(separator: ", ")
        : "\(shown.count) values, \(shown[0]) … \(shown[shown.count - 1])"
    }
    if !unit.isEmpty { text += " \(unit)" }
    return keys == [name]
      ? text : "\(text)  (\(keys.isEmpty ? "formulas" : keys.joined(separator: ", ")))"
  }

  /// The unit as figures print it: "µS" for "uS".
  var shownUnit: String { TypesetUnit.typeset(unit) }

  /// The value at place `u` in (0, 1) of what the parameter covers.
  func value(at u: Double) -> StudyValue {
    guard let range else { return levels[min(levels.count - 1, Int(u * Double(levels.count)))] }
    let low = range.lowerBound
    let high = range.upperBound
    if isWhole {
      return .number(min(high, (low + (u * (high - low + 1)).rounded(.down))))
    }
    return .number(isLogarithmic ? low * pow(high / low, u) : low + u * (high - low))
  }
}

/// A setting that a formula of the parameters gives.
public struct DerivedParameter: Sendable {
  /// Its name, which formulas below it may use, and its column in the results.
  public var name: String
  /// The job's keys that it sets.
  public var keys: [String]
  /// The unit of the formula's value.
  public var unit: String
  /// The formula.
  public var expression: Formula
}
