import ArrayFiles
import DeviceModels
import Foundation
import InputOutput
import PhysicalUnits
import Reporting
import StrictYAML

/// Reads the settings of a job on a device: its own keys, and the keys `device.…` that replace values
/// of the device file.
public final class DeviceReader {
  /// The job's own keys.
  let settings: SettingsReader
  private let overrides: [Setting]
  /// Each key and what it came out as, the replaced values included.
  private(set) var resolved: [(key: String, text: String)] = []

  init(_ all: [Setting]) {
    overrides = all.filter { $0.key.hasPrefix("device.") }
    settings = SettingsReader(all.filter { !$0.key.hasPrefix("device.") })
  }

  /// The device under `device`, with the values that were set.
  /// - Throws: `InputErrors`: no such device, a value of no known name, or every fault of the file.
  func device() throws(InputErrors) -> DeviceFile {
    let name = settings.text("device")
    guard !name.isEmpty else {
      try settings.finish()
      throw InputErrors([InputError("device", "a device is needed")])
    }
    let path = try DeviceLibrary.path(of: name)
    let file = try StrictFile(path: path)
    var faults: [InputError] = []
    var replaced: [StrictOverride] = []
    for setting in overrides {
      let key = String(setting.key.dropFirst("device.".count))
      do throws(InputError) {
        let full = try Self.path(of: key, in: file, setting)
        replaced.append(
          StrictOverride(path: full.split(separator: ".").map(String.init), text: setting.text))
        resolved.append(("device.\(full)", setting.text))
      } catch { faults.append(error) }
    }
    guard faults.isEmpty else { throw InputErrors(faults) }
    return try DeviceFile(named: name, overrides: replaced)
  }

  /// Ends the reading; see `SettingsReader.finish()`.
  func finish() throws(InputErrors) {
    try settings.finish()
    var seen: Set<String> = []
    resolved = (settings.resolved + resolved).filter { seen.insert($0.key).inserted }
  }

  /// "radius" becomes "dynamics.parameters.radius" where only one value is called so; names with dots
  /// are taken as they stand where the file has none of the kind.
  private static func path(
    of key: String, in file: StrictFile, _ setting: Setting
  ) throws(InputError) -> String {
    var known = Set(file.valuePaths.filter { !$0.hasSuffix("check-points") })
    func add(_ section: String, _ parameters: [ParameterSpecification]?) {
      for p in parameters ?? [] { known.insert("\(section).parameters.\(p.key)") }
    }
    let root = file.root
    let law = { (section: String) in root.child(section).child("law").text() ?? "" }
    add("dynamics", DynamicLaws.named(law("dynamics"))?.parameters)
    add("pulses", PulseLaws.named(law("pulses"))?.parameters)
    add("switching", SwitchingSection.laws.first { $0.name == law("switching") }?.parameters)
    if known.contains(key) { return key }
    let matching = known.filter { $0.hasSuffix(".\(key)") }.sorted()
    if matching.count == 1 { return matching[0] }
    if matching.count > 1 {
      throw InputError(
        setting.source, at: setting.place,
        "'\(key)' may be any of \(matching.joined(separator: ", ")): write one of them in full")
    }
    let section = key.split(separator: ".").first.map(String.init) ?? key
    if key.contains("."), root.has(section) || ["fluctuations", "extraction"].contains(section) {
      return key
    }
    let short = Set(known.map { String($0.split(separator: ".").last ?? "") })
    throw InputError(
      setting.source, at: setting.place,
      unknownName("parameter", key, known: Array(key.contains(".") ? known : short)))
  }

