import InputOutput
import PhysicalUnits
internal import Yams

/// A piece of a YAML file, read strictly: every key must be asked for, every fault is kept with its
/// line, and all faults of a file are thrown together.
///
/// ```swift
/// let file = try StrictFile(path: "device-models/hfo2.yaml")
/// let window = file.root.mapping("conductance-window")
/// let low = window.quantity("minimum", unit: "S", in: 0...1)
/// try file.finish()          // throws InputErrors with every fault found so far
/// ```
public struct StrictNode {
  let node: Node?
  let path: String
  let faults: FaultList
  /// The earlier name of a key by its name today; see `renaming`.
  var earlierNames: [String: String] = [:]

  /// The place of this piece: "line 12, drift.exponent".
  public var place: String {
    let line = node?.mark.map { "line \($0.line)" } ?? ""
    if path.isEmpty { return line }
    return line.isEmpty ? path : "\(line), \(path)"
  }

  /// Every finite number.
  public static let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

  /// Whether something stands there.
  public var exists: Bool { node != nil && node?.null == nil }

  /// Whether a sequence stands there.
  public var isList: Bool { node?.sequence != nil }
  /// Whether it is a text or a number.
  public var isText: Bool { node?.scalar != nil }

  /// The keys of a mapping, in the order of the file.
  public var keys: [String] { node?.mapping?.keys.compactMap(\.string) ?? [] }

  /// Records a fault at this place.
  public func fault(_ problem: String) { faults.add(InputError(faults.source, at: place, problem)) }

  /// The piece under `key`, which counts as asked for. It need not exist.
  public func child(_ key: String) -> StrictNode {
    faults.ask(for: key, in: path)
    let next = node?.mapping?[key] ?? nil
    if let earlier = earlierNames[key], let old = renamed(earlier, to: key, isGiven: next != nil) {
      return old
    }
    return StrictNode(
      node: next, path: path.isEmpty ? key : "\(path).\(key)", faults: faults)
  }

  /// Whether `key` stands in this mapping (and counts as asked for).
  public func has(_ key: String) -> Bool { child(key).exists }

  /// Records what stands for the missing `key` where its reader takes no default; see `StrictFile.defaults`.
  public func keepDefault(_ key: String, _ text: String) {
    faults.keepDefault(key, in: path, text)
  }

  /// The text under `key` without asking for it: where another reader will ask, or refuse the key.
  public func unaskedText(_ key: String) -> String? { (node?.mapping?[key] ?? nil)?.scalar?.string }

  /// The elements of a sequence; a fault and no elements where it is something else.
  public func elements() -> [StrictNode] {
    guard let node, exists else { return [] }
    guard let sequence = node.sequence else {
      fault("a list is expected")
      return []
    }
    faults.askWhole(path)
    return sequence.enumerated().map {
      StrictNode(node: $1, path: "\(path)[\($0)]", faults: faults)
    }
  }

  /// The mapping under `key`; a fault where it is missing or something else.
  public func mapping(_ key: String, required: Bool = true) -> StrictNode {
    let next = child(key)
    if !next.exists {
      if required { fault("the key '\(key)' is missing") }
    } else if next.node?.mapping == nil {
      next.fault("a mapping of keys is expected")
    }
    return next
  }

  /// The text of this piece.
  public func text() -> String? {
    guard let node, exists else { return nil }
    guard let scalar = node.scalar else {
      fault("one value is expected")
      return nil
    }
    faults.askWhole(path)
    return scalar.string
  }

  /// The text under `key`: `fallback` where it is missing, a fault where there is no fallback.
  public func text(_ key: String, default fallback: String? = nil) -> String {
    let next = child(key)
    if let text = next.text() { return text }
    if !next.exists && fallback == nil { fault("the key '\(key)' is missing") }
    if let fallback, !next.exists { faults.keepDefault(key, in: path, fallback) }
    return fallback ?? ""
  }

  /// One of `allowed` under `key`; `earlier` gives today's name of a value by the name it had in an earlier version.
  public func choice(
    _ key: String, of allowed: [String], default fallback: String? = nil,
    earlier: [String: String] = [:]
  ) -> String {
    let text = text(key, default: fallback)
    if let today = earlier[text] {
      child(key).noticeEarlierSpelling(today: today)
      return today
    }
    if !allowed.contains(text) && (child(key).exists || fallback != nil) {
      child(key).fault(unknownName("value", text, known: allowed))
      return fallback ?? allowed.first ?? ""
    }
    return text
  }

