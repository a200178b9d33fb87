import Foundation
import InputOutput
import NetworkJobs
import Networks
import Reporting
import StrictYAML
import Testing
import Training

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
        .run(RunContext(output: "\(folder)/\(output)", overwrites: true), resumes: false)
    }
    try train(0, "first", ["epochs": "10"])
    let trained = try outputs("\(folder)/first")
    let still = ["epochs": "1", "start": "\(folder)/first", "optimizer.rate": "1e-12"]
    for rule in [0, 1] {
      try train(rule, "next", still)
      let next = try outputs("\(folder)/next")
      for (a, b) in zip(trained, next) { #expect(abs(a - b) <= 1e-4 * max(1, abs(a))) }
    }
    try train(0, "other", ["epochs": "1", "optimizer.rate": "1e-12"])
    let other = try outputs("\(folder)/other")
    #expect(zip(trained, other).contains { abs($0 - $1) > 1 })
    #expect(throws: InputError.self) {
      try train(0, "next", ["start": "\(folder)/first", "network.hidden": "[13]"])
    }
    #expect(throws: InputError.self) { try train(0, "next", ["start": "\(folder)/nowhere"]) }
  }

  @Test("a trained network is written into devices by pulses, and pulses and energy are told")
  func writeVerify() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func train(_ rule: String, _ output: String) throws -> TrainOutcome {
      let file = try TrainResumeTests.runFile(rule, in: folder)
      return try TrainJob(runFile: file, overrides: [])
        .run(RunContext(output: "\(folder)/\(output)", overwrites: true), resumes: false)
    }
    _ = try train(TrainResumeTests.rules[0], "first")
    let written = try train(
      """
      rule: {name: write-verify, tolerance: 0.01, voltage: 2 V, width: 50 ns}
      network: {hidden: [12]}
      device: gokmen-vlasov
      array: {fill: 0.4}
      start: \(folder)/first
      optimizer: {name: sgd, rate: 0}
      """, "written")
    func figure(_ name: String) throws -> Double {
      try #require(written.figures.first { $0.name == name }).value
    }
    #expect(try figure("devices out of tolerance") == 0)
    // The energy of a pulse is V²·G·t with G between the window's ends, 25 and 75 uS.
    let energy = try figure("energy of the pulses") / figure("pulses on devices")
    #expect(energy > 4 * 50e-9 * 25e-6 && energy < 4 * 50e-9 * 75e-6)
    let weights = 64.0 * 12 + 12 * 10
    #expect(try figure("reads to verify") >= weights)
    let (digital, analog) = (try outputs("\(folder)/first"), try outputs("\(folder)/written"))
    let size = digital.reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(digital, analog) { #expect(abs(a - b) < 0.2 * size) }
    #expect(zip(digital, analog).contains { $0 != $1 })
  }
}
