import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Testing
import Training

/// Networks as run files name them: branches, normalizations, recurrent layers of every kind.
@Suite struct TrainingNetworkTests {
  static let cases: [(name: String, shape: [Int], layers: String)] = [
    // Spikes have surrogate gradients, which are no difference quotients.
    RuleMatrixTests.architectures.filter { !$0.layers.contains("integrate-and-fire") }
      .map { ($0.name, $0.shape, $0.layers) },
    [
      (
        "batch normalization in a residual block", [2, 4, 3],
        """
        [{type: convolution, channels: 4, kernel: [3, 3], padding: 1},
        {type: batch-normalization, activation: tanh, name: first},
        {type: convolution, channels: 4, kernel: [3, 3], padding: 1}, {type: batch-normalization},
        {type: add, from: [4, first], activation: tanh}, {type: global-average-pool},
        {type: dense, outputs: 3}]
        """
      ),
      (
        "normalizations of samples", [4, 3, 2],
        """
        [{type: group-normalization, groups: 2}, {type: convolution, channels: 4, kernel: [2, 2]},
        {type: instance-normalization, activation: tanh}, {type: flatten},
        {type: layer-normalization}, {type: dense, outputs: 3}]
        """
      ),
      (
        "both directions and a projection", [6, 4],
        """
        [{type: lstm, hidden: 5, projection: 3, bidirectional: true, output: sequence},
        {type: gru, hidden: 4, bidirectional: true, output: sequence}, {type: rnn, hidden: 4},
        {type: dense, outputs: 3}]
        """
      ),
    ],
  ].flatMap(\.self)

  static func network(_ which: Int, optimizer: Optimizer = .sgd()) throws -> Backpropagation {
    let (name, shape, layers) = cases[which]
    let file = try StrictFile(
      text: "rule: x\nnetwork:\n  layers: \(layers.replacing("\n", with: " "))", source: name)
    let setup = TrainingSetup(
      root: file.root, inputShape: shape, classCount: 3, batch: 6, stepsPerEpoch: 1, epochs: 1,
      key: StreamKey(seed: 4))
    _ = setup.rule.text()
    let network = TrainingNetwork(setup)
    try file.finish()
    return try Backpropagation(network, optimizer: optimizer)
  }

  static let (x, labels) = RuleMatrixTests.task(6, seed: 1)

  @Test("gradients are the difference quotients of the loss", arguments: cases.indices)
  func gradients(which: Int) throws {
    var network = try Self.network(which)
    _ = network.gradients(Self.x, labels: Self.labels[...])
    var compared = 0
    for (name, parameter) in network.parameters {
      for i in stride(from: 0, to: parameter.values.count, by: 1 + parameter.values.count / 7) {
        func value(_ h: Float) -> Double {
          var moved = network.shifted(name, i, by: h)
          return moved.gradients(Self.x, labels: Self.labels[...])
        }
        // What is 0 by construction has no gradient.
        if parameter.values[i] == 0, parameter.gradient[i] == 0 { continue }
        let h: Float = 0.02
        let coarse = (value(h) - value(-h)) / Double(2 * h)
        let fine = (value(h / 2) - value(-h / 2)) / Double(h)
        // At the kink of a rectifier there is no derivative.
        if abs(coarse - fine) > 3e-4 { continue }
        compared += 1
        let quotient = (4 * fine - coarse) / 3
        #expect(
          abs(Double(parameter.gradient[i]) - quotient) <= 2e-4 + 2e-3 * abs(quotient),
          "\(Self.cases[which].name), \(name) \(i)")
      }
    }
    #expect(compared > 8)
  }

  @Test("the exported network computes what the trained one does", arguments: cases.indices)
  func exports(which: Int) throws {
    var network = try Self.network(which, optimizer: .adam())
    for _ in 0..<12 { _ = network.train(Self.x, labels: Self.labels[...], rate: 0.01) }
    let own = network.outputs(Self.x).elements
    let exported = network.exported()
    let graph = try exported.network(source: "test")
    let there = try graph.evaluate(
      Tensor(shape: [6] + Self.cases[which].shape, elements: Self.x.elements),
      engine: DigitalEngine(graph)
    ).elements
    for (a, b) in zip(own, there) { #expect(abs(a - b) <= 2e-5 * max(1, abs(a))) }
    // Weights that are 0 by construction are 0 after steps of the optimizer too.
    var again = try Self.network(which)
    try again.start(from: NamedArrays(source: "test", network.state()))
    #expect(again.outputs(Self.x).elements == own)
  }

  @Test(
    "a network that was saved and restored goes on with the same bits", arguments: cases.indices)
  func restores(which: Int) throws {
    var through = try Self.network(which, optimizer: .sgd(momentum: 0.9))
    func steps(_ network: inout Backpropagation, _ count: Int) {
      for _ in 0..<count { _ = network.train(Self.x, labels: Self.labels[...], rate: 0.02) }
    }
    steps(&through, 3)
    let saved = through.state()
    steps(&through, 3)
    var again = try Self.network(which, optimizer: .sgd(momentum: 0.9))
    try again.restore(NamedArrays(source: "test", saved))
    steps(&again, 3)
    let (a, b) = (through.state(), again.state())
    #expect(a.map(\.name) == b.map(\.name))
    for (a, b) in zip(a, b) { #expect(a.array == b.array, "\(a.name)") }
  }

  static let faults = [
    ("[{type: dense, outputs: 3, from: [nowhere]}]", "nowhere"),
    ("[{type: dense, outputs: 3, name: input}]", "'input' is taken"),
    ("[{type: dense, outputs: 3, name: a}, {type: dense, outputs: 3, name: a}]", "'a' is taken"),
    ("[{type: add}]", "'from' must list"),
    ("[{type: dense, outputs: 3, from: [input, input]}]", "reads one value"),
    ("[{type: lstm, hidden: 3}]", "reads time × inputs"),
    ("[{type: dense, outputs: 4}]", "gives 4 numbers, the data has 3 classes"),
    ("[{type: convolution, channels: 3, kernel: [2]}]", "'kernel' must list"),
  ]

  @Test("a network that fits nothing is refused with its place", arguments: faults.indices)
  func refuses(which: Int) throws {
    let (layers, reason) = Self.faults[which]
    let file = try StrictFile(text: "network:\n  layers: \(layers)", source: "faulty")
    _ = TrainingNetwork(
      TrainingSetup(
        root: file.root, inputShape: [24], classCount: 3, batch: 6, stepsPerEpoch: 1, epochs: 1,
        key: StreamKey(seed: 4)))
    let error = try #require(throws: InputErrors.self) { try file.finish() }
    #expect(error.faults.contains { $0.description.contains(reason) }, "\(error)")
  }
}
