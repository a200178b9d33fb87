import ArrayFiles
import Crossbar
import Foundation
import InputOutput
import LinearAlgebra
import Randomness
import StrictYAML
import Synchronization
import Testing
import Training

/// Every rule on every kind of layer and every kind of array: each combination learns a small task, or refuses
/// with a sentence that names the reason.
@Suite struct RuleMatrixTests {
  /// A network that reads 6 × 4 numbers: as an image of one channel, as a sequence, or flat.
  struct Architecture: Sendable {
    var name: String
    var shape: [Int]
    var layers: String
  }

  static let architectures = [
    Architecture(
      name: "dense", shape: [24],
      layers: "[{type: dense, outputs: 12, activation: tanh}, {type: dense, outputs: 3}]"),
    Architecture(
      name: "convolution", shape: [1, 6, 4],
      layers: """
        [{type: convolution, channels: 6, kernel: [3, 3], activation: tanh}, {type: dense, outputs: 3}]
        """),
    Architecture(
      name: "grouped convolution", shape: [2, 6, 2],
      layers: """
        [{type: convolution, channels: 6, kernel: [3, 2], groups: 2, activation: tanh},
        {type: dense, outputs: 3}]
        """),
    Architecture(
      name: "residual block", shape: [1, 6, 4],
      layers: """
        [{type: convolution, channels: 6, kernel: [3, 3], padding: 1, activation: tanh, name: first},
        {type: convolution, channels: 6, kernel: [3, 3], padding: 1, activation: tanh},
        {type: convolution, channels: 6, kernel: [3, 3], padding: 1},
        {type: add, from: [3, first], activation: tanh}, {type: average-pool, kernel: [2, 2]},
        {type: dense, outputs: 3}]
        """),
    Architecture(
      name: "attention", shape: [6, 4],
      layers: """
        [{type: dense, outputs: 6, each-step: true, from: [input], name: query},
        {type: dense, outputs: 6, each-step: true, from: [input], name: key},
        {type: dense, outputs: 6, each-step: true, from: [input], name: value},
        {type: transpose, order: [1, 0], from: [key], name: turned},
        {type: matrix-product, from: [query, turned]}, {type: scale-shift, scale: 0.4},
        {type: softmax}, {type: matrix-product, from: [7, value]}, {type: dense, outputs: 3}]
        """),
    Architecture(
      name: "LSTM", shape: [6, 4], layers: "[{type: lstm, hidden: 8}, {type: dense, outputs: 3}]"),
    Architecture(
      name: "GRU", shape: [6, 4], layers: "[{type: gru, hidden: 8}, {type: dense, outputs: 3}]"),
    Architecture(
      name: "spiking neurons", shape: [6, 4],
      layers: """
        [{type: dense, outputs: 16, each-step: true},
        {type: integrate-and-fire, threshold: 0.2, surrogate: arctangent, surrogate-width: 0.5, recurrent: true},
        {type: mean-over-time}, {type: dense, outputs: 3}]
        """),
    Architecture(
      name: "leaky rate units", shape: [6, 4],
      layers: """
        [{type: dense, outputs: 12, each-step: true}, {type: leaky-rate, leak: 0.5, recurrent: true},
        {type: dense, outputs: 3}]
        """),
  ]

  /// The sections that name the array: without errors, of noisy devices that are pulsed, behind wires, or weights
  /// laid on cells by a scheme.
  enum Arrays: CaseIterable, Hashable, CustomStringConvertible {
    case ideal, pulsed, wired
    case scheme(String)

    static let allCases = [ideal, pulsed, wired] + WeightMapping.schemes.map(scheme)
    var description: String {
      switch self {
      case .ideal: "ideal"
      case .pulsed: "pulsed"
      case .wired: "wired"
      case .scheme(let name): name
      }
    }
  }

  static let inSitu = [
    "in-situ", "sign-step", "mixed-precision", "tiki-taka", "tiki-taka-v2", "chopped-tiki-taka",
    "agad", "write-verify",
  ]
  /// Rules that cut a network into blocks or put something of their own into it.
  static let local = [
    "forward-forward", "physical-local", "physical-backpropagation", "stochastic",
    "direct-feedback", "stdp",
  ]
  static let rules =
    ["backpropagation", "hardware-aware"] + inSitu + local + digital
  /// Rules whose weights are on no array.
  static let digital = ["equilibrium-propagation", "readout", "contrastive"]

