import Circuits
import Crossbar
import DeviceModels
import Networks
import PhysicalUnits
import Randomness
import Testing
import Training

/// Recurrent layers trained with ramps through a chip, and mapped onto such a chip.
extension RampedRecurrentTests {
  static let wires = UniformWires(
    wordSegment: Ohms(20), bitSegment: Ohms(20), source: Ohms(20), sense: Ohms(20))

  /// A chip without errors whose ramps are cells.
  static func hardware(wires: UniformWires?) throws -> HardwareSettings {
    var settings = HardwareSettings()
    settings.device = try DeviceLibrary.load("ideal")
    (settings.rows, settings.columns, settings.wires) = (16, 32, wires)
    settings.inputBits = 6
    return settings
  }

  /// The states of a network that was trained through `hardware`, as its tests compute them, and its description.
  static func trained(
    _ one: Case, _ hardware: HardwareSettings
  ) throws -> (states: [Float], description: NetworkDescription) {
    var network = try network(
      one, device: hardware.device, classifies: false, hardware: hardware, inputs: nil)
    let labels = labels.map { $0 * Int32((one.projection ?? 8) - 1) }
    for step in 0..<20 {
      _ = network.train(
        x, labels: labels[...], rate: 0.02,
        pass: TrainingPass(key: StreamKey(seed: 9).child(step), isTraining: true))
    }
    return (network.outputs(x).elements, network.exported())
  }

  /// The states on a chip of `design`, and where its ranges come from.
  static func mapped(
    _ description: NetworkDescription, _ design: CrossbarDesign
  ) throws -> (states: [Float], origins: [MappedNetwork.RangeOrigin]) {
    let network = try description.network(source: "test")
    let ramps = try GateRamps(
      bits: 5, device: design.device, writing: RampWriting(calibration: .onePoint, startCells: 5))
    var mapped = MappedNetwork(network, design: design, gateRamps: ramps, ranges: .trained)
    let inputs = Tensor(shape: [samples, steps, Self.inputs], elements: x.elements)
    try mapped.calibrate(on: inputs)
    return (
      try network.evaluate(inputs, engine: mapped.chip(key: StreamKey(seed: 1))).elements,
      mapped.rangeOrigins
    )
  }

  @Test(
    "training and a mapped chip read ramps and weights through the same wires",
    arguments: cases.indices)
  func wires(which: Int) throws {
    let (states, description) = try Self.trained(
      Self.cases[which], try Self.hardware(wires: Self.wires))
    func different(_ wires: UniformWires?) throws -> Int {
      let design = CrossbarDesign(
        device: try DeviceLibrary.load("ideal"), tile: TileShape(rows: 16, columns: 32),
        input: InputConverter(bits: 6), output: nil, wires: wires)
      return zip(try Self.mapped(description, design).states, states)
        .count { abs($0 - $1) > 1e-4 }
    }
    let same = try different(Self.wires)
    // A sum on a threshold may fall on either side.
    #expect(same <= states.count / 50, "\(same) of \(states.count)")
    #expect(try different(nil) > states.count / 10)
  }

  @Test("a projection behind gates on ramps exports its converters, which its chip follows")
  func projection() throws {
    var hardware = try Self.hardware(wires: nil)
    (hardware.outputBits, hardware.outputRange) = (6, .learned)
    let (states, description) = try Self.trained(Self.cases[1], hardware)
    let converters = try #require(description.converters[0])
    #expect(converters.count == 2 && converters[0] == nil && converters[1]?.outputBits == 6)
    let design = CrossbarDesign(
      device: try DeviceLibrary.load("ideal"), tile: TileShape(rows: 16, columns: 32),
      input: InputConverter(bits: 6), output: OutputConverter(bits: 6))
    let (chip, origins) = try Self.mapped(description, design)
    #expect(origins == [.own, .trained])
    let different = zip(chip, states).count { abs($0 - $1) > 1e-4 }
    #expect(different <= states.count / 50, "\(different) of \(states.count)")
  }
}
