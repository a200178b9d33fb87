import Foundation
import InputOutput
import TestSupport
import Testing

/// A study in a folder of its own, run by the command.
struct SweepFolder {
  let scratch: ScratchFolder
  var study: String { scratch.path + "/study.yaml" }

  init(_ text: String) throws {
    scratch = try ScratchFolder()
    try AtomicFile.write(text, to: scratch.path + "/study.yaml")
  }

  /// 2,000 rows of a cheap job, with one figure; a row of 200 draws takes about half a millisecond.
  static func cheap(draws: Int) -> String {
    """
    study: cheap
    job: formula
    settings:
      draws: \(draws)
      metric.y: a * b + 0.1 * normal
      metric.z: 1 / (b - 3)
    parameters:
      a: {range: {from: 0, to: 1, count: 20}}
      b: {values: [1, 2, 3, 4, 5]}
    repeats: 20
    metrics: {y: {}}
    figures: [{metric: y, x: a}]

    """
  }

  /// 6 rows of a formula, without a figure.
  static let small = """
    study: small
    job: formula
    settings: {metric.y: a + 1}
    parameters: {a: {values: [1, 2, 3]}}
    repeats: 2
    metrics: {y: {}}
    figures: [{metric: y, x: a}]

    """

  func sweep(_ arguments: [String], output: String = "run") throws -> CommandResult {
    try OhmweaveCommand.run(
      ["sweep", study, "--output", "\(scratch.path)/\(output)"] + arguments)
  }

  /// All rows of a run as one text.
  func rows(_ output: String = "run") throws -> String {
    let file = "\(scratch.path)/\(output).csv"
    let result = try OhmweaveCommand.run(
      ["results", "export", "\(scratch.path)/\(output)", "--to", file, "--overwrite"])
    #expect(result.status == 0, "\(result.complaints)")
    return try String(contentsOfFile: file, encoding: .utf8)
  }
}
