import LinearAlgebra
import Reporting
import StrictYAML
import Training

/// The run file of a training run with the value of every key that the run asked for, and its arithmetic.
///
/// Defaults are written into the file only if the file that results is read alike: without a fault, without
/// further defaults, and with the same rule in the same state. Where a section that the file does not have would
/// change the run by standing there, only the sections that are there are filled; where that is not possible
/// either, the file stays as it was given.
struct ResolvedRunFile {
  /// The text.
  let text: String

  /// - Parameters:
  ///   - file: read whole by `rule`, which was made from `setup`.
  init(_ file: TrainingFile, setup: TrainingSetup, rule: any TrainingRule) {
    var values = file.file.defaults
    let root = file.file.root
    if root.child("rule").keys.isEmpty, values.contains(where: { $0.path.first == "rule" }) {
      let name = StrictOverride(path: ["rule", "name"], text: type(of: rule).name)
      values.insert(name, at: 0)
    }
    let own = Set(root.keys)
    let inside = values.filter { $0.path.count == 1 || own.contains($0.path[0]) }
    let mode = StrictOverride(
      path: ["provenance", RunFile.arithmeticKey], text: ArithmeticMode.current.rawValue)
    for candidate in [values, inside] {
      guard let text = file.file.text(adding: candidate + [mode]),
        Self.isReadAlike(text, file, setup, rule)
      else { continue }
      self.text = text
      return
    }
    text = file.file.text(adding: [mode]) ?? file.file.text
  }

  private static func isReadAlike(
    _ text: String, _ file: TrainingFile, _ setup: TrainingSetup, _ rule: any TrainingRule
  ) -> Bool {
    guard let strict = try? StrictFile(text: text, source: file.file.source),
      let again = try? TrainingFile(strict),
      again.epochs == file.epochs, again.batch == file.batch, again.seed == file.seed,
      let other = try? type(of: rule).init(setup.reading(strict.root)),
      (try? strict.finish()) != nil
    else { return false }
    let known = Set(file.file.defaults.map(\.path))
    guard strict.defaults.allSatisfy({ known.contains($0.path) }) else { return false }
    let (mine, found) = (rule.state(), other.state())
    return mine.count == found.count
      && zip(mine, found).allSatisfy { $0.name == $1.name && $0.array == $1.array }
  }
}
