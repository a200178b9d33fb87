import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing
import Training

@Suite(.serialized) struct PulsedArrayTests {
  static func array(
    _ model: PulseModel, _ cells: CellArrangement = .single, rows: Int = 30, columns: Int = 20,
    seed: UInt64 = 1
  ) -> PulsedArray {
    PulsedArray(
      model, rowCount: rows, columnCount: columns, cells: cells, key: StreamKey(seed: seed))
  }

  static func constantStep() throws -> PulseModel {
    try PulseTrainTests.model("constant-step", "step: {size: 0.002}", noise: "{cycle: 0}")
  }

  @Test(
    "weights that are set are the weights that are read",
    arguments: [
      CellArrangement.single, .pair(.bothCells), .pair(.oneSided(refreshAbove: 1)),
      .multiple(factors: [1, 1, -1], .all),
    ])
  func setting(cells: CellArrangement) throws {
    let target = Noise.uniform(600, StreamKey(seed: 4)).map { 0.8 * $0 - 0.4 }
    var array = Self.array(try Self.constantStep(), cells)
    array.setWeights(target)
    for (a, b) in zip(array.weights, target) { #expect(abs(a - b) < 1e-6) }
  }

  @Test(
    "every arrangement follows the expected outer product",
    arguments: [
      CellArrangement.single, .pair(.bothCells), .pair(.oneSided(refreshAbove: 1)),
      .multiple(factors: [1, 0.5], .all), .multiple(factors: [1, 1], .sequential),
    ],
    [PulseScheme.standard, .deterministic, .outerProduct])
  func outerProduct(cells: CellArrangement, scheme: PulseScheme) throws {
    let design = InSituDesign(
      device: try Self.constantStep(), cells: cells, forward: .ideal, backward: .ideal,
      scheme: scheme)
    var layer = PulsedDescent().layer(
      design, rowCount: 30, columnCount: 20, weights: [Float](repeating: 0, count: 600),
      key: StreamKey(seed: 2))
    let x = Noise.uniform(8 * 30, StreamKey(seed: 5))
    let g = Noise.uniform(8 * 20, StreamKey(seed: 6)).map { 2 * $0 - 1 }
    // Rounding to whole pulses needs requests of several.
    let rate: Float = scheme == .deterministic ? 0.01 : 0.002
    let rounds = scheme == .deterministic ? 8 : 40
    for _ in 0..<rounds { layer.update(x: x, g: g, samples: 8, rate: rate) }
    var expected = [Float](repeating: 0, count: 600)
    for s in 0..<8 {
      for i in 0..<30 {
        for j in 0..<20 {
          expected[i * 20 + j] -= rate * Float(rounds) * x[s * 30 + i] * g[s * 20 + j]
        }
      }
    }
    let weights = layer.weights
    let norm = expected.reduce(0) { $0 + $1 * $1 }
    let slope = zip(weights, expected).reduce(0) { $0 + $1.0 * $1.1 } / norm
    let rest = zip(weights, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / norm
    // Rounded counts lose what is below half a step; the trains' own scatter is about 0.15.
    #expect(abs(slope - 1) < (scheme == .deterministic ? 0.15 : 0.05), "slope \(slope)")
    #expect(rest < 0.25, "rest \(rest)")
    #expect(layer.pulseCount > 0)
  }

  @Test("an ideal read is the product, forward and transposed")
  func idealReads() throws {
    let weights = Noise.uniform(600, StreamKey(seed: 4)).map { 0.8 * $0 - 0.4 }
    let design = InSituDesign(device: try Self.constantStep(), forward: .ideal, backward: .ideal)
    var layer = PulsedDescent().layer(
      design, rowCount: 30, columnCount: 20, weights: weights, key: StreamKey(seed: 2))
    let w = Matrix(rowCount: 30, columnCount: 20, elements: layer.weights)
    let x = Matrix(rowCount: 3, columnCount: 30, elements: Noise.normal(90, StreamKey(seed: 3)))
    var y = [Float](repeating: 0, count: 60)
    layer.forward(x.elements, samples: 3, into: &y, key: nil)
    #expect(y == product(x, w).elements)
    let d = Matrix(rowCount: 3, columnCount: 20, elements: Noise.normal(60, StreamKey(seed: 7)))
    var back = [Float](repeating: 0, count: 90)
    layer.backward(d.elements, samples: 3, into: &back)
    for (a, b) in zip(back, product(d, w.transposed()).elements) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("a noisy read has the stated noise, steps and bound")
  func noisyReads() throws {
    let weights = Noise.uniform(600, StreamKey(seed: 4)).map { 0.8 * $0 - 0.4 }
    let noisy = ReadPath(inputBits: nil, outputBits: nil, outputNoise: 0.06, halvings: 0)
    let coded = ReadPath(inputBits: 7, outputBits: 5, outputBound: 2, outputNoise: 0, halvings: 0)
    let design = InSituDesign(device: try Self.constantStep(), forward: noisy, backward: coded)
    var layer = PulsedDescent().layer(
      design, rowCount: 30, columnCount: 20, weights: weights, key: StreamKey(seed: 2))
    let w = Matrix(rowCount: 30, columnCount: 20, elements: weights)
    let x = Matrix(
      rowCount: 500, columnCount: 30,
      elements: Noise.uniform(15000, StreamKey(seed: 3)).enumerated().map {
        $0.offset % 30 == 0 ? 1 : $0.element
      })
    var y = [Float](repeating: 0, count: 10_000)
    layer.forward(x.elements, samples: 500, into: &y, key: nil)
    let errors = zip(y, product(x, w).elements).map { Double($0 - $1) }
    let variance = errors.reduce(0) { $0 + $1 * $1 } / 10_000
    // Five standard errors of a variance of 10,000 normal numbers.
    #expect(abs(variance / 0.0036 - 1) < 5 * (2.0 / 10_000).squareRoot())
    // Largest input 1: the codes are multiples of 2/15, at most 2.
    let d = Matrix(
      rowCount: 1, columnCount: 20, elements: [1] + Noise.uniform(19, StreamKey(seed: 7)))
    var back = [Float](repeating: 0, count: 30)
    layer.backward(d.elements, samples: 1, into: &back)
    // Half a step of the output, and the inputs' rounding on 20 weights of at most 0.4.
    let tolerance: Float = 1.0 / 15 + 20 * 0.4 / 126
    for (a, b) in zip(back, product(d, w.transposed()).elements) {
      let code = a * 7.5
      #expect(abs(code - code.rounded()) < 1e-4)
      #expect(abs(a - b) < tolerance)
    }
  }

  @Test("outputs past the bound are read again at half the input")
  func halving() throws {
    let weights = [Float](repeating: 0.9, count: 600)
    let path = ReadPath(outputNoise: 0)
    let design = InSituDesign(device: try Self.constantStep(), forward: path)
    var layer = PulsedDescent().layer(
      design, rowCount: 30, columnCount: 20, weights: weights, key: StreamKey(seed: 2))
    var y = [Float](repeating: 0, count: 20)
    layer.forward([Float](repeating: 2, count: 30), samples: 1, into: &y, key: nil)
    // 2·30·0.9 = 54; half a step of the output converter at four times the input range.
    #expect(y.allSatisfy { abs($0 - 54) < 54 * 0.02 + 0.2 }, "\(y[0])")
  }

  @Test("the same seed gives the same bits on one thread and on two")
  func threads() throws {
    func run(_ threads: Int) throws -> [Float] {
      let before = Parallel.threadCount
      Parallel.threadCount = threads
      defer { Parallel.threadCount = before }
      let model = try PulseTrainTests.model(
        "soft-bounds", "step: {size: 0.004, spread: 30 %}", noise: "{cycle: 1, write: 0.01}")
      var layer = TikiTakaV2().layer(
        InSituDesign(device: model), rowCount: 300, columnCount: 130,
        weights: [Float](repeating: 0.1, count: 39_000), key: StreamKey(seed: 2))
      let x = Noise.uniform(64 * 300, StreamKey(seed: 5))
      let g = Noise.uniform(64 * 130, StreamKey(seed: 6)).map { 2 * $0 - 1 }
      var y = [Float](repeating: 0, count: 64 * 130)
      for _ in 0..<5 {
        layer.forward(x, samples: 64, into: &y, key: nil)
        layer.update(x: x, g: g, samples: 64, rate: 0.5)
      }
      return y + layer.weights
    }
    #expect(try run(1) == run(2))
  }

  @Test("refreshed pairs keep their weights within a step and leave the upper end, where they can")
  func refresh() throws {
    let model = try PulseTrainTests.model(
      "alpha-beta", "parameters: {alpha-up: 0.01, alpha-down: 0.01, beta-up: 1, beta-down: 1}",
      noise: "{cycle: 0}")
    var array = Self.array(model, .pair(.oneSided(refreshAbove: 1)))
    func raise(_ sign: Float, until isThere: (PulsedArray) -> Bool) {
      let counts = (0..<600).map { sign * Float($0 % 2) }
      while !isThere(array) { counts.withUnsafeBufferPointer { array.send($0) } }
    }
    // Both devices of every other pair near the top; in the rest one is there and one at the bottom.
    array.setWeights((0..<600).map { $0 % 2 == 0 ? 1.85 : 0 })
    raise(1) { $0.populations[0].readStates[1] > 0.85 }
    raise(-1) { $0.populations[1].readStates[1] > 0.5 }
    let before = array.weights
    array.refresh(above: 0.9)
    #expect(array.refreshCount == 300)
    for (a, b) in zip(array.weights, before) { #expect(abs(a - b) < 0.011, "\(a) \(b)") }
    for k in 0..<2 {
      let states = array.populations[k].readStates
      #expect((0..<600).allSatisfy { $0 % 2 == 0 || states[$0] < -0.5 })
    }
  }

  @Test("zero-shifting finds every device's symmetry point")
  func symmetryPoints() throws {
    let model = try PulseTrainTests.model(
      "soft-bounds", "step: {size: 0.01, asymmetry: 0.4, asymmetry-spread: 0.1}",
      noise: "{cycle: 0.1}")
    var array = Self.array(model)
    array.shiftToSymmetryPoints(pairs: 2000)
    let devices = model.population(600, StreamKey(seed: 1).child("cells").child(0).child("devices"))
    for (i, device) in devices.enumerated() {
      // The noise of a pair is √2·0.1·Δ, forgotten at the rate 2Δ: 0.007 at rest. 500 pairs hold five
      // independent values: 0.0032, five times that.
      let point = try device.symmetryPoint()
      let error = abs(Double(array.references[i]) - point)
      #expect(error < 0.016, "device \(i)")
    }
    #expect(array.weights.allSatisfy { $0 == 0 })
  }

  @Test("write-verify meets its tolerance and counts pulses and energy")
  func writeVerify() throws {
    let model = try PulseTrainTests.model(
      "soft-bounds", "step: {size: 0.01, spread: 20 %}", noise: "{cycle: 0.3}")
    var array = Self.array(model)
    let target = Noise.uniform(600, StreamKey(seed: 8)).map { 1.2 * $0 - 0.6 }
    let pulse = ProgrammingPulse(voltage: Volts(2), width: Seconds(1e-7))
    let report = array.program(target, tolerance: 0.015, pulse: pulse)
    #expect(report.unfinished == 0)
    #expect(zip(array.weights, target).allSatisfy { abs($0 - $1) <= 0.0151 })
    // Every device needs at least |target|/Δ(0) pulses, at 2 V, 100 ns and 25 to 75 uS.
    #expect(report.pulses > 600 * 0.25 / 0.01)
    let energy = report.energy.value / report.pulses
    #expect(energy > 4 * 1e-7 * 25e-6 && energy < 4 * 1e-7 * 75e-6)
    #expect(report.reads > 600)
  }
}