  /// The arrays that a rule is tried on: a network that settles has digital conductances, readouts are digital.
  private static func arrays(_ rule: String) -> [Arrays] {
    digital.contains(rule) ? [.ideal] : Arrays.allCases
  }

  /// The layers for a rule: neurons or a fixed crossbar before the last one, or a last one of more units than classes.
  private static func layers(_ rule: String, _ architecture: Architecture) -> String {
    let last = "{type: dense, outputs: 3}"
    let instead =
      switch rule {
      case "forward-forward": "{type: dense, outputs: 24, activation: relu}"
      case "physical-local": "{type: fixed-crossbar}, {type: dense, outputs: 24}"
      case "physical-backpropagation": "{type: fixed-crossbar}, \(last)"
      case "stochastic": "{type: neurons}, \(last)"
      default: last
      }
    return architecture.layers.replacing("\n", with: " ").replacing(last, with: instead)
  }

  /// The section `network`: dense layers of a network that settles are a list of sizes.
  private static func network(_ rule: String, _ architecture: Architecture) -> String {
    rule == "equilibrium-propagation" && architecture.name == "dense"
      ? "{hidden: [12]}" : "{layers: \(layers(rule, architecture))}"
  }

  /// The sections of a rule that leaves the choice of what holds the weights, under `maps` where it has crossbars or
  /// devices of its own.
  private static func localSections(_ rule: String, _ arrays: Arrays, _ pulses: String) -> String {
    let sections =
      switch arrays {
      case .ideal: ""
      case .pulsed: pulses
      case .wired: "device: hfo2-1t1r\narray: {rows: 32, columns: 16, wires: 1 Ohm}"
      case .scheme(let name):
        "device: ideal\nconverters: {dac-bits: 8, adc-bits: 8}\narray: {scheme: \(name)}"
      }
    if rule == "forward-forward" || arrays == .ideal { return sections }
    let updates =
      arrays == .pulsed
      ? "\nupdates: {name: mixed-precision, rate: \(rule.hasPrefix("physical") ? 0.1 : 0.5)}" : ""
    return "maps:\n"
      + (sections + updates).split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
  }

  private static func sections(_ rule: String, _ arrays: Arrays) -> String {
    let isInSitu = inSitu.contains(rule)
    func pulses(_ law: String, _ noise: String) -> String {
      """
      device:
        pulses:
          law: \(law)
          conductance: {zero: 50 uS, unit: 25 uS}
          bounds: {minimum: -1, maximum: 1}
          step: {size: 0.002}
          noise: {\(noise)}
          check-points: []
      """
    }
    if local.contains(rule) {
      return localSections(rule, arrays, pulses("soft-bounds", "cycle: 0.3"))
    }
    switch arrays {
    case .ideal:
      return isInSitu ? pulses("constant-step", "cycle: 0") + "\nconverters: {ideal: true}" : ""
    case .pulsed:
      return pulses("soft-bounds", "cycle: 0.3")
    case .wired:
      let device = isInSitu ? pulses("constant-step", "cycle: 0") : "device: hfo2-1t1r"
      return device + "\narray: {rows: 32, columns: 16, wires: 1 Ohm}"
    case .scheme(let name):
      let array = "array: {scheme: \(name)}"
      if isInSitu {
        return pulses("constant-step", "cycle: 0") + "\nconverters: {ideal: true}\n" + array
      }
      return "device: ideal\nconverters: {dac-bits: 8, adc-bits: 8}\n" + array
    }
  }

