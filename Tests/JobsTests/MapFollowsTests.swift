import Foundation
import InputOutput
import NetworkJobs
import Reporting
import StrictYAML
import Testing

/// `map` on networks that `train` left.
@Suite struct MapFollowsTests {
  private struct Result: Decodable {
    struct Inner: Decodable {
      struct Chip: Decodable { var value: Double }
      struct Layer: Decodable {
        var ranges: String
        var misfit: String?
      }
      var chips: [Chip]
      var layers: [Layer]
    }
    var result: Inner
  }

  private func train(_ rule: String, epochs: Int, in folder: String) throws -> TrainOutcome {
    let file = try TrainResumeTests.runFile(rule, in: folder)
    return try TrainJob(
      runFile: file, overrides: [StrictOverride(path: ["epochs"], text: "\(epochs)")]
    ).run(RunContext(output: "\(folder)/run"), resumes: false)
  }

  private func map(_ folder: String, _ options: [String: String]) throws -> (Result.Inner, String) {
    var all = [
      "model": "\(folder)/run/network.yaml", "data": try TrainResumeTests.digits(), "chips": "4",
    ]
    all.merge(options) { $1 }
    let settings = all.sorted { $0.key < $1.key }.map { Setting(option: $0.key, $0.value) }
    let outcome = try MapJob(settings).run(RunContext(output: "\(folder)/map", overwrites: true))
    let json = try outcome.json()
    return (try JSONDecoder().decode(Result.self, from: Data(json.utf8)).result, outcome.text)
  }

  private func mean(_ result: Result.Inner) -> Double {
    result.chips.reduce(0) { $0 + $1.value } / Double(result.chips.count)
  }

  @Test("the ranges of a run reach the chips, and other converters are told")
  func ranges() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try train(
      """
      rule: {name: hardware-aware, chips: 0}
      network: {hidden: [24]}
      device: hfo2-1t1r
      converters: {dac-bits: 8, adc-bits: 4}
      optimizer: {name: sgd, rate: 0.1, momentum: 0.9}
      """, epochs: 15, in: folder)
    let (followed, text) = try map(folder, ["adc-bits": "4"])
    #expect(followed.layers.map(\.ranges) == ["trained", "trained"])
    #expect(text.contains("converters' ranges of training: layer1, layer2\n"))
    let (own, _) = try map(folder, ["adc-bits": "4", "ranges": "own"])
    #expect(
      own.layers.map(\.ranges) == ["own", "own"] && own.layers.allSatisfy { $0.misfit == nil })
    #expect(mean(followed) > 0.93 && mean(followed) > mean(own))
    let (other, told) = try map(folder, [:])
    #expect(other.layers.map(\.ranges) == ["own", "own"])
    #expect(
      told.contains(
        "layer2 has converters' ranges of its own: trained with 4-bit output converters, mapped with "
          + "8-bit output converters\n"))
  }

  @Test("statistics of each chip make good what wires take from a network")
  func statistics() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try train(
      """
      rule: backpropagation
      network:
        layers:
          - {type: dense, outputs: 24}
          - {type: batch-normalization, activation: relu}
          - {type: dense, outputs: 10}
          - {type: batch-normalization}
      optimizer: {name: sgd, rate: 0.1, momentum: 0.9}
      """, epochs: 10, in: folder)
    var accuracies: [String: Double] = [:]
    for choice in ["folded", "kept", "re-estimated"] {
      let (result, _) = try map(folder, ["batch-norm": choice, "wires": "60 Ohm", "chips": "2"])
      accuracies[choice] = mean(result)
    }
    let (plain, _) = try map(folder, ["chips": "2"])
    #expect(accuracies["re-estimated"]! > mean(plain) - 0.03, "\(accuracies)")
    #expect(accuracies["folded"]! < mean(plain) - 0.08, "\(accuracies)")
    #expect(accuracies["kept"]! < mean(plain) - 0.08, "\(accuracies)")
  }
}
