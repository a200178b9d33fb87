import Crossbar
import InputOutput
import Testing

@Suite struct CostTests {
  private static let counts = ReadCounts(
    name: "fc", tiles: 4, tileRows: 128, tileColumns: 128, reads: 3, readTime: 1e-7,
    conductanceSum: 0.02, meanSquareVoltage: 0.04, rowDrives: 900, inputBits: 1,
    conversions: [6: 100, 8: 1000], additions: 500, operations: 65536)

  private func change(_ change: (inout ReadCounts) -> Void) -> ReadCounts {
    var counts = Self.counts
    change(&counts)
    return counts
  }

  @Test("every cost file is read and names a source for every number", arguments: CostModel.names)
  func files(name: String) throws {
    let model = try CostModel.named(name)
    #expect(model.name == name)
    #expect(model.sources.count == 10)
    #expect(model.sources.values.allSatisfy { $0.count >= 8 })
  }

  @Test("there are cost files")
  func namesFound() { #expect(CostModel.names.contains("isaac-32nm")) }

  @Test("energy is linear in every count and in the square of the voltage")
  func linear() throws {
    let model = try CostModel.named("isaac-32nm")
    let base = model.cost(of: [Self.counts]).energy
    let voltage = model.cost(of: [change { $0.meanSquareVoltage *= 4 }]).energy
    #expect(abs(voltage.array - 4 * base.array) < 1e-12 * voltage.array)
    #expect(voltage.adc == base.adc && voltage.dac == base.dac && voltage.digital == base.digital)
    let double = model.cost(
      of: [
        change {
          $0.reads *= 2
          $0.rowDrives *= 2
          $0.conversions = $0.conversions.mapValues { 2 * $0 }
          $0.additions *= 2
        }
      ])
    for (a, b) in zip(double.energy.parts, base.parts) {
      #expect(abs(a.value - 2 * b.value) <= 1e-12 * a.value, "\(a.name)")
    }
    // 0.02 S · 0.04 V² · 100 ns · 3 reads.
    #expect(abs(base.array - 2.4e-10) < 1e-22)
    // One more bit doubles a conversion.
    let finer = model.cost(of: [change { $0.conversions = [7: 100, 9: 1000] }]).energy
    #expect(abs(finer.adc - 2 * base.adc) < 1e-12 * finer.adc)
  }

  @Test("two matrices cost what each of them costs, and the parts sum to the whole")
  func conservation() throws {
    let model = try CostModel.named("isaac-32nm")
    let other = change {
      $0.tiles = 1
      $0.conversions = [5: 77]
    }
    let both = model.cost(of: [Self.counts, other])
    let one = model.cost(of: [Self.counts])
    let two = model.cost(of: [other])
    #expect(abs(both.energy.total - one.energy.total - two.energy.total) < 1e-24)
    #expect(abs(both.latency.total - one.latency.total - two.latency.total) < 1e-18)
    #expect(abs(both.area.total - one.area.total - two.area.total) < 1e-18)
    for split in [both.energy, both.latency, both.area] {
      #expect(abs(split.parts.reduce(0) { $0 + $1.value } - split.total) <= 1e-15 * split.total)
    }
    #expect(both.operations == 131_072)
    #expect(model.cost(of: []).energy.total == 0)
  }

  @Test("the published unit of ISAAC comes out of its file: 25 mW without its registers")
  func isaac() throws {
    // One unit for one read: 8 arrays, every row driven, every column converted and added.
    let model = try CostModel.named("isaac-32nm")
    let unit = ReadCounts(
      name: "unit", tiles: 8, tileRows: 128, tileColumns: 128, reads: 1, readTime: 1e-7,
      conductanceSum: 0, meanSquareVoltage: 0, rowDrives: 1024, inputBits: 1,
      conversions: [8: 1024], additions: 1024, operations: 1)
    let cost = model.cost(of: [unit])
    let power = { (energy: Double) in energy / 1e-7 }
    // Table I: 16 mW, 4 mW, 0.2 mW and 0.0096, 0.00017, 0.0002 and 0.00024 mm².
    #expect(abs(power(cost.energy.adc) / 16e-3 - 1) < 0.01)
    #expect(abs(power(cost.energy.dac) / 4e-3 - 1) < 0.01)
    #expect(abs(power(cost.energy.digital) / 0.2e-3 - 1) < 0.01)
    #expect(abs(cost.area.adc / 9.6e-9 - 1) < 0.01)
    #expect(abs(cost.area.dac / 1.7e-10 - 1) < 0.01)
    #expect(abs(cost.area.array / 2e-10 - 1) < 0.01)
    #expect(abs(cost.area.digital / 2.4e-10 - 1) < 0.01)
    // The 128 columns of an array are converted within one read.
    #expect(abs(cost.latency.adc / 1e-7 - 1) < 0.01)
  }

  @Test("the ramp chip's energy a step follows its published figures", arguments: [5, 8])
  func ramp(bits: Int) throws {
    let model = try CostModel.named("ramp-16nm")
    let step = ReadCounts(
      name: "lstm", tiles: 1, tileRows: 72, tileColumns: 128, reads: 1, readTime: 0,
      conductanceSum: 0, meanSquareVoltage: 0, rowDrives: 72, inputBits: bits,
      conversions: [bits: 160], additions: 0, operations: 18432)
    let published = bits == 5 ? 31.0e12 : 4.0e12
    #expect(abs(model.cost(of: [step]).operationsPerJoule / published - 1) < 0.05)
  }

  @Test("a number without a source, or a wrong key, is refused")
  func faults() {
    #expect {
      try CostModel(text: "name: x\nary: {cell-area: {value: 1 m2}}\n", source: "c.yaml")
    } throws: {
      "\($0)".contains("did you mean 'array'")
    }
  }
}
