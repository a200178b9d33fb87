import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Testing
import Training

/// Fixed random networks and their readouts.
@Suite struct ReadoutTests {
  /// A rule at its first step, for one sample of `shape` per step.
  static func rule(
    _ text: String, shape: [Int], outputs: Int, targets: TargetKind = .numbers, epochs: Int = 1
  ) throws -> any TrainingRule {
    let file = try StrictFile(text: text, source: "run.yaml")
    let node = file.root.child("rule")
    let name = node.keys.isEmpty ? node.text() : node.text("name")
    let setup = TrainingSetup(
      root: file.root, inputShape: shape, classCount: outputs, targets: targets, batch: 1,
      stepsPerEpoch: 1, epochs: epochs, key: StreamKey(seed: 3))
    let rule = try #require(TrainingRules.rule(named: name ?? "")).init(setup)
    try file.finish()
    return rule
  }

  static func weights(_ rule: any TrainingRule, _ name: String) throws -> [Float] {
    try rule.exported().arrays.array(name).floats
  }

  /// The state of `rule` with other numbers in some arrays.
  static func replacing(
    _ rule: any TrainingRule, _ arrays: [String: [Float]]
  ) -> NamedArrays {
    NamedArrays(
      source: "replaced",
      rule.state().map { entry in
        guard let other = arrays[entry.name] else { return entry }
        return (entry.name, NumericArray(shape: entry.array.shape, floats: other))
      })
  }

  private static func batch(_ set: DataSet) throws -> TrainingBatch {
    guard case .values(let targets) = set.targets else { throw InputError("set", "no numbers") }
    func row(_ numbers: [Float]) -> Matrix<Float> {
      Matrix(rowCount: 1, columnCount: numbers.count, elements: numbers)
    }
    return TrainingBatch(
      x: row(set.samples.elements), labels: [], targets: row(targets.elements))
  }

  @Test("a delay line of n units remembers n − 1 steps before the present one and no more")
  func delayLine() throws {
    var task = SeriesTask(.memory)
    (task.length, task.washOut, task.delays) = (3000, 50, 20)
    let n = 8
    var rule = try Self.rule(
      """
      rule: {name: readout, regularization: 1e-9}
      network: {layers: [
        {type: dense, outputs: \(n), each-step: true, random: {}},
        {type: leaky-rate, recurrent: true, random: {}}, {type: last-steps, steps: 3000},
        {type: dense, outputs: 20, each-step: true}]}
      """, shape: [3050, 1], outputs: 3000 * 20)
    var input = [Float](repeating: 0, count: n)
    input[0] = 0.01
    var shift = [Float](repeating: 0, count: n * n)
    for i in 0..<n - 1 { shift[i * n + i + 1] = 1 }
    try rule.restore(
      Self.replacing(rule, ["layer1.weight": input, "layer2 recurrent.weight": shift]))
    _ = try rule.step(try Self.batch(try task.series(.train)))
    let figures = try rule.measure(try Self.batch(try task.series(.test)))
    let capacity = try #require(figures.first { $0.name.hasPrefix("memory capacity") })
    #expect(abs(capacity.values[0] - Double(n - 1)) < 0.1)
    let squared = figures.filter { $0.name.hasPrefix("squared correlation of output") }
    #expect(squared.count == 20)
    #expect(squared[..<(n - 1)].allSatisfy { $0.values[0] > 0.999 })
    #expect(squared[(n - 1)...].allSatisfy { $0.values[0] < 0.02 })
    // A change leaves the line after n steps: it neither grows nor shrinks before.
    let exponent = try #require(figures.first { $0.name.hasPrefix("exponent") })
    #expect(abs(exponent.values[0]) < 0.01)
  }

