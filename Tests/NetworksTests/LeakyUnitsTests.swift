import Foundation
import LinearAlgebra
import Networks
import Randomness
import TestSupport
import Testing

/// Laws of units with a memory, and their surrogate gradients beside those of PyTorch 2.15 in double precision.
@Suite struct LeakyUnitsTests {
  /// A network of such units alone.
  static func network(
    steps: Int, units: Int, _ law: IntegrateAndFire, recurrent: Matrix<Float>? = nil
  ) throws -> Network {
    var builder = try NetworkBuilder(source: "test", name: "units", inputShape: [steps, units])
    let spikes = try builder.integrateAndFire(
      builder.input, law, recurrent: recurrent, name: "neurons")
    return try builder.network(output: spikes)
  }

  static func evaluate(_ network: Network, _ x: Tensor) throws -> [Float] {
    try network.evaluate(x, engine: DigitalEngine(network)).elements
  }

  /// The spikes of one neuron that gets the same current in all steps.
  static func spikes(_ law: IntegrateAndFire, current: Float, steps: Int) throws -> [Float] {
    let network = try network(steps: steps, units: 1, law)
    return try evaluate(
      network, Tensor(shape: [1, steps, 1], elements: Array(repeating: current, count: steps)))
  }

  @Test("a neuron without leak that subtracts fires in proportion to its current")
  func proportional() throws {
    var law = IntegrateAndFire()
    (law.decay, law.reset) = (1, .subtract)
    // Multiples of 1/64 add up exactly; a sum equal to the threshold is not above it.
    for sixtyFourths in [1, 7, 20, 64] {
      let current = Float(sixtyFourths) / 64
      let count = try Self.spikes(law, current: current, steps: 640).reduce(0, +)
      #expect(abs(count - 10 * Float(sixtyFourths)) <= 1, "\(current)")
    }
  }

  @Test("a leaky neuron fires above I = (1 − α)·θ and not below")
  func rheobase() throws {
    var law = IntegrateAndFire()
    law.decay = 0.8
    #expect(try Self.spikes(law, current: 0.199, steps: 400).reduce(0, +) == 0)
    let spikes = try Self.spikes(law, current: 0.21, steps: 400)
    // V after n steps is I·(1 − αⁿ)/(1 − α); the first n with V > θ is the interval.
    let interval = Int((log(1 - 0.2 / 0.21) / log(0.8)).rounded(.up))
    #expect(spikes.firstIndex(of: 1) == interval - 1)
    #expect(spikes.reduce(0, +) == Float(400 / interval))
  }

  @Test("refractory steps and adaptation lengthen intervals")
  func intervals() throws {
    var law = IntegrateAndFire()
    law.refractorySteps = 3
    let places = try Self.spikes(law, current: 5, steps: 40).indices(of: 1)
    #expect(places == Array(stride(from: 0, to: 40, by: 4)))
    law.refractorySteps = 0
    (law.adaptation, law.adaptationDecay) = (0.5, 0.99)
    let adapted = try Self.spikes(law, current: 1.5, steps: 200).indices(of: 1)
    let gaps = zip(adapted.dropFirst(), adapted).map { $0 - $1 }
    #expect(gaps.count > 5 && gaps.last! > gaps.first!)
  }

  @Test("unconnected units are independent of each other and of other samples")
  func independent() throws {
    let network = try Self.network(steps: 30, units: 6, IntegrateAndFire())
    let x = Tensor(shape: [4, 30, 6], elements: normal(720, seed: 1, "currents"))
    let all = try Self.evaluate(network, x)
    let alone = try Self.network(steps: 30, units: 1, IntegrateAndFire())
    for (sample, unit) in [(0, 0), (1, 5), (3, 2)] {
      let series = (0..<30).map { x.elements[(sample * 30 + $0) * 6 + unit] }
      let spikes = try Self.evaluate(alone, Tensor(shape: [1, 30, 1], elements: series))
      #expect(spikes == (0..<30).map { all[(sample * 30 + $0) * 6 + unit] })
    }
  }

  @Test("tanh units without leak are a plain recurrent layer")
  func plainLayer() throws {
    let matrix = randomMatrix(5, 5, seed: 3, "between")
    var builder = try NetworkBuilder(source: "test", name: "rate", inputShape: [7, 5])
    let rates = try builder.rateUnits(
      builder.input, .tanh(leak: 1), recurrent: matrix, name: "units")
    let ours = try builder.network(output: rates)
    var other = try NetworkBuilder(source: "test", name: "rnn", inputShape: [7, 5])
    let states = try other.recurrent(
      other.input, .plain,
      [
        RecurrentWeights(
          input: Matrix(
            rowCount: 5, columnCount: 5, elements: (0..<25).map { $0 % 6 == 0 ? 1 : 0 }),
          hidden: matrix.transposed(), inputBias: Array(repeating: 0, count: 5),
          hiddenBias: Array(repeating: 0, count: 5))
      ], name: "rnn")
    let plain = try other.network(output: states)
    let x = Tensor(shape: [3, 7, 5], elements: normal(105, seed: 2, "x"))
    let (a, b) = (try Self.evaluate(ours, x), try Self.evaluate(plain, x))
    for sample in 0..<3 {
      for i in 0..<35 { #expect(abs(a[sample * 35 + i] - b[sample * 45 + i]) < 1e-6) }
    }
  }

  @Test(
    "gradients of rate units",
    arguments: [
      RateUnit.tanh(leak: 0.3), .tanh(leak: 1), .sigmoid(decay: 0.6, gain: 2, threshold: 0.1),
    ])
  func rates(law: RateUnit) throws {
    for recurrent in [nil, randomMatrix(4, 4, seed: 3, "between")] {
      let check = try GraphGradientTests.check([6, 4]) { builder, x in
        let currents = try builder.dense(
          x, weights: randomMatrix(4, 4, seed: 3, "in"), bias: normal(4, seed: 1, "b"), name: "in")
        return try builder.rateUnits(currents, law, recurrent: recurrent, name: "units")
      }
      #expect(check() > 0.9)
    }
  }

  /// One law, and what PyTorch finds for it.
  struct Reference: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let law: IntegrateAndFire
    let spikes: String
    let recurrent, current: [Float]
  }

