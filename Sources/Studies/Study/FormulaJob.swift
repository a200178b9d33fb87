import InputOutput
import Randomness
import Reporting

/// A job whose metrics are formulas of its settings: for trying a design before the real job runs,
/// and for results with a closed form.
///
/// A key that begins with `metric.` names a metric and holds its formula; every other key is a number
/// that the formulas may use. `normal` and `uniform` are random numbers, drawn anew for each of
/// `draws` evaluations, whose mean is the metric.
public struct FormulaJob: StudyJob {
  public static let name = "formula"

  private let seed: UInt64
  private let draws: Int
  private let values: [String: Double]
  private let formulas: [(name: String, expression: Formula)]

  public init(_ settings: [Setting]) throws {
    let reader = SettingsReader(settings)
    seed = reader.seed()
    draws = reader.integer("draws", in: 1...100_000_000, default: 1)
    var values: [String: Double] = [:]
    var texts: [(key: String, text: String)] = []
    for key in reader.keys where key != "seed" && key != "draws" {
      if key.hasPrefix("metric.") {
        texts.append((key, reader.text(key)))
      } else {
        let text = reader.text(key)
        if let value = Double(text) {
          values[key] = value
        } else {
          reader.fault(key, "'\(text)' is not a number")
          values[key] = .nan  // Formulas may name it: one fault is enough.
        }
      }
    }
    var formulas: [(name: String, expression: Formula)] = []
    // A key whose value is at fault is a name all the same.
    let names = reader.keys + ["normal", "uniform"]
    for (key, text) in texts {
      do throws(RunError) {
        formulas.append((String(key.dropFirst(7)), try Formula(text, names: names)))
      } catch {
        reader.fault(key, error.message)
      }
    }
    if texts.isEmpty { reader.fault("metric.", "a formula is needed, such as metric.y: 2 * x") }
    try reader.finish()
    self.values = values
    self.formulas = formulas
  }

  public var inputFiles: [String] { [] }

  /// - Throws: `RunError` where a formula has no finite value.
  public func metrics(_: SetupCache) throws -> [Metric] {
    let root = StreamKey(seed: seed).child("formula")
    var sums = [Double](repeating: 0, count: formulas.count)
    let block = min(draws, 4096)
    for first in stride(from: 0, to: draws, by: block) {
      let count = min(block, draws - first)
      let normal = Noise.normal(count, root.child("normal"), from: first)
      let uniform = Noise.uniform(count, root.child("uniform"), from: first)
      for k in 0..<count {
        for (j, formula) in formulas.enumerated() {
          sums[j] += formula.expression.value { name in
            switch name {
            case "normal": Double(normal[k])
            case "uniform": Double(uniform[k])
            default: values[name]!
            }
          }
        }
      }
    }
    return try zip(formulas, sums).map { formula, sum in
      let value = sum / Double(draws)
      guard value.isFinite else {
        throw RunError("the formula '\(formula.expression.text)' has no finite value here")
      }
      return Metric(formula.name, value)
    }
  }
}