  /// One of the cases of `type` under `key`, by their raw values.
  public func choice<C: CaseIterable & RawRepresentable<String>>(
    _ key: String, of type: C.Type, default fallback: C
  ) -> C {
    C(rawValue: choice(key, of: C.allCases.map(\.rawValue), default: fallback.rawValue)) ?? fallback
  }

  /// `true` or `false` under `key`.
  public func flag(_ key: String, default fallback: Bool) -> Bool {
    let next = child(key)
    guard let text = next.text() else {
      if !next.exists { faults.keepDefault(key, in: path, fallback ? "true" : "false") }
      return fallback
    }
    switch text {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default:
      next.fault("'\(text)' is neither true nor false")
      return fallback
    }
  }

  /// The whole number under `key`.
  public func integer(
    _ key: String, in range: ClosedRange<Int> = Int.min...Int.max, default fallback: Int? = nil
  ) -> Int {
    let next = child(key)
    let safe = fallback ?? range.lowerBound
    guard let text = next.text() else {
      if !next.exists {
        if let fallback {
          faults.keepDefault(key, in: path, "\(fallback)")
        } else {
          fault("the key '\(key)' is missing")
        }
      }
      return safe
    }
    guard let value = Int(text) else {
      next.fault("'\(text)' is not a whole number")
      return safe
    }
    guard range.contains(value) else {
      next.fault("\(value) is outside \(range.lowerBound)…\(range.upperBound)")
      return safe
    }
    return value
  }

  /// A quantity of this piece: a number with a unit that stands for `unit` ("S", "V/s"), or a plain
  /// number where `unit` is empty. A missing or a wrong unit is a fault.
  public func quantity(
    unit: String,
    in range: ClosedRange<Double> = Self.finite
  ) -> Double? {
    guard let text = text() else { return nil }
    guard let value = UnitValue(parsing: text) else {
      fault(
        "'\(text)' is not a finite number\(unit.isEmpty ? "" : " with a unit such as '1 \(unit)'")")
      return nil
    }
    let wanted = UnitValue.canonicalUnit(unit) ?? unit
    guard value.unit == wanted else {
      if value.unit.isEmpty {
        fault("the unit is missing: write '\(text) \(unit)' or with a prefix")
      } else if unit.isEmpty {
        fault("a plain number is expected, not '\(text)'")
      } else {
        fault("'\(text)' is in \(value.unit), a number in \(unit) is expected")
      }
      return nil
    }
    guard range.contains(value.value) else {
      fault("\(text) is outside \(span(range, unit))")
      return nil
    }
    return value.value
  }

  /// The quantity under `key`; see `quantity(unit:in:)`.
  public func quantity(
    _ key: String, unit: String,
    in range: ClosedRange<Double> = Self.finite,
    default fallback: Double? = nil
  ) -> Double {
    let next = child(key)
    if !next.exists {
      if let fallback {
        faults.keepDefault(key, in: path, unit.isEmpty ? "\(fallback)" : "\(fallback) \(unit)")
      } else {
        fault("the key '\(key)' is missing")
      }
    }
    return next.quantity(unit: unit, in: range) ?? fallback ?? range.lowerBound
  }

  /// The quantity under `key`, or `nil` where the key is missing.
  public func optionalQuantity(
    _ key: String, unit: String,
    in range: ClosedRange<Double> = Self.finite
  ) -> Double? {
    child(key).quantity(unit: unit, in: range)
  }

  /// The plain number under `key`.
  public func number(
    _ key: String,
    in range: ClosedRange<Double> = Self.finite,
    default fallback: Double? = nil
  ) -> Double {
    quantity(key, unit: "", in: range, default: fallback)
  }

  /// The list of quantities under `key`.
  public func quantities(
    _ key: String, unit: String,
    in range: ClosedRange<Double> = Self.finite,
    default fallback: [Double]? = nil
  ) -> [Double] {
    let next = child(key)
    if !next.exists {
      if fallback == nil { fault("the key '\(key)' is missing") }
      return fallback ?? []
    }
    return next.elements().compactMap { $0.quantity(unit: unit, in: range) }
  }

  /// Marks everything below this piece as asked for.
  public func acceptAll() { faults.askBelow(path) }

  private func span(_ range: ClosedRange<Double>, _ unit: String) -> String {
    func show(_ x: Double) -> String {
      if x >= Double.greatestFiniteMagnitude { return "∞" }
      if x <= -Double.greatestFiniteMagnitude { return "-∞" }
      if unit.isEmpty { return significant(x) }
      return unit.contains("/") ? "\(significant(x)) \(unit)" : engineering(x, unit: unit)
    }
    return "\(show(range.lowerBound)) … \(show(range.upperBound))"
  }
}
