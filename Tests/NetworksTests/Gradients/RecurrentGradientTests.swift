import LinearAlgebra
import Networks
import Randomness
import TestSupport
import Testing

@Suite struct RecurrentGradientTests {
  static let cells: [RecurrentCell] = [
    .plain, .lstm, .gru(resetsAfter: true), .gru(resetsAfter: false),
  ]

  /// A layer with first states, and with its last states among the results.
  static func network(
    _ cell: RecurrentCell, inputs: Int = 4, hidden: Int = 5, steps: Int = 4, directions: Int = 2,
    projection: Int? = nil, functions: [Activation] = [], startsBackward: Bool = false
  ) throws -> Network {
    let gates = hidden * (cell == .plain ? 1 : cell == .lstm ? 4 : 3)
    let state = projection ?? hidden
    func numbers(_ count: Int, _ name: String) -> [Float] {
      normal(count, seed: 4, name).map { $0 * 0.5 }
    }
    let parts = (0..<directions).map { d in
      var weights = RecurrentWeights(
        input: Matrix(
          rowCount: gates, columnCount: inputs, elements: numbers(gates * inputs, "input \(d)")),
        hidden: Matrix(
          rowCount: gates, columnCount: state, elements: numbers(gates * state, "hidden \(d)")),
        inputBias: numbers(gates, "bias \(d)"), hiddenBias: numbers(gates, "second \(d)"),
        isBackward: (d == 1) != startsBackward,
        projection: projection.map {
          Matrix(rowCount: $0, columnCount: hidden, elements: numbers($0 * hidden, "down \(d)"))
        })
      weights.activations = functions
      weights.initialHidden = numbers(state, "first state \(d)")
      if cell == .lstm { weights.initialCell = numbers(hidden, "first cell \(d)") }
      return weights
    }
    var builder = try NetworkBuilder(source: "test", name: "rnn", inputShape: [steps, inputs])
    // Something learns below, so that gradients pass through.
    let below = try builder.dense(
      builder.input, weights: randomMatrix(inputs, inputs, seed: 4, "below"), name: "below")
    let value = try builder.recurrent(below, cell, parts, name: "cell")
    return try builder.network(output: value, folding: .nothing)
  }

  static func check(_ network: Network, samples: Int = 3) -> GradientCheck {
    GradientCheck(
      network: network,
      x: Tensor(
        shape: [samples] + network.inputShape,
        elements: normal(samples * network.inputShape.reduce(1, *), seed: 5, "samples")))
  }

  @Test("both directions, first and last states", arguments: cells)
  func directions(cell: RecurrentCell) throws {
    #expect(Self.check(try Self.network(cell))() > 0.95)
    #expect(Self.check(try Self.network(cell, steps: 1, directions: 1))() > 0.95)
    #expect(Self.check(try Self.network(cell, directions: 1, startsBackward: true))() > 0.95)
  }

  static let functionLists: [[Activation]] = [
    [.tanh, .sigmoid, .gelu], [.gelu, .tanh, .erf],
    [.hardSigmoid(slope: 0.3, offset: 0.5), .leakyRelu(slope: -0.2), .leakyRelu(slope: 0.3)],
    [.sigmoid, .geluTanh, .tanh],
  ]

  @Test("every kind of function at every place", arguments: cells, functionLists)
  func functions(cell: RecurrentCell, functions: [Activation]) throws {
    let count = cell == .plain ? 1 : cell == .lstm ? 3 : 2
    let network = try Self.network(
      cell, directions: 1, functions: Array(functions.prefix(count)))
    #expect(Self.check(network)() > 0.2)
  }

  @Test("an LSTM with a projection of its state", arguments: [1, 2])
  func projection(directions: Int) throws {
    let network = try Self.network(.lstm, directions: directions, projection: 3)
    #expect(network.outputShape == [6, directions, 3])
    #expect(Self.check(network)() > 0.95)
  }

  @Test("converted gates have the slopes of the smooth functions", arguments: cells)
  func straightThrough(cell: RecurrentCell) throws {
    let network = try Self.network(cell)
    let x = normal(3 * network.inputShape.reduce(1, *), seed: 5, "samples")
    let c = normal(3 * network.outputShape.reduce(1, *), seed: 5, "weights of the results")
    /// The gradients with gates rounded to steps of `step`.
    func gradients(_ step: Float) -> [Float] {
      let (pass, sites) = (GraphPass(network), DigitalSites(network))
      sites.gateStep = step
      var errors = c
      x.withUnsafeBufferPointer { x in
        _ = pass.forward(
          x.baseAddress!, samples: 3, TrainingPass(key: StreamKey(seed: 1), isTraining: true),
          engine: sites)
        errors.withUnsafeMutableBufferPointer { pass.backward($0.baseAddress!, engine: sites) }
      }
      return sites.weightGradients.flatMap(\.elements)
    }
    let smooth = gradients(0)
    let largest = smooth.reduce(0) { max($0, abs($1)) }
    // Rounding to steps of 2⁻¹⁰ moves every gradient by some parts in a thousand; a slope of the staircase
    // itself, zero, would remove it. Rounding to 1/4 still leaves gradients of the same size.
    for (a, b) in zip(gradients(0x1p-10), smooth) { #expect(abs(a - b) < 0.02 * largest) }
    let coarse = gradients(0.25)
    let product = zip(coarse, smooth).reduce(0) { $0 + $1.0 * $1.1 }
    let size = smooth.reduce(0) { $0 + $1 * $1 }
    #expect(product > 0.5 * size && product < 2 * size)
  }

  @Test("the first layer is not asked for gradients at its inputs", arguments: cells)
  func skipping(cell: RecurrentCell) throws {
    var builder = try NetworkBuilder(source: "test", name: "rnn", inputShape: [3, 2])
    let gates = 4 * (cell == .plain ? 1 : cell == .lstm ? 4 : 3)
    let part = RecurrentWeights(
      input: randomMatrix(gates, 2, seed: 1, "a"), hidden: randomMatrix(gates, 4, seed: 1, "b"),
      inputBias: normal(gates, seed: 1, "c"), hiddenBias: normal(gates, seed: 1, "d"))
    let value = try builder.recurrent(builder.input, cell, [part], name: "cell")
    let network = try builder.network(output: value, folding: .nothing)
    var check = Self.check(network)
    // `DigitalSites` puts NaN where nobody asked.
    check.checksInput = false
    #expect(check() == 1)
  }
}