  static let references: [Reference] = {
    var subtracting = IntegrateAndFire()
    subtracting.reset = .subtract
    subtracting.surrogate = SurrogateGradient(shape: .sigmoid, width: 0.4)
    (subtracting.synapseDecay, subtracting.adaptation) = (0.5, 0.2)
    subtracting.adaptationDecay = 0.8
    var all = IntegrateAndFire()
    (all.resetValue, all.refractorySteps, all.leak, all.floor) = (-0.2, 2, 0.05, -0.3)
    all.surrogate = SurrogateGradient(shape: .arctangent, width: 0.3)
    (all.adaptation, all.adaptationDecay, all.passesReset) = (0.1, 0.9, false)
    return [
      Reference(
        testDescription: "reset to a value", law: IntegrateAndFire(),
        spikes:
          "01010100101001010100001000000101101010101001010100001000000101101010001001010010",
        recurrent: [
          -1.475377, 0, 0, 0.379531, 0, 0, -0.291, 0, 0.27401, -1.84672, 0, -0.291, -2.716178,
          0.695712, -0.514168, -1.475377, 0, 0, 0.179778, -1.332552, 0, -0.291, 2.591666,
          0.520619, -0.514168,
        ], current: [0, 0, 0, -3.096252, 2.169361, 0, 0, 0]),
      Reference(
        testDescription: "subtraction, synapses and adaptation", law: subtracting,
        spikes:
          "01010110111001010110101101110101101011111001010110101000010101101011111101111011",
        recurrent: [
          3.128694, -0.5719, -2.814919, 0.856758, 0.297605, 2.677352, -1.192075, -2.735535,
          1.083695, -1.222511, 4.075201, 0.712661, -2.613374, 0.762143, -1.112642, 3.221177,
          -1.059953, -3.251747, 1.291596, -0.349424, 3.034942, -0.748093, -2.552401, 0.822662,
          -1.237305,
        ],
        current: [
          0.177452, -0.169061, -0.180043, -0.212866, -0.26353, -0.347011, -0.493331, -0.498517,
        ]),
      Reference(
        testDescription: "refractory, with a floor and a leak", law: all,
        spikes:
          "01010100000000000100000000000101000000001001000100000000000101000000001001000000",
        recurrent: [
          0, -0.021012, -0.516062, 0, 0, 0.244567, 0, 0, -0.601927, -0.436661, 0, 0, 0, 0,
          0.904289, 0.042926, -0.021012, -0.300867, 0, -0.436661, 0, 0.026356, 0.104976,
          -0.483443, 0,
        ], current: [0.107827, -0.024243, 0, 0, 0.060353, 0, 0, -0.276624]),
    ]
  }()

  @Test(
    "spikes and surrogate gradients as an independent program finds them", arguments: references)
  func surrogate(reference: Reference) throws {
    let matrix = Matrix<Float>(
      rowCount: 5, columnCount: 5,
      elements: (0..<25).map { place -> Float in
        let (row, column) = (Double(place / 5), Double(place % 5))
        return Float(0.5 * cos(1.3 * row + 0.7 * column))
      })
    let network = try Self.network(steps: 8, units: 5, reference.law, recurrent: matrix)
    /// f of sample, step and unit, for all of them.
    func numbers(_ f: (Double, Double, Double) -> Double) -> [Float] {
      (0..<80).map { place in
        let (sample, rest) = place.quotientAndRemainder(dividingBy: 40)
        return Float(f(Double(sample), Double(rest / 5), Double(rest % 5)))
      }
    }
    let x = numbers { 1.2 * sin(1.7 * $0 + 0.9 * $1 + 2.3 * $2) + 0.6 }
    var gradient = numbers { cos(0.5 * $0 + 1.1 * $1 + 0.3 * $2) }
    let pass = GraphPass(network, wantsInputGradient: true)
    let sites = DigitalSites(network)
    let (spikes, dx) = x.withUnsafeBufferPointer { x in
      let y = pass.forward(
        x.baseAddress!, samples: 2, TrainingPass(key: StreamKey(seed: 1), isTraining: true),
        engine: sites)
      let spikes = Array(UnsafeBufferPointer(start: y, count: 80))
      gradient.withUnsafeMutableBufferPointer { pass.backward($0.baseAddress!, engine: sites) }
      return (spikes, Array(UnsafeBufferPointer(start: pass.inputGradient!, count: 80)))
    }
    #expect(spikes.map { $0 == 1 ? "1" : "0" }.joined() == reference.spikes)
    #expect(
      try Self.evaluate(network, Tensor(shape: [2, 8, 5], elements: x)) == spikes,
      "inference and training agree")
    for (ours, theirs) in zip(sites.weightGradients[0].elements, reference.recurrent) {
      #expect(abs(ours - theirs) < 2e-5)
    }
    for (turn, theirs) in reference.current.enumerated() {
      #expect(abs(dx[40 + turn * 5 + 2] - theirs) < 2e-5)
    }
  }
}

extension [Float] {
  /// The places where this number stands.
  fileprivate func indices(of number: Float) -> [Int] { indices.filter { self[$0] == number } }
}
