import Foundation
import PhysicalUnits

/// Whether measured columns are in the units that their headers say, judged by what the law of the device
/// gives: a column in microamperes that is read as amperes is a million times too large.
public enum UnitPlausibility {
  /// A sentence where `column` of `file`, read in `unit`, reaches 300 times what is expected, or less than
  /// a 300th of it: it names the column and the likely unit, the one that brings both together.
  ///
  /// - Parameters:
  ///   - largest: the largest magnitude of the column, in SI units.
  ///   - expected: that of the law of the device, in SI units.
  ///   - reference: the other column that `expected` comes from, where it is not the law of the device.
  public static func notices(
    _ column: String, unit: String, of file: String, largest: Double, expected: Double,
    from reference: String? = nil
  ) -> [String] {
    guard largest > 0, expected > 0, largest.isFinite, expected.isFinite else { return [] }
    let decades = log10(largest / expected)
    guard abs(decades) > log10(300) else { return [] }
    // Between units is a factor of 1000, or several of them.
    let thousands = Int((decades / 3).rounded())
    let steps = ["n", "u", "m", "", "k", "M", "G"]
    let reads =
      "\(file): the column '\(column)' reaches \(engineering(largest, unit: unit, digits: 3)), \(reference.map { "the column '\($0)'" } ?? "the law of the device") \(engineering(expected, unit: unit, digits: 3))"
    if reference != nil {
      return ["\(reads): one of them is in another unit than its header says"]
    }
    guard thousands != 0, steps.indices.contains(3 - thousands) else {
      return ["\(reads): check its unit"]
    }
    let likely = "\(steps[3 - thousands])\(unit)"
    return [
      "\(reads): if its numbers are \(significant(pow(1000, Double(abs(thousands))))) times \(thousands > 0 ? "smaller" : "larger"), as in \(likely) where \(unit) is read, name the unit in the header, as in '\(column) (\(likely))'"
    ]
  }
}
