import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Testing
import Training

@Suite("Recurrent layers that learn")
struct RecurrentTests {
  static let labels: [Int32] = [0, 1, 1, 0, 1, 0]
  static let x = Matrix(
    rowCount: 6, columnCount: 15, elements: Noise.normal(90, StreamKey(seed: 7)))

  /// Two recurrent layers, and what makes classes of their states.
  static func network(
    _ cell: RecurrentCell = .lstm, sequence: Bool = true, isBidirectional: Bool = false,
    seed: UInt64 = 3
  ) throws -> TrainingNetwork {
    var network = TrainingNetwork(inputShape: [5, 3], key: StreamKey(seed: seed))
    try network.recurrent(
      cell, hidden: 4, givesLast: false, isBidirectional: isBidirectional)
    try network.recurrent(cell, hidden: 3, givesLast: !sequence)
    if sequence { try network.append([.meanOverTime]) }
    try network.dense(2)
    return network
  }

  @Test(
    "backpropagation through time gives the slope of the loss",
    arguments: [RecurrentCell.lstm, .gru(resetsAfter: true), .plain], [true, false])
  func gradients(cell: RecurrentCell, sequence: Bool) throws {
    var network = try Backpropagation(
      Self.network(cell, sequence: sequence, isBidirectional: sequence))
    // States far from 0, where slopes are more than noise.
    network.forEachParameter { _, p in for i in p.values.indices { p.values[i] *= 1.5 } }
    _ = network.gradients(Self.x, labels: Self.labels[...])
    var compared = 0
    for (name, value) in network.parameters {
      for i in stride(from: 0, to: value.values.count, by: 7) where value.values[i] != 0 {
        func loss(_ h: Float) -> Double {
          var moved = network.shifted(name, i, by: h)
          return moved.gradients(Self.x, labels: Self.labels[...])
        }
        let h: Float = 1e-2
        let measured = (loss(h) - loss(-h)) / Double(2 * h)
        compared += 1
        // The third derivative leaves h²; single precision leaves 1e-7/h.
        #expect(
          abs(measured - Double(value.gradient[i])) <= 2e-4 + 2e-2 * abs(measured), "\(name) \(i)")
      }
    }
    #expect(compared > 6)
  }

  @Test(
    "an exported network computes what the trained one does",
    arguments: [RecurrentCell.lstm, .gru(resetsAfter: true), .plain], [true, false])
  func export(cell: RecurrentCell, isBidirectional: Bool) throws {
    var network = try Backpropagation(
      Self.network(cell, isBidirectional: isBidirectional, seed: 11), optimizer: .adam())
    for _ in 0..<20 { _ = network.train(Self.x, labels: Self.labels[...], rate: 0.01) }
    let own = network.outputs(Self.x)
    let again = try network.exported().network(source: "test")
    let there = try again.evaluate(
      Tensor(shape: [6, 5, 3], elements: Self.x.elements), engine: DigitalEngine(again))
    for (a, b) in zip(own.elements, there.elements) { #expect(abs(a - b) <= 1e-5) }
    // Another run that begins with these weights computes the same.
    var next = try Backpropagation(
      Self.network(cell, isBidirectional: isBidirectional, seed: 12))
    try next.start(from: .init(source: "test", network.state()))
    #expect(next.outputs(Self.x) == own)
  }

  private static func states(
    _ loop: GateLoop?, step: Int = 0, training: Bool = false
  ) throws -> [Float] {
    var network = TrainingNetwork(inputShape: [6, 3], key: StreamKey(seed: 5))
    try network.recurrent(.lstm, hidden: 5, givesLast: true, loop: loop)
    var trained = try Backpropagation(network)
    let x = Matrix(
      rowCount: 4, columnCount: 18,
      elements: Noise.uniform(4 * 18, StreamKey(seed: 6)).map { 2 * $0 - 1 })
    let key = StreamKey(seed: 8).child(step)
    guard training else { return trained.outputs(x, key: key).elements }
    _ = trained.gradients(x, labels: [0, 1, 2, 3], pass: TrainingPass(key: key, isTraining: true))
    return trained.output.elements
  }

  @Test("with many bits and no noise the converters in the loop change next to nothing")
  func fineConverters() throws {
    let loop = GateLoop(
      ramps: try GateRamps(bits: 10, device: nil, writing: RampWriting()),
      inputs: LineConverters(bits: 16))
    // Two quantizers of 2⁻⁹ in a product, gains below 1 over six steps.
    let (exact, converted) = (try Self.states(nil), try Self.states(loop))
    for (p, q) in zip(exact, converted) { #expect(abs(p - q) <= 0.01) }
    #expect(exact != converted)
  }

  @Test(
    "ramps and noise are drawn anew for every pass of training, and for none of testing",
    arguments: [(true, Float(0)), (false, 0.025), (true, 0.025)])
  func noise(hasRamps: Bool, weightNoise: Float) throws {
    let loop = GateLoop(
      ramps: try hasRamps
        ? GateRamps(
          bits: 5, device: DeviceLibrary.load("hfo2-1t1r"),
          writing: RampWriting(calibration: .onePoint)) : nil,
      inputs: LineConverters(bits: 5), weightNoise: weightNoise, weightLimit: 1)
    func states(_ step: Int, training: Bool) throws -> [Float] {
      try Self.states(loop, step: step, training: training)
    }
    #expect(try states(1, training: true) == states(1, training: true))
    #expect(try states(1, training: true) != states(2, training: true))
    #expect(try states(1, training: false) == states(2, training: false))
  }

  @Test("a layer has its own loop, also where its name begins like another's")
  func names() throws {
    for names in [["a", "a b"], ["a b", "a"]] {
      var network = TrainingNetwork(inputShape: [5, 3], key: StreamKey(seed: 3))
      for (name, limit) in zip(names, [Float(0.05), 0.1]) {
        try network.recurrent(
          .lstm, hidden: 4, givesLast: name == names[1], loop: GateLoop(weightLimit: limit),
          name: name)
      }
      try network.dense(2)
      var trained = try Backpropagation(network)
      _ = trained.train(Self.x, labels: Self.labels[...], rate: 0.01)
      func largest(_ name: String) -> Float {
        trained.parameters["\(name).weight"]?.values.map(abs).max() ?? 0
      }
      #expect(largest(names[0]) == 0.05 && largest(names[1]) == 0.1)
    }
  }

  @Test("pulsed devices reject what belongs to digital weights", arguments: [true, false])
  func pulsed(isPulsed: Bool) throws {
    let file = try StrictFile(
      text: """
        rule: {name: \(isPulsed ? "in-situ" : "backpropagation")}
        network:
          layers: [{type: lstm, hidden: 4, weight-limit: 1, ramp: {bits: 5}}, {type: dense, outputs: 2}]
        """, source: "run")
    let setup = TrainingSetup(
      root: file.root, inputShape: [5, 3], classCount: 2, batch: 6, stepsPerEpoch: 1, epochs: 1,
      key: StreamKey(seed: 5))
    _ = try TrainingRules.rule(named: isPulsed ? "in-situ" : "backpropagation")?.init(setup)
    var reasons: [String] = []
    do { try file.finish() } catch { reasons = error.faults.map(\.description) }
    let found = reasons.filter { $0.contains("'layer1'") && $0.contains("are pulsed devices") }
    #expect(found.count == (isPulsed ? 1 : 0), "\(reasons)")
  }

  @Test(
    "a recurrent layer honors the device, the array and the converters of its chip",
    arguments: [RecurrentCell.lstm, .gru(resetsAfter: true), .plain])
  func chip(cell: RecurrentCell) throws {
    func outputs(_ change: (inout HardwareSettings) throws -> Void) throws -> [Float] {
      var settings = HardwareSettings()
      settings.rows = 4
      try change(&settings)
      var network = try Backpropagation(Self.network(cell), hardware: settings)
      return network.outputs(Self.x, key: StreamKey(seed: 1)).elements
    }
    let ideal = try outputs { _ in }
    var digital = try Backpropagation(Self.network(cell))
    for (a, b) in zip(ideal, digital.outputs(Self.x).elements) { #expect(abs(a - b) < 1e-5) }
    #expect(try outputs { $0.device = try DeviceLibrary.load("hfo2-1t1r") } != ideal)
    #expect(try outputs { $0.outputBits = 4 } != ideal)
    #expect(try outputs { $0.inputBits = 3 } != ideal)
    #expect(try outputs { $0.outputNoise = 0.1 } != ideal)
  }
}
