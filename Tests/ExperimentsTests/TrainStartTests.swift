import Experiments
import Foundation
import InputOutput
import Networks
import StrictYAML
import Testing

@Suite struct TrainStartTests {
  private func outputs(_ run: String) throws -> [Float] {
    let network = try NetworkDescription(path: "\(run)/network.yaml").network(source: run)
    let data = try DataSet.load(try TrainResumeTests.digits(), split: .test)
    return try network.evaluate(
      data.fitting(inputShape: network.inputShape).samples, engine: DigitalEngine(network)
    ).elements
  }

  @Test("a run begins with the weights of another one, digitally or on a chip")
  func start() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func train(_ rule: Int, _ output: String, _ extra: [String: String]) throws {
      let file = try TrainResumeTests.runFile(TrainResumeTests.rules[rule], in: folder)
      let overrides = extra.sorted { $0.key < $1.key }.map {
        StrictOverride(path: $0.key.split(separator: ".").map(String.init), text: $0.value)
      }
      _ = try TrainJob(runFile: file, overrides: overrides)
        .run(RunContext(output: "\(folder)/\(output)"), resumes: false)
    }
    try train(0, "first", ["epochs": "10"])
    let trained = try outputs("\(folder)/first")
    let still = ["epochs": "1", "start": "\(folder)/first", "optimiser.rate": "1e-12"]
    for rule in [0, 1] {
      try train(rule, "next", still)
      let next = try outputs("\(folder)/next")
      for (a, b) in zip(trained, next) { #expect(abs(a - b) <= 1e-4 * max(1, abs(a))) }
    }
    try train(0, "other", ["epochs": "1", "optimiser.rate": "1e-12"])
    let other = try outputs("\(folder)/other")
    #expect(zip(trained, other).contains { abs($0 - $1) > 1 })
    #expect(throws: InputError.self) {
      try train(0, "next", ["start": "\(folder)/first", "network.hidden": "[13]"])
    }
    #expect(throws: InputError.self) { try train(0, "next", ["start": "\(folder)/nowhere"]) }
  }
}