  private static func keys(
    _ rule: String, _ arrays: Arrays
  ) -> (text: String, optimizer: String?, epochs: Int) {
    switch rule {
    case "forward-forward":
      let (rate, updates) =
        arrays == .pulsed ? ("0.01", ", updates: mixed-precision") : ("0.05", "")
      return (
        "{name: \(rule), rate: \(rate), threshold: 0.2, test: softmax\(updates)}", nil, 60
      )
    case "physical-local": return ("{name: \(rule), rate: 0.005}", nil, 30)
    case "physical-backpropagation": return ("{name: \(rule), rate: 0.01}", nil, 40)
    case "stochastic":
      let estimator =
        arrays == .pulsed ? "noisy-rectifier, deviation: 0.5" : "straight-through-derivative"
      return ("{name: \(rule), estimator: \(estimator)}", "{name: adam, rate: 0.02}", 60)
    case "equilibrium-propagation":
      return (
        "{name: \(rule), input-gain: 10, nudging: 0.2}", "{name: sgd, rate: 0.02}", 30
      )
    case "readout": return (rule, nil, 1)
    case "stdp": return ("{name: stdp, law: three-factor}", "{name: adam, rate: 0.02}", 40)
    case "contrastive": return (rule, "{name: adam, rate: 0.02}", 25)
    case "direct-feedback": return (rule, "{name: adam, rate: 0.02}", 40)
    case "backpropagation", "hardware-aware": return (rule, "{name: adam, rate: 0.02}", 25)
    case "sign-step": return ("{name: sign-step, gain: 10}", "{name: sgd, rate: 0.1}", 40)
    case "tiki-taka": return ("{name: tiki-taka, transfer-rate: 2}", "{name: sgd, rate: 0.2}", 60)
    case "tiki-taka-v2", "chopped-tiki-taka", "agad":
      return ("{name: \(rule), threshold: 1}", "{name: sgd, rate: 0.3}", 60)
    default: return (rule, "{name: sgd, rate: 0.3}", 50)
    }
  }

  /// Three classes of noisy patterns of 24 numbers.
  static func task(_ count: Int, seed: UInt64) -> (x: Matrix<Float>, labels: [Int32]) {
    let patterns = Noise.normal(3 * 24, StreamKey(seed: 5))
    let noise = Noise.normal(count * 24, StreamKey(seed: seed))
    let labels = (0..<count).map { Int32($0 % 3) }
    var x = Matrix<Float>(rowCount: count, columnCount: 24)
    for s in 0..<count {
      for i in 0..<24 {
        x[s, i] = 0.5 * (patterns[Int(labels[s]) * 24 + i] + 0.5 * noise[s * 24 + i])
      }
    }
    return (x, labels)
  }

  /// The task for a rule that pairs classes: the same patterns, those of the partner flat.
  static func pairs(_ shape: [Int]) -> PairedSamples {
    func samples(_ count: Int, seed: UInt64) -> PairedSamples.Samples {
      let (x, labels) = task(count, seed: seed)
      return PairedSamples.Samples(x: x, pairs: labels)
    }
    let (train, test) = (samples(60, seed: 1), samples(30, seed: 2))
    return PairedSamples(
      data: .init(shape: shape, train: train, test: test),
      partner: .init(shape: [24], train: train, test: test), count: 3, trainedCount: 3)
  }

  /// A combination at its first step.
  /// - Throws: `InputErrors` where the rule refuses it.
  static func rule(
    _ rule: String, _ architecture: Architecture, _ arrays: Arrays
  ) throws -> (rule: any TrainingRule, steps: Int) {
    let (text, optimizer, epochs) = keys(rule, arrays)
    let file = try StrictFile(
      text: """
        rule: \(text)
        network: \(network(rule, architecture))
        \(optimizer.map { "optimizer: \($0)" } ?? "")
        \(sections(rule, arrays))
        \(rule == "contrastive" ? "partner: {network: {layers: [{type: dense, outputs: 3}]}}" : "")
        """, source: "\(rule), \(architecture.name), \(arrays)")
    // The job itself reads which rule it is.
    let node = file.root.child("rule")
    _ = node.keys.isEmpty ? node.text() : node.text("name")
    let setup = TrainingSetup(
      root: file.root, inputShape: architecture.shape, classCount: 3, batch: batch,
      stepsPerEpoch: 60 / batch, epochs: epochs,
      pairs: rule == "contrastive" ? pairs(architecture.shape) : nil, key: StreamKey(seed: 3))
    let made = try #require(TrainingRules.rule(named: rule)).init(setup)
    try file.finish()
    return (made, epochs * 60 / batch)
  }

  private static let batch = 10
  private static let data = task(60, seed: 1)

  static func train(_ rule: inout any TrainingRule, _ steps: Range<Int>) throws {
    let (x, labels) = data
    for step in steps {
      let rows = step * batch % 60..<step * batch % 60 + batch
      _ = try rule.step(
        TrainingBatch(
          x: x.block(rows: rows, columns: 0..<24), labels: Array(labels[rows]), step: step,
          epoch: step * batch / 60))
    }
  }

