import InputOutput
import PhysicalUnits
import StrictYAML

/// Reads a job's settings strictly and keeps what each key came out as.
///
/// Every key must be asked for, every fault is kept with its place, and `finish()` throws them
/// together. What a key came out as, given or by default, stands in `resolved`, which is what
/// `run.yaml` keeps: a job that reads all its keys here can be run again from it.
///
/// ```swift
/// let reader = SettingsReader(settings)
/// let bits = reader.integer("adc-bits", in: 1...16, default: 8)
/// let device = reader.text("device", default: "hfo2-1t1r")
/// try reader.finish()
/// ```
public final class SettingsReader {
  private var given: [String: Setting] = [:]
  private var order: [String] = []
  private var asked: Set<String> = []
  private var faults: [InputError] = []
  /// Each key that was asked for and has a value, with that value, in the order of asking.
  public private(set) var resolved: [(key: String, text: String)] = []

  /// A reader of `settings`; of two with one key the later one counts.
  public init(_ settings: [Setting]) {
    for setting in settings {
      if given.updateValue(setting, forKey: setting.key) == nil { order.append(setting.key) }
    }
  }

  /// Whether `key` was given.
  public func has(_ key: String) -> Bool { given[key] != nil }

  /// The keys that were given, in the order of giving.
  public var keys: [String] { order }

  /// Records a fault of the value of `key`.
  public func fault(_ key: String, _ problem: String) {
    if let setting = given[key] {
      faults.append(InputError(setting.source, at: setting.place, problem))
    } else {
      faults.append(InputError("--\(key)", problem))
    }
  }

  /// The text under `key`; a fault where it is missing and there is no `fallback`.
  public func text(_ key: String, default fallback: String? = nil) -> String {
    guard let text = optionalText(key, default: fallback) else {
      fault(key, "a value for '\(key)' is needed")
      return ""
    }
    return text
  }

  /// The text under `key`, or `fallback`.
  public func optionalText(_ key: String, default fallback: String? = nil) -> String? {
    asked.insert(key)
    let text = given[key]?.text ?? fallback
    if let text { resolved.append((key, text)) }
    return text
  }

  /// One of `allowed` under `key`.
  public func choice(_ key: String, of allowed: [String], default fallback: String) -> String {
    let text = text(key, default: fallback)
    guard allowed.contains(text) else {
      fault(key, unknownName("value", text, known: allowed))
      return fallback
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
    switch text(key, default: fallback ? "true" : "false") {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    case let other:
      fault(key, "'\(other)' is neither true nor false")
      return fallback
    }
  }

  /// The whole number under `key`.
  public func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
    let text = text(key, default: "\(fallback)")
    guard let value = Int(text) else {
      fault(key, "'\(text)' is not a whole number")
      return fallback
    }
    guard range.contains(value) else {
      fault(key, "\(value) is outside \(range.lowerBound)…\(range.upperBound)")
      return fallback
    }
    return value
  }

  /// The seed of every random number of the job, under `seed`.
  public func seed() -> UInt64 {
    let text = text("seed", default: "1")
    guard let value = UInt64(text) else {
      fault("seed", "'\(text)' is not a whole number from 0 to 2^64 - 1")
      return 1
    }
    return value
  }

  /// The quantity under `key`, in SI units: "1 h" under a key in seconds, "50uS" in siemens, a plain
  /// number where `unit` is empty. `fallback` is written the same way.
  public func quantity(
    _ key: String, unit: String, in range: ClosedRange<Double>, default fallback: String
  ) -> Double {
    let text = text(key, default: fallback)
    let wanted = UnitValue.canonicalUnit(unit) ?? unit
    guard let value = UnitValue(parsing: text) else {
      fault(
        key, "'\(text)' is not a number\(unit.isEmpty ? "" : " with a unit such as '1 \(unit)'")")
      return range.lowerBound
    }
    guard value.unit == wanted || (value.value == 0 && value.unit.isEmpty) else {
      fault(
        key,
        unit.isEmpty
          ? "a plain number is expected, not '\(text)'"
          : value.unit.isEmpty
            ? "'\(text)' has no unit: write '\(text) \(unit)', or with a prefix"
            : "'\(text)' is in \(value.unit), a number in \(unit) is expected")
      return range.lowerBound
    }
    guard range.contains(value.value) else {
      let low = significant(range.lowerBound, digits: 6)
      let high = significant(range.upperBound, digits: 6)
      fault(key, "'\(text)' is outside \(low)…\(high)\(unit.isEmpty ? "" : " \(unit)")")
      return range.lowerBound
    }
    return value.value
  }

  /// The values under "`section`.key.key", which stand in the place of values of a file:
  /// `device.write-error.deviation: 2 uS` changes one number of the device's file.
  public func overrides(_ section: String) -> [StrictOverride] {
    keys.filter { $0.hasPrefix(section + ".") }.map { key in
      StrictOverride(
        path: key.dropFirst(section.count + 1).split(
          separator: ".", omittingEmptySubsequences: false
        ).map(String.init), text: text(key))
    }
  }

  /// Ends the reading: keys that nobody asked for become faults, and all faults are thrown.
  public func finish() throws(InputErrors) {
    for key in order where !asked.contains(key) {
      let setting = given[key]!
      faults.append(
        InputError(
          setting.source, at: setting.place, unknownName("key", key, known: Array(asked))))
    }
    if !faults.isEmpty { throw InputErrors(faults) }
  }
}
