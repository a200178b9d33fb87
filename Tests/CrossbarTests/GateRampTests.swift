import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import Testing

/// Recurrent layers on chips whose gates are computed by ramps.
@Suite struct GateRampTests {
  static func layer(_ inputs: Int, _ hidden: Int) throws -> Network {
    let key = StreamKey(seed: 1)
    func matrix(_ rows: Int, _ columns: Int, _ name: String) -> Matrix<Float> {
      Matrix(
        rowCount: rows, columnCount: columns,
        elements: Noise.uniform(rows * columns, key.child(name)).map { 1.4 * $0 - 0.7 })
    }
    var builder = try NetworkBuilder(source: "test", name: "lstm", inputShape: [6, inputs])
    let zeros = [Float](repeating: 0, count: 4 * hidden)
    let states = try builder.recurrent(
      builder.input, .lstm,
      [
        RecurrentWeights(
          input: matrix(4 * hidden, inputs, "input"), hidden: matrix(4 * hidden, hidden, "hidden"),
          inputBias: zeros, hiddenBias: zeros)
      ], name: "lstm")
    return try builder.network(output: states)
  }

  /// The states on a chip, and the digital ones.
  static func states(
    bits: Int, device: DeviceModel?
  ) throws -> (chip: [Float], digital: [Float]) {
    let network = try layer(5, 4)
    let x = Tensor(
      shape: [8, 6, 5], elements: Noise.uniform(240, StreamKey(seed: 2)).map { 2 * $0 - 1 })
    let ideal = try DeviceLibrary.load("ideal")
    let design = CrossbarDesign(
      device: ideal, tile: TileShape(rows: 16, columns: 64), input: nil, output: nil)
    let ramps = try GateRamps(
      bits: bits, device: device, writing: RampWriting(calibration: .onePoint))
    let chip = MappedNetwork(network, design: design, gateRamps: ramps).chip(
      key: StreamKey(seed: 3))
    return (
      try network.evaluate(x, engine: chip).elements,
      try network.evaluate(x, engine: DigitalEngine(network)).elements
    )
  }

  @Test("exact ramps come to the digital layer with their bits, written ones leave an error")
  func ramps() throws {
    func error(_ states: (chip: [Float], digital: [Float])) -> Float {
      zip(states.chip, states.digital).map { abs($0 - $1) }.max()!
    }
    let (coarse, fine) = (
      try Self.states(bits: 5, device: nil), try Self.states(bits: 9, device: nil)
    )
    #expect(error(fine) < 0.02 && error(fine) < 0.25 * error(coarse))
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let written = try Self.states(bits: 5, device: device)
    #expect(written.chip != coarse.chip && error(written) < 1, "\(error(written))")
  }

  /// A mapped layer of 9 rows and 16 columns of pairs on two tiles of 16 × 16.
  static func mapped(
    _ device: DeviceModel, ramps: DeviceModel? = nil, calibration: RampCalibration = .none
  ) throws -> MappedNetwork {
    let design = CrossbarDesign(
      device: device, tile: TileShape(rows: 16, columns: 16), input: nil, output: nil)
    let gates = try GateRamps(
      bits: 5, device: ramps ?? device,
      writing: RampWriting(calibration: calibration, startCells: 5, readNoise: true))
    return MappedNetwork(try layer(5, 4), design: design, gateRamps: gates)
  }

