import InputOutput
import LinearAlgebra
import Networks
import Randomness
import TestSupport
import Testing

@Suite struct GraphPassTests {
  /// A graph of operations on vectors drawn at random: each reads one or two of all values so far.
  static func randomGraph(_ seed: UInt64, width: Int = 6, layers: Int = 14) throws -> Network {
    var draw = RandomStream(StreamKey(seed: seed).child("graph"))
    var builder = try NetworkBuilder(source: "test", name: "graph", inputShape: [width])
    var values = [builder.input]
    func any() -> NetworkBuilder.Value { values[draw.index(below: values.count)] }
    func recent() -> NetworkBuilder.Value {
      values[max(0, values.count - 1 - draw.index(below: 3))]
    }
    for k in 0..<layers {
      let name = "layer \(k)"
      let value: NetworkBuilder.Value
      switch draw.index(below: 9) {
      case 0, 1:
        var w = randomMatrix(width, width, seed: seed, name)
        for i in w.elements.indices { w.elements[i] *= 0.4 }
        value = try builder.dense(
          recent(), weights: w, bias: normal(width, seed: seed, name).map { 0.3 * $0 }, name: name)
      case 2: value = try builder.activation(recent(), .tanh, name: name)
      case 3: value = try builder.activation(recent(), .sigmoid, name: name)
      case 4: value = try builder.activation(recent(), .leakyRelu(slope: 0.3), name: name)
      case 5: value = try builder.add(recent(), any(), name: name)
      case 6:
        // Bounded, so that products of products stay so.
        let bounded = try builder.activation(any(), .tanh, name: name + " bound")
        value = try builder.multiply(recent(), bounded, name: name)
      case 7:
        let shaped = try builder.reshape(any(), to: [2, width / 2], name: name + " shape")
        value = try builder.reshape(shaped, to: [width], name: name)
      default:
        value = try builder.layerNormalization(
          recent(), scale: normal(width, seed: seed, name), shift: normal(width, seed: seed, "b"),
          epsilon: 0.1, name: name)
      }
      values.append(value)
    }
    // The first value is among the readers' too: a graph that is not a chain.
    let all = try builder.concatenate(Array(values.suffix(4)) + [builder.input], name: "all")
    return try builder.network(output: all, folding: .nothing)
  }

  @Test("random graphs have the gradients of their results", arguments: 0..<40 as Range<UInt64>)
  func randomGraphs(seed: UInt64) throws {
    let network = try Self.randomGraph(seed)
    let check = GradientCheck(
      network: network,
      x: Tensor(shape: [4, 6], elements: normal(24, seed: seed, "samples")), tolerance: 3e-3,
      probes: 12)
    #expect(check(seed) > 0.5)
  }

  /// The results, and the gradients in a row, of one pass.
  static func pass(
    _ network: Network, samples: Int, isTraining: Bool = true
  ) -> (y: [Float], gradients: [Float]) {
    let (pass, sites) = (GraphPass(network, wantsInputGradient: true), DigitalSites(network))
    let size = network.outputShape.reduce(1, *)
    let x = normal(samples * network.inputShape.reduce(1, *), seed: 9, "samples")
    var errors = normal(samples * size, seed: 9, "weights of the results")
    return x.withUnsafeBufferPointer { x in
      let y = pass.forward(
        x.baseAddress!, samples: samples,
        TrainingPass(key: StreamKey(seed: 1), isTraining: isTraining), engine: sites)
      let copy = Array(UnsafeBufferPointer(start: y, count: samples * size))
      return errors.withUnsafeMutableBufferPointer { errors in
        pass.backward(errors.baseAddress!, engine: sites)
        var all =
          pass.inputGradient.map { Array(UnsafeBufferPointer(start: $0, count: x.count)) } ?? []
        all += sites.weightGradients.flatMap(\.elements) + sites.biasGradients.flatMap { $0 }
        pass.forEachParameter { _, _, _, gradient in all += gradient }
        return (copy, all)
      }
    }
  }