  @Test("the regularization that meets held-out steps best is chosen")
  func choice() throws {
    var task = SeriesTask(.narma)
    (task.length, task.washOut) = (400, 100)
    func rule(_ regularization: String) throws -> any TrainingRule {
      var rule = try Self.rule(
        """
        rule: {name: readout, regularization: \(regularization)}
        network: {layers: [
          {type: dense, outputs: 100, each-step: true, random: {law: uniform}},
          {type: leaky-rate, recurrent: true, random: {spectral-radius: 0.9}},
          {type: last-steps, steps: 400}, {type: dense, outputs: 1, each-step: true}]}
        """, shape: [500, 1], outputs: 400)
      _ = try rule.step(try Self.batch(try task.series(.train)))
      return rule
    }
    let chosen = try rule("[1e-7, 1e-3, 1e6]")
    let value = try #require(chosen.report().first { $0.name == "regularization" }).value
    #expect(value < 1e6)
    // The sums over the rows are added in two parts or in one.
    let (found, alone) = (
      try Self.weights(chosen, "layer4.weight"), try Self.weights(rule("\(value)"), "layer4.weight")
    )
    let largest = alone.reduce(0) { max($0, abs($1)) }
    #expect(zip(found, alone).allSatisfy { abs($0 - $1) < 1e-3 * largest })
    let error = try #require(
      try chosen.measure(try Self.batch(try task.series(.test))).first { $0.name == "NRMSE" })
    #expect(error.values[0] < 0.8)
  }

  @Test(
    "no rule changes fixed weights, and errors pass them to layers before",
    arguments: ["backpropagation", "direct-feedback", "hardware-aware", "readout"])
  func fixed(name: String) throws {
    var rule = try Self.rule(
      """
      rule: \(name)
      network: {layers: [
        {type: dense, outputs: 5}, {type: dense, outputs: 6, random: {gain: 0.5}, activation: tanh},
        {type: dense, outputs: 3}]}
      """, shape: [4], outputs: 3, targets: .classes)
    let before = try ["layer1", "layer2", "layer3"].map { try Self.weights(rule, "\($0).weight") }
    _ = try rule.step(
      TrainingBatch(
        x: Matrix(rowCount: 1, columnCount: 4, elements: [1, -1, 0.5, 2]), labels: [1]))
    let after = try ["layer1", "layer2", "layer3"].map { try Self.weights(rule, "\($0).weight") }
    #expect(before[1] == after[1] && before[2] != after[2])
    #expect((before[0] == after[0]) == (name == "readout"))
    #expect(rule.exported().text(weights: "w.safetensors").contains("fixed: true"))
  }

  @Test("noise of reads has the variance ρ²·Σ x²·W², anew in every read") func readNoise() throws {
    var rule = try Self.rule(
      """
      rule: readout
      network: {layers: [
        {type: dense, outputs: 2, random: {read-noise: 0.02}}, {type: dense, outputs: 2}]}
      """, shape: [3], outputs: 2)
    try rule.restore(
      Self.replacing(
        rule, ["layer1.weight": [1, 2, -1, 3, 0, 0.5], "layer2.weight": [1, 0, 0, 1]]))
    let x: [Float] = [0.5, -2, 3]
    let count = 20_000
    let rows = Matrix(
      rowCount: count, columnCount: 3, elements: (0..<count).flatMap { _ in x })
    let y = try rule.outputs(rows, key: StreamKey(seed: 8))
    // The site holds inputs × outputs.
    let w: [[Float]] = [[1, -1, 0], [2, 3, 0.5]]
    for j in 0..<2 {
      let values = (0..<count).map { Double(y[$0, j]) }
      let exact = zip(x, w[j]).reduce(0.0) { $0 + Double($1.0 * $1.1) }
      let variance = zip(x, w[j]).reduce(0.0) { $0 + pow(0.02 * Double($1.0 * $1.1), 2) }
      let mean = values.reduce(0, +) / Double(count)
      let found = values.reduce(0) { $0 + pow($1 - mean, 2) } / Double(count - 1)
      #expect(abs(mean - exact) < 5 * (variance / Double(count)).squareRoot())
      #expect(abs(found / variance - 1) < 5 * (2 / Double(count)).squareRoot())
    }
    #expect(try rule.outputs(rows, key: StreamKey(seed: 8)) == y)
    #expect(try rule.outputs(rows, key: StreamKey(seed: 9)) != y)
  }

  @Test("a last layer that is not dense is refused") func lastLayer() {
    #expect(throws: InputErrors.self) {
      try Self.rule(
        "rule: readout\nnetwork: {layers: [{type: dense, outputs: 3, activation: tanh}]}",
        shape: [4], outputs: 3)
    }
    #expect(throws: InputErrors.self) {
      try Self.rule(
        "rule: {name: readout, fit: softmax}\nnetwork: {hidden: [4]}", shape: [4], outputs: 3)
    }
  }

  @Test("gradients of matrices between units with a memory are slopes of the loss")
  func recurrentGradient() throws {
    let file = try StrictFile(
      text: """
        network: {layers: [
          {type: dense, outputs: 3, each-step: true}, {type: leaky-rate, recurrent: true, leak: 0.7},
          {type: dense, outputs: 2}]}
        """, source: "run.yaml")
    let setup = TrainingSetup(
      root: file.root, inputShape: [5, 2], classCount: 2, batch: 4, stepsPerEpoch: 1, epochs: 1,
      key: StreamKey(seed: 5))
    var network = try Backpropagation(TrainingNetwork(setup))
    let x = Matrix(rowCount: 4, columnCount: 10, elements: Noise.normal(40, StreamKey(seed: 6)))
    let labels: [Int32] = [0, 1, 1, 0]
    _ = network.gradients(x, labels: labels[...])
    var gradient: [Float] = []
    network.forEachParameter { if $0 == "layer2 recurrent.weight" { gradient = $1.gradient } }
    #expect(gradient.count == 9)
    for k in 0..<9 {
      func loss(_ step: Float) -> Double {
        var other = network
        other.forEachParameter { if $0 == "layer2 recurrent.weight" { $1.values[k] += step } }
        return other.gradients(x, labels: labels[...])
      }
      let slope = (loss(1e-2) - loss(-1e-2)) / 2e-2
      #expect(abs(slope - Double(gradient[k])) < 1e-3 + 0.01 * abs(slope), "\(k)")
    }
  }
}