  /// The accuracy that a combination reaches on samples that it has not seen.
  /// - Throws: `InputErrors` where the rule refuses it.
  static func accuracy(
    _ name: String, _ architecture: Architecture, _ arrays: Arrays
  ) throws -> Double {
    var (trained, steps) = try rule(name, architecture, arrays)
    try train(&trained, 0..<steps)
    let (test, truth) = task(90, seed: 2)
    let outputs = try trained.outputs(test, key: StreamKey(seed: 9))
    return Double(Classification.correctCount(outputs, labels: truth[...])) / 90
  }

  @Test(
    "a combination that was saved and restored goes on with the same bits", arguments: rules)
  func restores(name: String) throws {
    var compared = 0
    for architecture in Self.architectures {
      for arrays in Self.arrays(name).prefix(5) {
        guard var (through, _) = try? Self.rule(name, architecture, arrays) else { continue }
        try Self.train(&through, 0..<4)
        let saved = through.state()
        // A test in between leaves the steps that follow as they are.
        _ = try through.outputs(Self.data.x, key: StreamKey(seed: 1))
        try Self.train(&through, 4..<8)
        var again = try Self.rule(name, architecture, arrays).rule
        try again.restore(NamedArrays(source: "saved", saved))
        try Self.train(&again, 4..<8)
        let (a, b) = (through.state(), again.state())
        #expect(a.map(\.name) == b.map(\.name))
        for (a, b) in zip(a, b) {
          #expect(a.array == b.array, "\(architecture.name), \(arrays): \(a.name)")
        }
        compared += 1
      }
    }
    // A network that settles has layers of one kind, and plasticity needs spikes.
    let few = ["equilibrium-propagation": 1, "stdp": 5]
    #expect(compared >= few[name] ?? Self.architectures.count)
  }

  /// What became of one combination.
  enum Outcome: Sendable {
    case learned(Double)
    case refused(String)
    case failed(String)
  }

  @Test("every combination learns, or refuses with a reason")
  func combinations() throws {
    let all = Self.rules.flatMap { rule in
      Self.architectures.flatMap { architecture in
        Self.arrays(rule).map { (rule: rule, architecture: architecture, arrays: $0) }
      }
    }
    let outcomes = Mutex([Outcome?](repeating: nil, count: all.count))
    DispatchQueue.concurrentPerform(iterations: all.count) { k in
      let outcome: Outcome
      do {
        outcome = .learned(try Self.accuracy(all[k].rule, all[k].architecture, all[k].arrays))
      } catch let error as InputErrors {
        outcome = .refused(error.faults.map(\.problem).joined(separator: "; "))
      } catch { outcome = .failed("\(error)") }
      outcomes.withLock { $0[k] = outcome }
    }
    var (learned, written, without, refused) = (0, 0, 0, [String: Int]())
    for (one, outcome) in zip(all, outcomes.withLock { $0 }) {
      let name = "\(one.rule), \(one.architecture.name), \(one.arrays)"
      switch outcome {
      // This rule writes weights and trains nothing but biases.
      case .learned where one.rule == "write-verify": written += 1
      case .learned(let accuracy):
        #expect(accuracy > 0.7, "\(name): \(accuracy)")
        learned += 1
      case .refused(let reason) where one.rule == "stdp":
        #expect(
          one.architecture.name != "spiking neurons" && reason.contains("plasticity"),
          "\(name): \(reason)")
        without += 1
      case .refused(let reason):
        #expect(!reason.isEmpty, "\(name)")
        if one.rule == "equilibrium-propagation" {
          #expect(
            one.architecture.name != "dense" && reason.contains("'hidden'"), "\(name): \(reason)")
        }
        refused[reason, default: 0] += 1
      case .failed(let error): Issue.record("\(name): \(error)")
      case nil: Issue.record("\(name) was not tried")
      }
    }
    print("\(learned) of \(all.count) combinations learn, \(written) write weights that are given")
    for (reason, count) in refused.sorted(by: { $0.key < $1.key }) { print("\(count): \(reason)") }
    // Weights that are only written are no rule that learns, and networks without spikes nothing for plasticity.
    #expect(Double(learned) >= 0.8 * Double(all.count - written - without))
  }
}
