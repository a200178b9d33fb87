import Crossbar
import Foundation
import InputOutput
import Testing

@Suite struct CostTests {
  private static let counts = ReadCounts(
    name: "fc", tiles: 4, tileRows: 128, tileColumns: 128, outputsPerTile: 128, vectors: 1,
    reads: 3, readTime: 1e-7, cellPower: 8e-4, usedCells: 60_000,
    rowDrives: 900, drive: .bitSerial,
    conversions: [
      ReadCounts.Conversions(bits: 6, outputs: 100, outputsOfBusiestTile: 50, rounds: 1),
      ReadCounts.Conversions(bits: 8, outputs: 500, outputsOfBusiestTile: 128, rounds: 2),
    ], additions: 500, activations: 64, operations: 65536)

  private func change(_ change: (inout ReadCounts) -> Void) -> ReadCounts {
    var counts = Self.counts
    change(&counts)
    return counts
  }

  @Test("every cost file is read and names a source for every number", arguments: CostModel.names)
  func files(name: String) throws {
    let model = try CostModel.named(name)
    #expect(model.name == name)
    #expect(model.origins.count == 17 + (model.clock == nil ? 0 : 7))
    #expect(
      model.origins.values.allSatisfy { $0.source.count >= 8 && !$0.scope.isEmpty && $0.node > 0 })
  }

  @Test("there are cost files")
  func namesFound() { #expect(CostModel.names.contains("isaac-32nm")) }

  @Test("energy is linear in every count and in the power of the cells")
  func linear() throws {
    let model = try CostModel.named("isaac-32nm")
    let base = model.cost(of: [Self.counts]).energy
    let voltage = model.cost(of: [change { $0.cellPower *= 4 }]).energy
    #expect(abs(voltage.array - 4 * base.array) < 1e-12 * voltage.array)
    #expect(voltage.adc == base.adc && voltage.dac == base.dac && voltage.digital == base.digital)
    let double = model.cost(
      of: [
        change {
          $0.reads *= 2
          $0.rowDrives *= 2
          for k in $0.conversions.indices { $0.conversions[k].rounds *= 2 }
          $0.additions *= 2
          $0.activations *= 2
        }
      ])
    for (a, b) in zip(double.energy.parts, base.parts) {
      #expect(abs(a.value - 2 * b.value) <= 1e-12 * a.value, "\(a.name)")
    }
    // 0.8 mW · 100 ns · 3 reads.
    #expect(abs(base.array - 2.4e-10) < 1e-22)
    // One more bit doubles a conversion.
    let finer = model.cost(
      of: [change { for k in $0.conversions.indices { $0.conversions[k].bits += 1 } }]
    ).energy
    #expect(abs(finer.adc - 2 * base.adc) < 1e-12 * finer.adc)
  }

  @Test("converters are as large as their bits, and there are none where nothing is converted")
  func areas() throws {
    let model = try CostModel.named("isaac-32nm")
    // 128 columns, one converter per tile.
    #expect(model.converterCount(of: Self.counts) == 4)
    #expect(model.converterArea(bits: 8) == model.converterArea)
    // Half doubles with every bit, half is proportional to the bits.
    let finer = model.converterArea(bits: 9) / model.converterArea
    #expect(abs(finer - (0.5 * 2 + 0.5 * 9 / 8)) < 1e-12)
    let area = { (change: (inout ReadCounts) -> Void) in
      model.cost(of: [self.change(change)]).area
    }
    let base = area { _ in }
    #expect(area { $0.conversions = [] }.adc == 0)
    #expect(area { $0.drive = .none }.dac == 0)
    // 255 unit elements, 8 stages of a counter.
    #expect(abs(area { $0.drive = .amplitude(bits: 8) }.dac / base.dac - 255) < 1e-9)
    #expect(abs(area { $0.drive = .pulseWidth(bits: 8) }.dac / base.dac - 8) < 1e-9)
    // Two outputs per pair take twice the converters, and no more time.
    let pairs = change {
      $0.outputsPerTile = 256
      for k in $0.conversions.indices {
        $0.conversions[k].outputs *= 2
        $0.conversions[k].outputsOfBusiestTile *= 2
      }
    }
    #expect(model.converterCount(of: pairs) == 8)
    let (one, two) = (model.cost(of: [Self.counts]), model.cost(of: [pairs]))
    #expect(abs(two.energy.adc / one.energy.adc - 2) < 1e-12)
    #expect(abs(two.area.adc / one.area.adc - 2) < 1e-12)
    #expect(two.latency.adc == one.latency.adc)
    #expect(two.sites[0].conversions == 2 * one.sites[0].conversions)
  }

  @Test("digital activations take energy, time and area; ramps that compute them save it")
  func activations() throws {
    for name in CostModel.names {
      let model = try CostModel.named(name)
      let with = model.cost(of: [Self.counts])
      let without = model.cost(of: [change { $0.activations = 0 }])
      let energy = 64 * model.activationEnergy
      #expect(energy > 0)
      #expect(abs(with.sites[0].activationEnergy - energy) < 1e-12 * energy)
      #expect(without.sites[0].activationEnergy == 0)
      #expect(with.energy.digital - without.energy.digital > (1 - 1e-9) * energy)
      #expect(with.latency.digital > without.latency.digital)
      #expect(with.area.digital >= without.area.digital)
    }
  }

  @Test("another node scales energies linearly and areas by the square")
  func nodes() throws {
    let model = try CostModel.named("isaac-32nm")
    let (there, here) = (
      model.scaled(to: 16e-9).cost(of: [change { $0.cellPower = 0 }]),
      model.cost(of: [change { $0.cellPower = 0 }])
    )
    #expect(abs(there.energy.total / here.energy.total - 0.5) < 1e-12)
    #expect(abs(there.area.total / here.area.total - 0.25) < 1e-12)
    #expect(there.latency == here.latency)
    // 0.1 pJ at 45 nm, in a file of 16 nm.
    let ramp = try CostModel.named("ramp-16nm")
    #expect(abs(ramp.additionEnergy / (0.1e-12 * 16 / 45) - 1) < 1e-12)
    #expect(ramp.scope(of: "digital").contains("45 nm"))
  }

  @Test("two matrices cost what each of them costs, and the parts sum to the whole")
  func conservation() throws {
    let model = try CostModel.named("isaac-32nm")
    let other = change {
      $0.tiles = 1
      $0.conversions = [
        ReadCounts.Conversions(bits: 5, outputs: 77, outputsOfBusiestTile: 77, rounds: 1)
      ]
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
      name: "unit", tiles: 8, tileRows: 128, tileColumns: 128, outputsPerTile: 128, vectors: 1,
      reads: 1, readTime: 1e-7, cellPower: 0, usedCells: 0, rowDrives: 1024, drive: .bitSerial,
      conversions: [
        ReadCounts.Conversions(bits: 8, outputs: 1024, outputsOfBusiestTile: 128, rounds: 1)
      ], additions: 1024, activations: 0, operations: 1)
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
    // The whole unit: 24.08 mW over 1.024e10 conversions per second.
    let whole = model.macroEnergy(bits: 8, inputBits: 1)
    #expect(abs(whole / (24.08e-3 / 1.024e10) - 1) < 0.01)
    #expect(model.macroEnergy(bits: 8, inputBits: 5) == 5 * whole)
  }

  @Test("the ramp chip's macro takes 17.92 pJ per level for 160 conversions")
  func rampMacro() throws {
    let model = try CostModel.named("ramp-16nm")
    for bits in 3...8 {
      let energy = 160 * model.macroEnergy(bits: bits, inputBits: 5)
      #expect(abs(energy / (17.92e-12 * exp2(Double(bits))) - 1) < 1e-6)
    }
  }

  @Test("a number without a source, or a wrong key, is refused")
  func faults() throws {
    let folder = try #require(SharedFiles.folder("circuits/costs"))
    let text = try String(contentsOfFile: "\(folder)/isaac-32nm.yaml", encoding: .utf8)
    for (right, wrong, told) in [
      ("array:", "ary:", "did you mean 'array'"),
      ("source: Shafiee 2016, Table I; the ADC's resolution", "source: none", "a source is needed"),
      ("scope: sigmoid units", "note: sigmoid units", "scope"),
      ("node: 32 nm", "node: 32 V", "node"),
    ] {
      let changed = text.replacingOccurrences(of: "\n\(right)", with: "\n\(wrong)")
        .replacingOccurrences(of: " \(right)", with: " \(wrong)")
      #expect(changed != text)
      #expect {
        try CostModel(text: changed, source: "c.yaml")
      } throws: {
        "\($0)".contains(told)
      }
    }
  }
}
