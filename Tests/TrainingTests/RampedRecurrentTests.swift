import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import Testing
import Training

/// Recurrent layers trained with ramps in the loop, and mapped onto chips with such ramps.
@Suite("Recurrent layers on ramps, trained and mapped")
struct RampedRecurrentTests {
  struct Case: Sendable {
    let cell: RecurrentCell
    let projection: Int?
  }

  static let cases = [
    Case(cell: .lstm, projection: nil), Case(cell: .lstm, projection: 3),
    Case(cell: .gru(resetsAfter: true), projection: nil), Case(cell: .plain, projection: nil),
  ]

  static let steps = 6, inputs = 3, samples = 96
  static let x = Matrix(
    rowCount: samples, columnCount: steps * inputs,
    elements: Noise.uniform(samples * steps * inputs, StreamKey(seed: 6)).map { 2 * $0 - 1 })
  /// Whether the first input is positive in the mean over time.
  static let labels: [Int32] = (0..<samples).map { s in
    (0..<steps).reduce(Float(0)) { $0 + x[s, $1 * inputs] } > 0 ? 1 : 0
  }

  static func network(
    _ one: Case, device: DeviceModel?, classifies: Bool, hardware: HardwareSettings? = nil,
    inputs: LineConverters? = LineConverters(bits: 6)
  ) throws -> Backpropagation {
    let loop = GateLoop(
      ramps: try GateRamps(
        bits: 5, device: device, writing: RampWriting(calibration: .onePoint, startCells: 5)),
      inputs: inputs, weightLimit: 2)
    var network = TrainingNetwork(inputShape: [steps, Self.inputs], key: StreamKey(seed: 5))
    try network.recurrent(
      one.cell, hidden: 8, projection: one.projection, givesLast: true, loop: loop)
    if classifies { try network.dense(2) }
    return try Backpropagation(network, optimizer: .adam(), hardware: hardware)
  }

  static func design(_ device: DeviceModel) -> CrossbarDesign {
    CrossbarDesign(
      device: device, tile: TileShape(rows: 16, columns: 32),
      input: InputConverter(coding: .pulseWidth, bits: 6, range: .fixed(1)), output: nil)
  }

  @Test("the codes of a chip are those of training", arguments: cases.indices)
  func codes(which: Int) throws {
    let one = Self.cases[which]
    var trained = try Self.network(one, device: nil, classifies: false)
    let width = one.projection ?? 8
    let labels = Self.labels.map { $0 * Int32(width - 1) }
    for _ in 0..<20 { _ = trained.train(Self.x, labels: labels[...], rate: 0.02) }
    let wanted = trained.outputs(Self.x).elements
    let network = try trained.exported().network(source: "test")
    func states(_ ramps: GateRamps?) throws -> [Float] {
      let mapped = MappedNetwork(
        network, design: Self.design(try DeviceLibrary.load("ideal")), gateRamps: ramps)
      return try network.evaluate(
        Tensor(shape: [Self.samples, Self.steps, Self.inputs], elements: Self.x.elements),
        engine: mapped.chip(key: StreamKey(seed: 1))
      ).elements
    }
    let chip = try states(try GateRamps(bits: 5, device: nil, writing: RampWriting()))
    let different = zip(chip, wanted).count { abs($0 - $1) > 1e-4 }
    // A sum on a threshold may fall on either side.
    #expect(different <= chip.count / 100, "\(different) of \(chip.count)")
    let digital = try states(nil)
    #expect(zip(digital, wanted).count { abs($0 - $1) > 1e-3 } > chip.count / 2)
  }

  @Test("what goes to ramps meets no other converter, a projection does", arguments: cases.indices)
  func converters(which: Int) throws {
    func states(bits: Int?) throws -> [Float] {
      var settings = HardwareSettings()
      (settings.rows, settings.columns, settings.outputBits) = (16, 64, bits)
      var network = try Self.network(
        Self.cases[which], device: nil, classifies: false, hardware: settings)
      return network.outputs(Self.x).elements
    }
    let different = zip(try states(bits: nil), try states(bits: 3)).count { abs($0 - $1) > 1e-4 }
    if Self.cases[which].projection != nil {
      #expect(different > 144)
    } else {
      #expect(different < 8)
    }
  }

  @Test("tests go through the ramps of each chip, written tile by tile", arguments: cases.indices)
  func tests(which: Int) throws {
    func states(chip: UInt64, columns: Int) throws -> [Float] {
      var settings = HardwareSettings()
      (settings.rows, settings.columns) = (16, columns)
      var network = try Self.network(
        Self.cases[which], device: try DeviceLibrary.load("hfo2-1t1r"), classifies: false,
        hardware: settings)
      let key = StreamKey(seed: 4)
      return network.outputs(Self.x, key: key, chip: StreamKey(seed: chip)).elements
    }
    let one = try states(chip: 1, columns: 64)
    #expect(try states(chip: 1, columns: 64) == one)
    #expect(try states(chip: 2, columns: 64) != one && states(chip: 1, columns: 8) != one)
  }

  @Test(
    "a network trained with written ramps keeps its accuracy on chips", arguments: cases.indices)
  func chips(which: Int) throws {
    let device = try DeviceLibrary.load("hfo2-1t1r")
    var trained = try Self.network(Self.cases[which], device: device, classifies: true)
    for step in 0..<150 {
      _ = trained.train(
        Self.x, labels: Self.labels[...], rate: 0.02,
        pass: TrainingPass(key: StreamKey(seed: 9).child(step), isTraining: true))
    }
    let network = try trained.exported().network(source: "test")
    func accuracy(_ outputs: [Float]) -> Double {
      let right = (0..<Self.samples).count {
        (outputs[2 * $0 + 1] > outputs[2 * $0]) == (Self.labels[$0] == 1)
      }
      return Double(right) / Double(Self.samples)
    }
    #expect(accuracy(trained.outputs(Self.x).elements) > 0.85)
    let ramps = try GateRamps(
      bits: 5, device: device,
      writing: RampWriting(
        calibration: .onePoint, calibrationReads: 16, startCells: 5, readNoise: true))
    let mapped = MappedNetwork(network, design: Self.design(device), gateRamps: ramps)
    let seeds = 0..<5
    let mean = try seeds.reduce(0.0) { sum, seed in
      let outputs = try network.evaluate(
        Tensor(shape: [Self.samples, Self.steps, Self.inputs], elements: Self.x.elements),
        engine: mapped.chip(key: StreamKey(seed: 3).child(seed)))
      return sum + accuracy(outputs.elements) / Double(seeds.count)
    }
    #expect(mean > 0.8, "\(mean)")
  }
}
