import Circuits
import Crossbar
import DeviceModels
import Foundation
import Networks
import Randomness
import Testing

/// The cost of a time step from a cost file and a mapped network.
@Suite struct StepCostTests {
  /// A network of Examples/recurrent on ideal cells, as the commands of docs/recurrent.md map it.
  private final class Chip: Sendable {
    let mapped: MappedNetwork
    let chip: AnalogEngine
    let model: CostModel

    init(_ name: String, tile: TileShape, biasOnRow: Bool) throws {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
      let path = folder.appending(path: "../../Examples/recurrent/\(name).yaml").standardizedFileURL
        .path
      let network = try NetworkDescription(path: path).network(source: path)
      let design = CrossbarDesign(
        device: try DeviceLibrary.load("ideal"), tile: tile, biasOnRow: biasOnRow,
        input: InputConverter(coding: .pulseWidth, bits: 5, range: .fixed(1)),
        output: OutputConverter(bits: 5))
      mapped = MappedNetwork(
        network, design: design,
        gateRamps: try GateRamps(bits: 5, device: nil, writing: RampWriting()))
      chip = mapped.chip(key: StreamKey(seed: 1))
      model = try CostModel.named("ramp-16nm")
    }

    func counts(_ converters: MappedNetwork.CountedConverters, bits: Int) -> [ReadCounts] {
      mapped.readCounts(
        chip: chip, readTime: model.readTime(of: .pulseWidth(bits: bits)) ?? 0,
        converters: converters)
    }

    /// Operations are those of the gates' matrix, as the published table counts them.
    func step(bits: Int) -> StepCost {
      StepCost(
        model, of: counts(.ramps(bits: bits), bits: bits),
        operations: 2 * Double(mapped.network.sites[0].weightCount))
    }

    func conventional(bits: Int, processors: Int, cycles: Int) -> StepCost {
      var model = model
      model.activationTime = Double(cycles) * 1e-9
      return StepCost(
        model, of: counts(.linear(bits: bits), bits: bits), operations: 1, processors: processors)
    }
  }

  private static let keywords = Result {
    try Chip("shape-72x128", tile: TileShape(rows: 72, columns: 256), biasOnRow: false)
  }
  private static let characters = Result {
    try Chip("shape-633x8064", tile: TileShape(rows: 633, columns: 1008), biasOnRow: true)
  }

