import Foundation
import InputOutput
import Reporting
import StrictYAML

/// A published, derived or recalled result, the study that replays it, and the numbers that are compared.
///
/// See docs/verify.md for the file.
public struct Claim: Sendable {
  /// Its file's name without ending.
  public var name: String
  public var title: String
  /// What a reader must know of it; empty for nothing.
  public var notes: String
  /// Whether it takes seconds, so that `--quick` runs it.
  public var isQuick: Bool
  /// Data sets that must be on this machine.
  public var data: [String]
  /// Programs that must be on this machine.
  public var programs: [String]
  /// What is run.
  public var plan: Plan
  public var checks: [ClaimCheck]

  /// Reads the claim at `path`; its settings are checked when it is run, because they may need data.
  ///
  /// - Parameters:
  ///   - seed: replaces the seed of the study.
  ///   - jobs: the jobs that it may name.
  /// - Throws: `InputErrors` with every fault of the file; `InputError` where the study is too large.
  public init(path: String, seed: UInt64? = nil, jobs: [any StudyJob.Type]) throws {
    let file = try StrictFile(path: path)
    let root = file.root
    name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    title = root.text("claim")
    notes = root.text("notes", default: "")
    isQuick = root.flag("quick", default: false)
    let needs = root.mapping("needs", required: false)
    data = needs.child("data").elements().compactMap { $0.text() }
    programs = needs.child("programs").elements().compactMap { $0.text() }
    let study = try Self.study(
      root.mapping("replays"), title: title, path: path, seed: seed, jobs: jobs)
    // The checks name parameters: without a study their faults would follow from its own.
    try file.throwFaults()
    let plan = try Plan(study)
    self.plan = plan
    let common = ClaimSource(reading: root.mapping("source", required: false))
    let list = root.child("checks")
    checks = list.elements().compactMap { ClaimCheck(reading: $0, plan: plan, source: common) }
    if list.elements().isEmpty { list.fault("at least one check is expected") }
    try file.finish()
  }

  /// The study under `replays`: `study: FILE`, or the keys of a study file but its title.
  private static func study(
    _ node: StrictNode, title: String, path: String, seed: UInt64?, jobs: [any StudyJob.Type]
  ) throws -> Study {
    if let file = node.child("study").text() {
      return try Study(path: file, seed: seed, jobs: jobs)
    }
    return Study(
      reading: node, title: title, text: "study: \(YAMLText.scalar(title))\n" + node.yaml,
      path: path, seed: seed, jobs: jobs)
  }
}

/// The claims in a folder, one YAML file each.
public enum ClaimFolder {
  /// The paths of the claims called `names`, each the name of one in `folder` or the path of a file; of all
  /// claims in `folder`, in the order of their names, where `names` is empty.
  ///
  /// - Throws: `InputError` for a name that is neither, with the nearest one.
  public static func paths(_ names: [String], in folder: String) throws(InputError) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let known = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    if names.isEmpty {
      guard !known.isEmpty else { throw InputError(folder, "holds no claims") }
      return known.map { "\(folder)/\($0).yaml" }
    }
    var paths: [String] = []
    for name in names {
      if known.contains(name) {
        paths.append("\(folder)/\(name).yaml")
      } else if name.hasSuffix(".yaml") || name.contains("/") {
        paths.append(name)
      } else {
        throw InputError("verify", unknownName("claim", name, known: known))
      }
    }
    return paths
  }
}