  @Test("results and gradients are the same bits on one thread and on two", arguments: 0..<6)
  func threads(which: Int) throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let network =
      which < 3
      ? try Self.randomGraph(UInt64(which), width: 300, layers: 12)
      : which == 3
        ? try RecurrentGradientTests.network(.lstm, inputs: 30, hidden: 60, steps: 6)
        : which == 4
          ? try RecurrentGradientTests.network(.gru(resetsAfter: false), inputs: 30, hidden: 90)
          : try ONNXReader.network(at: ONNXFixtures.path("residual"), folding: .nothing)
    Parallel.threadCount = 1
    let one = Self.pass(network, samples: 150)
    Parallel.threadCount = 2
    let two = Self.pass(network, samples: 150)
    #expect(one.y == two.y && one.gradients == two.gradients)
    #expect(one.gradients.contains { $0 != 0 })
  }

  @Test(
    "a pass that does not train gives what `evaluate` gives",
    arguments: ONNXFixtures.names, [ScaleFolding.nothing, .everything])
  func agreesWithEvaluation(name: String, folding: ScaleFolding) throws {
    let network = try ONNXReader.network(at: ONNXFixtures.path(name), folding: folding)
    let samples = 7
    let x = Tensor(
      shape: [samples] + network.inputShape,
      elements: normal(samples * network.inputShape.reduce(1, *), seed: 9, "samples"))
    let expected = try network.evaluate(x, engine: DigitalEngine(network))
    let found = Self.pass(network, samples: samples, isTraining: false)
    for (a, b) in zip(found.y, expected.elements) {
      // Or both are NaN: a network may divide by what random inputs make 0.
      #expect(abs(a - b) <= b.ulp || a.isNaN && b.isNaN, "\(a) against \(b)")
    }
  }

  @Test("imported networks have the gradients of their results", arguments: ONNXFixtures.names)
  func importedGradients(name: String) throws {
    let network = try ONNXReader.network(at: ONNXFixtures.path(name), folding: .nothing)
    var check = GradientCheck(
      network: network,
      x: Tensor(
        shape: [2] + network.inputShape,
        elements: normal(2 * network.inputShape.reduce(1, *), seed: 9, "samples")),
      isTraining: false, tolerance: 5e-2, probes: 3)
    // Networks with hundreds of rectifiers have kinks on both sides that hide each other: a small step meets
    // few, and the operations have checks of their own.
    check.step = 0.003
    #expect(check() > 0.4)
  }

  @Test("batch statistics: running means follow, and one pass of estimation takes them whole")
  func statistics() throws {
    var builder = try NetworkBuilder(source: "test", name: "norm", inputShape: [3, 4])
    let value = try builder.batchNormalization(
      builder.input, scale: [1, 2, 3], shift: [0, 1, 2], mean: [0, 0, 0], variance: [1, 1, 1],
      epsilon: 1e-5, name: "norm")
    let network = try builder.network(output: value, folding: .nothing)
    let (pass, sites) = (GraphPass(network), DigitalSites(network))
    let x = normal(10 * 12, seed: 2, "samples").map { $0 * 2 + 5 }
    func run(_ training: TrainingPass) {
      x.withUnsafeBufferPointer {
        _ = pass.forward($0.baseAddress!, samples: 10, training, engine: sites)
      }
    }
    func buffers() -> [[Float]] {
      var found: [[Float]] = []
      pass.forEachBuffer { _, values in found.append(values) }
      return found
    }
    func moments(_ channel: Int) -> (mean: Double, variance: Double) {
      let own = (0..<10).flatMap { s in
        (0..<4).map { Double(x[(s * 3 + channel) * 4 + $0]) }
      }
      let mean = own.reduce(0, +) / 40
      return (mean, own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 39)
    }
    run(TrainingPass(key: StreamKey(seed: 1), isTraining: true))
    for c in 0..<3 {
      let (mean, variance) = moments(c)
      #expect(abs(Double(buffers()[0][c]) - 0.1 * mean) < 1e-5)
      #expect(abs(Double(buffers()[1][c]) - (0.9 + 0.1 * variance)) < 1e-5)
    }
    var estimation = TrainingPass(key: StreamKey(seed: 1), isTraining: false)
    estimation.estimates = true
    run(estimation)
    for c in 0..<3 {
      let (mean, variance) = moments(c)
      #expect(abs(Double(buffers()[0][c]) - mean) < 1e-5)
      #expect(abs(Double(buffers()[1][c]) - variance) < 1e-4)
    }
    // The finished network normalizes by what the pass kept.
    let finished = pass.network(sites: network.sites)
    let y = try finished.evaluate(
      Tensor(shape: [10, 3, 4], elements: x), engine: DigitalEngine(finished))
    let sum = (0..<10).reduce(Float(0)) { $0 + y.elements[$1 * 12] }
    #expect(abs(sum / 10) < 1)
  }

  @Test("a copy has parameters of its own")
  func copies() throws {
    let network = try Self.randomGraph(3)
    let first = GraphPass(network)
    let second = first.copy()
    var before: [Float] = []
    first.forEachParameter { _, _, values, _ in before += values }
    #expect(!before.isEmpty)
    second.forEachParameter { _, _, values, _ in values = values.map { $0 + 1 } }
    var after: [Float] = []
    first.forEachParameter { _, _, values, _ in after += values }
    #expect(before == after)
  }

  @Test("gradients are asked for only where something learns below")
  func needs() throws {
    var builder = try NetworkBuilder(source: "test", name: "chain", inputShape: [4])
    var value = try builder.dense(
      builder.input, weights: randomMatrix(4, 4, seed: 1, "a"), name: "a")
    value = try builder.activation(value, .relu, name: "f")
    value = try builder.dense(value, weights: randomMatrix(4, 2, seed: 1, "b"), name: "b")
    let network = try builder.network(output: value, folding: .nothing)
    #expect([0, 1].map(GraphPass(network).passesErrors(site:)) == [false, true])
    let wanting = GraphPass(network, wantsInputGradient: true)
    #expect([0, 1].map(wanting.passesErrors(site:)) == [true, true])
  }
}