  /// Several quantities under `key`: "1 V, 1.2 V", or "0.8 V : 1.6 V : 9" for nine of them from the
  /// first to the last, by equal factors where `isLogarithmic`.
  func quantities(
    _ key: String, unit: String, in range: ClosedRange<Double>, isLogarithmic: Bool = false,
    default fallback: String
  ) -> [Double] {
    let text = settings.text(key, default: fallback)
    func value(_ part: Substring) -> Double? {
      let trimmed = part.trimmingCharacters(in: .whitespaces)
      guard let parsed = UnitValue(parsing: trimmed),
        parsed.unit == UnitValue.canonicalUnit(unit) ?? unit
      else {
        settings.fault(
          key, "'\(trimmed)' is not \(unit.isEmpty ? "a plain number" : "a number in \(unit)")")
        return nil
      }
      guard range.contains(parsed.value) else {
        settings.fault(
          key,
          "'\(trimmed)' is outside \(significant(range.lowerBound))…\(significant(range.upperBound))"
        )
        return nil
      }
      return parsed.value
    }
    let span = text.split(separator: ":")
    guard span.count == 3 else {
      let values = text.split(separator: ",").compactMap(value)
      if values.isEmpty { settings.fault(key, "at least one value is needed") }
      return values
    }
    guard let first = value(span[0]), let last = value(span[1]) else { return [] }
    guard let count = Int(span[2].trimmingCharacters(in: .whitespaces)), (2...10_000) ~= count
    else {
      settings.fault(key, "'\(span[2])' is not a whole number from 2 to 10000")
      return []
    }
    if isLogarithmic && first * last <= 0 {
      settings.fault(key, "both ends must be above 0")
      return []
    }
    return (0..<count).map { k in
      let part = Double(k) / Double(count - 1)
      return isLogarithmic
        ? first * pow(last / first, part) : first + part * (last - first)
    }
  }
}

extension SettingsReader {
  /// Values by parameter under `key`: "rate-up=5, attempt-time=1 ns"; empty where nothing is given.
  func parameterValues(_ key: String) -> [String: Double] {
    var values: [String: Double] = [:]
    for part in (optionalText(key) ?? "").split(separator: ",") {
      let sides = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
      guard sides.count == 2, let value = UnitValue(parsing: sides[1]) else {
        fault(key, "'\(part)' is not of the form parameter=number")
        continue
      }
      values[sides[0]] = value.value
    }
    return values
  }
}

/// Columns of a measured CSV file, in SI units.
struct MeasuredColumns {
  /// The columns by the names that were asked for.
  let columns: [String: [Double]]

  /// Reads columns whose heads are "voltage (V)", "current (uA)": the name and a unit with any
  /// prefix, or the name alone for SI units.
  ///
  /// - Parameter optional: columns that may be missing.
  /// - Throws: `InputError` where a column is missing, or its unit is another quantity's.
  init(
    csv path: String, _ wanted: [(name: String, unit: String)],
    optional: [(name: String, unit: String)] = []
  ) throws(InputError) {
    let table = try CSVTable(path: path)
    var columns: [String: [Double]] = [:]
    for (k, (name, unit)) in (wanted + optional).enumerated() {
      guard let place = table.columns.firstIndex(where: { ColumnHead.name(of: $0) == name }) else {
        if k >= wanted.count { continue }
        throw InputError(
          path, unknownName("column", name, known: table.columns.map(ColumnHead.name(of:))))
      }
      let (scale, offset) = try Self.scale(table.columns[place], unit: unit, source: path)
      columns[name] = try table.numbers(column: place).map { $0 * scale + offset }
    }
    self.columns = columns
  }

  /// How a number x in a column with this head becomes one in SI units: factor·x + offset, where
  /// the offset is that of degrees Celsius.
  static func scale(
    _ head: String, unit: String, source: String
  ) throws(InputError) -> (factor: Double, offset: Double) {
    guard let text = ColumnHead.unit(of: head) else { return (1, 0) }
    guard let one = UnitValue(parsing: "1 \(text)"), let zero = UnitValue(parsing: "0 \(text)"),
      one.unit == UnitValue.canonicalUnit(unit) ?? unit
    else {
      throw InputError(
        source,
        "the column '\(head)' is not in \(unit.isEmpty ? "plain numbers" : unit) or a multiple of it"
      )
    }
    // 1 °C − 0 °C is 1 K only up to rounding.
    return zero.value == 0 ? (one.value, 0) : (1, zero.value)
  }
}
