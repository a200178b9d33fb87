import ArrayFiles
import Foundation
import InputOutput
import NetworkJobs
import Randomness
import Reporting
import StrictYAML
import Testing

/// Run files of the rule `contrastive`: pairs of classes by name and by number, held-out pairs, and what is refused.
@Suite struct ContrastiveJobTests {
  /// A folder with two sets of six classes, one of them with names, and a run file that pairs them.
  private static func folder() throws -> String {
    let folder = try TrainResumeTests.folder()
    let (count, classes) = (120, 6)
    let prototypes = Noise.normal(classes * 3, StreamKey(seed: 1))
    func set(_ width: Int, _ seed: UInt64) -> (x: [Float], labels: [Int]) {
      let view = Noise.normal(3 * width, StreamKey(seed: seed))
      let noise = Noise.normal(count * width, StreamKey(seed: seed + 1))
      let labels = (0..<count).map { $0 % classes }
      let x = (0..<count * width).map { k in
        (0..<3).reduce(0.1 * noise[k]) {
          $0 + prototypes[labels[k / width] * 3 + $1] * view[$1 * width + k % width]
        }
      }
      return (x, labels)
    }
    let first = set(8, 20)
    try AtomicFile.write(
      try NPZ.bytes([
        ("x", NumericArray(shape: [count, 8], floats: first.x)),
        ("y", NumericArray(shape: [count], integers: first.labels.map(Int64.init))),
      ]), to: "\(folder)/first.npz")
    let second = set(5, 30)
    let names = ["ant", "bee", "cat", "dog", "eel", "fox"]
    let rows = (0..<count).map { row in
      second.x[row * 5..<row * 5 + 5].map { "\($0)" }.joined(separator: ",")
        + ",\(names[second.labels[row]])\n"
    }
    try AtomicFile.write("a,b,c,d,e,label\n" + rows.joined(), to: "\(folder)/second.csv")
    try AtomicFile.write(
      """
      job: train
      rule: contrastive
      data: {name: \(folder)/first.npz}
      network: {layers: [{type: dense, outputs: 4}]}
      partner:
        data: {name: \(folder)/second.csv}
        pairs: [[0, ant], [1, bee], [2, cat], [3, 3], [4, eel], [5, fox]]
        held-out-pairs: [1, 4]
        network: {layers: [{type: dense, outputs: 4}]}
      optimizer: {name: adam, rate: 0.02}
      epochs: 20
      batch: 16
      """, to: "\(folder)/run.yaml")
    return folder
  }

  private static func run(_ folder: String, _ settings: [String: String] = [:]) throws
    -> TrainOutcome
  {
    let overrides = settings.sorted { $0.key < $1.key }.map {
      StrictOverride(path: $0.key.split(separator: ".").map(String.init), text: $0.value)
    }
    return try TrainJob(runFile: "\(folder)/run.yaml", overrides: overrides)
      .run(RunContext(output: "\(folder)/run", overwrites: true), resumes: false)
  }

  @Test("classes are named or numbered, and the run file that a run leaves repeats it")
  func runs() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let figures = try Self.run(folder).figures
    let found = Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.value) })
    #expect(found["chance, trained pairs"] == 25)
    #expect(found["chance, held-out pairs"] == 50)
    #expect(try #require(found["accuracy to partner, trained pairs"]) > 60)
    #expect(try #require(found["accuracy to partner, held-out pairs"]) > 60)
    let again = try TrainJob(runFile: "\(folder)/run/run.yaml", overrides: [])
      .run(RunContext(output: "\(folder)/again"), resumes: false)
    #expect(again.figures == figures)
  }

  @Test(
    "faults name the place and what is allowed",
    arguments: [
      ("partner.pairs", "[[0, ant], [1, bea]]", "did you mean 'bee'"),
      ("partner.pairs", "[[0, ant], [0, bee], [2, cat]]", "the class '0' is in two pairs"),
      ("partner.pairs", "[[0, ant], [1, bee], [2]]", "a class of 'data' and one of 'partner'"),
      ("partner.held-out-pairs", "[7]", "unknown class '7'"),
      ("partner.held-out-pairs", "1", "of a single held-out pair nothing can be told"),
      ("partner.held-out-pairs", "5", "training takes at least 2"),
      ("partner.network.layers", "[{type: dense, outputs: 3}]", "embeddings of 3 numbers"),
      (
        "partner.network.layers", "[{type: dense, outputs: 4, random: {gain: 1}}]",
        "no layer learns"
      ),
      ("partner.data.name", "nowhere.csv", "no such file"),
      ("partner.pair", "[]", "did you mean 'pairs'"),
      ("rule.temperature", "0", "0.01"),
      ("loss", "cross-entropy", "loss"),
    ])
  func refuses(key: String, value: String, reason: String) throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings =
      key.hasPrefix("rule.") ? ["rule": "{name: contrastive, temperature: 0}"] : [key: value]
    do {
      _ = try Self.run(folder, settings)
      Issue.record("\(key)=\(value) was accepted")
    } catch {
      #expect("\(error)".contains(reason), "\(error)")
    }
  }

  @Test("a partner is refused by other rules, and missing for this one")
  func partnerBelongs() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let other = try #require(throws: InputErrors.self) {
      _ = try Self.run(
        folder, ["rule": "backpropagation", "network.layers": "[{type: dense, outputs: 6}]"])
    }
    #expect(other.description.contains("partner"))
    try AtomicFile.write(
      """
      job: train
      rule: contrastive
      data: {name: \(folder)/first.npz}
      network: {layers: [{type: dense, outputs: 4}]}
      epochs: 1
      """, to: "\(folder)/run.yaml")
    let missing = try #require(throws: InputErrors.self) { _ = try Self.run(folder) }
    #expect(missing.description.contains("partner"))
  }
}