  @Test("both published networks come out of the cost file and their shapes within 3 % of Table 1")
  func published() throws {
    // Table 1 of doi 10.1038/s41467-025-56254-6: TOPS, TOPS/W, TOPS/mm², mW. 0.02 TOPS has one digit.
    let table: [(Result<Chip, any Error>, Int, Double?, Double, Double, Double)] = [
      (Self.keywords, 5, 0.11, 31.0, 39.48, 3.7), (Self.keywords, 8, nil, 4.0, 6.1, 4.6),
      (Self.characters, 5, 19.5, 47.9, 27.6, 406.5), (Self.characters, 8, 5.5, 7.2, 7.8, 766.8),
    ]
    for (chip, bits, throughput, efficiency, density, power) in table {
      let step = try chip.get().step(bits: bits)
      func close(_ value: Double, _ expected: Double) -> Bool {
        abs(value - expected) <= 0.03 * expected
      }
      let teraPerSecond = step.operationsPerSecond * 1e-12
      if let throughput {
        #expect(close(teraPerSecond, throughput), "\(teraPerSecond)")
      } else {
        #expect(teraPerSecond >= 0.015 && teraPerSecond < 0.025)
      }
      #expect(close(step.operationsPerJoule * 1e-12, efficiency), "\(step.operationsPerJoule)")
      #expect(
        close(step.operationsPerSecondAndArea * 1e-18, density),
        "\(step.operationsPerSecondAndArea)")
      #expect(close(step.power * 1e3, power), "\(step.power)")
    }
  }

  @Test(
    "a step lasts as long as its schedule: 2ⁿ of pulses and 2ⁿ of ramp for every analog operation")
  func schedule() throws {
    // Operations in sequence: gates, cell states, and the projection of the second network.
    for (chip, operations, units) in [(Self.keywords, 2.0, 32), (Self.characters, 3.0, 2016)] {
      for bits in 3...8 {
        let time = try chip.get().step(bits: bits).time
        let phase = operations * exp2(Double(bits)) * 1e-9
        #expect(abs(time.array - phase) < 1e-15 && abs(time.nonlinear - phase) < 1e-15)
        // 15 periods of control per operation, 28 of 4 element-wise operations per unit at once.
        let rest = operations * 15 + (Double(4 * units) / 28).rounded(.up)
        #expect(abs(time.rest - rest * 1e-9) < 1e-15)
        #expect(abs(time.array + time.nonlinear + time.rest - time.total) < 1e-18)
      }
    }
  }

  @Test(
    "energy is the sum of its parts, nothing counted twice, and grows with the bits as its power does"
  )
  func energy() throws {
    for result in [Self.keywords, Self.characters] {
      let chip = try result.get()
      var (last, fixed): (StepCost?, Double?) = (nil, nil)
      for bits in 2...9 {
        let step = chip.step(bits: bits)
        let (e, model) = (step.energy, chip.model)
        #expect(abs(e.array + e.nonlinear + e.rest - e.total) <= 1e-15 * e.total)
        let cells = chip.mapped.matrices.reduce(0) { $0 + $1.usedCells }
        let levels = exp2(Double(bits))
        #expect(abs(e.array / (Double(cells) * (model.cellPower ?? 0) * levels * 1e-9) - 1) < 1e-9)
        let conversions = chip.counts(.ramps(bits: bits), bits: bits)
          .reduce(0) { $0 + $1.conversionCount / $1.vectors }
        #expect(
          abs(e.nonlinear / (conversions * model.conversionEnergyPerLevel * levels) - 1) < 1e-9)
        // What is left over idle power does not depend on the bits.
        let idle = (model.clock?.idlePowerPerArea ?? 0) * step.area * step.time.total
        #expect(e.rest > idle && abs(e.rest - idle - (fixed ?? e.rest - idle)) < 1e-9 * e.rest)
        fixed = e.rest - idle
        if let last {
          #expect(step.time.total > last.time.total && step.energy.total > last.energy.total)
          #expect(step.operationsPerJoule < last.operationsPerJoule)
          #expect(step.area == last.area)
        }
        last = step
      }
    }
  }

  @Test(
    "a conventional chip takes the time of its products, then activations × cycles ÷ processors")
  func conventional() throws {
    let chip = try Self.characters.get()
    for (processors, cycles) in [(32, 2), (32, 4), (63, 4)] {
      let step = chip.conventional(bits: 5, processors: processors, cycles: cycles)
      let activations = 5.0 * 2016 * Double(cycles) / Double(processors)
      #expect(abs(step.time.array - 64e-9) < 1e-15)
      #expect(abs(step.time.nonlinear - (64 + activations) * 1e-9) < 1e-15)
    }
    // 512 hidden units on 32 processors, 2 to 4 cycles: 2.5 to 5 times the 64 cycles of product and conversion.
    let model = chip.model
    let counts = ReadCounts(
      name: "lstm", tiles: 1, tileRows: 1, tileColumns: 1, outputsPerTile: 1, vectors: 1,
      reads: 1, readTime: 32e-9, cellPower: 0, usedCells: 0, rowDrives: 0,
      drive: .pulseWidth(bits: 5),
      conversions: [
        ReadCounts.Conversions(bits: 5, outputs: 2048, outputsOfBusiestTile: 1, rounds: 1)
      ], additions: 0, activations: 5 * 512, operations: 1)
    for (cycles, times) in [(2.0, 2.5), (4.0, 5.0)] {
      var own = model
      own.activationTime = cycles * 1e-9
      let site = own.cost(of: [counts], processors: 32).sites[0]
      let product = site.latency.array + site.latency.adc
      #expect(abs(site.activationLatency / product - times) < 1e-9)
    }
  }
}