  @Test("every tile has a ramp for each function of its columns, beside its weights")
  func places() throws {
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let mapped = try Self.mapped(device)
    let places = mapped.rampPlaces(site: 0)
    // Gates i, o on the first tile, with the cell states that o multiplies; f and the candidates on the second.
    #expect(places.map(\.name) == ["sigmoid", "tanh-states", "sigmoid", "tanh"])
    #expect(places.map(\.tile) == [0..<8, 0..<8, 8..<16, 8..<16])
    // 30 steps and 5 calibration cells fill three lines of 16 cells.
    #expect(places.allSatisfy { $0.cellCount == 35 })
    #expect(places.map(\.bitLines) == [16..<19, 19..<22, 16..<19, 19..<22])
    let (report, plain) = (mapped.report(site: 0), mapped.matrices[0].report)
    #expect(report.usedCells == plain.usedCells + 4 * 35 && mapped.rampColumns(site: 0) == 6)
    #expect(report.utilization == Double(report.usedCells) / Double(2 * 16 * 22))
    let chip = mapped.chip(key: StreamKey(seed: 3))
    let cells = places.map { chip.cells(of: $0, site: 0) }
    for (targets, conductances) in cells {
      let errors = zip(targets, conductances).map { abs($0 - $1) }
      // Verified to within 5 µS, half a rounding error more.
      #expect(errors.count == 35 && errors.max()! <= 5.01e-6 && errors.max()! > 0)
    }
    #expect(Set(cells.map(\.conductances)).count == 4)
    let counts = mapped.readCounts(chip: chip, readTime: 1e-7)[0]
    // The columns of ramps are counted apart, since converters of some cost models contain them.
    #expect(counts.tileColumns == 16 && counts.tileColumns + counts.rampColumns == 22)
    let sum = cells.flatMap(\.conductances).reduce(0) { $0 + Double($1) }
    #expect(abs(counts.rampPower / (0.04 * sum) - 1) < 1e-6)
  }

  @Test("cells of ramps cost area and energy once: as cells, or in converters that are ramps")
  func cost() throws {
    let mapped = try Self.mapped(try DeviceLibrary.load("hfo2-1t1r"))
    let counts = mapped.readCounts(chip: mapped.chip(key: StreamKey(seed: 3)), readTime: 1e-7)[0]
    var without = counts
    (without.rampColumns, without.rampPower) = (0, 0)
    func difference(_ name: String) throws -> (area: Double, energy: Double) {
      let model = try CostModel.named(name)
      let (all, plain) = (model.cost(of: [counts]), model.cost(of: [without]))
      return (
        all.sites[0].area.total - plain.sites[0].area.total,
        all.sites[0].energy.total - plain.sites[0].energy.total
      )
    }
    let ramps = try difference("ramp-16nm")
    #expect(ramps.area == 0 && ramps.energy == 0)
    let model = try CostModel.named("isaac-32nm")
    let (cells, apart) = (2.0 * 16 * 6 * model.cellArea, try difference("isaac-32nm"))
    #expect(abs(apart.area / cells - 1) < 1e-9)
    // Each cell conducts for a step of each of six rounds of 2⁵.
    let energy = counts.rampPower * 6 * model.conversionTime(bits: 5) / 32
    #expect(energy > 0 && abs(apart.energy / energy - 1) < 1e-9)
  }

  @Test("reads of ramp cells differ from conversion to conversion, chips are repeated bit for bit")
  func noise() throws {
    let noisy = try DeviceLibrary.load("hfo2-1t1r")
    var quiet = noisy
    quiet.readNoise = .none
    let x = Tensor(
      shape: [40, 6, 5], elements: Noise.uniform(1200, StreamKey(seed: 2)).map { 2 * $0 - 1 })
    func states(_ ramps: DeviceModel, kind: String? = nil) throws -> [Float] {
      let mapped = try Self.mapped(quiet, ramps: ramps)
      let chip = mapped.chip(key: StreamKey(seed: 3))
      return try mapped.network.evaluate(x, engine: kind.map(chip.apart) ?? chip).elements
    }
    let first = try states(noisy)
    #expect(try states(noisy) == first)
    #expect(try states(noisy, kind: "other") != first && states(quiet) != first)
    #expect(try states(quiet, kind: "other") == states(quiet))
  }
}

extension Chips {
  /// Phase-change cells that take their targets, are read without noise, and drift with exponents about 0.06.
  static func drifting(spread: Double) throws -> DeviceModel {
    var device = try DeviceLibrary.load("pcm").writtenExactly
    device.readNoise = .none
    for (law, value) in [(\ConductanceDrift.mean, 0.06), (\ConductanceDrift.deviation, spread)] {
      var exponent = device.drift![keyPath: law]
      (exponent.slope, exponent.intercept, exponent.minimum, exponent.maximum) = (
        0, value, value, value
      )
      device.drift![keyPath: law] = exponent
    }
    return device
  }
}
