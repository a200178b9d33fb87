import InputOutput
import PhysicalUnits

extension DynamicsSection {
  /// This section with the parameters in `settings` replaced; each value carries its unit.
  /// - Throws: `InputErrors` with every key that is unknown and every value that is wrong.
  public func setting(
    _ settings: [String: String], source: String
  ) throws(InputErrors) -> DynamicsSection {
    let known = DynamicLaws.named(law)?.parameters ?? []
    var changed = parameters
    var faults: [InputError] = []
    for (key, text) in settings.sorted(by: { $0.key < $1.key }) {
      guard let p = known.first(where: { $0.key == key }) else {
        faults.append(
          InputError(source, unknownName("parameter", key, known: known.map(\.key))))
        continue
      }
      guard let value = UnitValue(parsing: text),
        value.unit == UnitValue.canonicalUnit(p.unit) ?? p.unit
      else {
        let unit = p.unit.isEmpty ? "a plain number" : "a number in \(p.unit)"
        faults.append(InputError(source, at: key, "'\(text)' is not \(unit)"))
        continue
      }
      guard p.range.contains(value.value) else {
        faults.append(
          InputError(
            source, at: key,
            "\(text) is outside \(p.range.lowerBound)…\(p.range.upperBound) \(p.unit)"))
        continue
      }
      changed.numbers[key] = value.value
    }
    guard faults.isEmpty else { throw InputErrors(faults) }
    return DynamicsSection(law: law, parameters: changed, spread: spread, checkPoints: [])
  }
}
