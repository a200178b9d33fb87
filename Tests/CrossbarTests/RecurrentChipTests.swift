import Crossbar
import Testing

@Suite("Chips with ramp converters")
struct RecurrentChipTests {
  struct Row: Sendable {
    let law: RecurrentChipLaw, bits: Int
    let throughput: Double?, efficiency: Double, density: Double
  }

  // Table 1 of doi 10.1038/s41467-025-56254-6: TOPS, TOPS/W, TOPS/mm². 0.02 TOPS of the keyword task at
  // 8 bits has one digit only; its density tells it better.
  static let table = [
    Row(law: .keywordSpotting, bits: 5, throughput: 0.11, efficiency: 31.0, density: 39.48),
    Row(law: .keywordSpotting, bits: 8, throughput: nil, efficiency: 4.0, density: 6.1),
    Row(law: .characterModel, bits: 5, throughput: 19.5, efficiency: 47.9, density: 27.6),
    Row(law: .characterModel, bits: 8, throughput: 5.5, efficiency: 7.2, density: 7.8),
  ]

  @Test(
    "the law gives the published throughput, efficiency and density within 3 %", arguments: table)
  func published(row: Row) {
    func close(_ value: Double, _ expected: Double) -> Bool {
      abs(value - expected) <= 0.03 * expected
    }
    if let expected = row.throughput {
      #expect(close(row.law.throughput(bits: row.bits) * 1e-12, expected))
    }
    #expect(close(row.law.efficiency(bits: row.bits) * 1e-12, row.efficiency))
    #expect(close(row.law.density(bits: row.bits) * 1e-18, row.density))
  }

  @Test("a bit more doubles what grows with the levels")
  func doubling() {
    for law in [RecurrentChipLaw.keywordSpotting, .characterModel] {
      for bits in 1...9 {
        let (a, b) = (law.latency(bits: bits), law.latency(bits: bits + 1))
        #expect(abs((b - law.digitalTime) / (a - law.digitalTime) - 2) <= 1e-9)
        #expect(law.energy(bits: bits + 1) > law.energy(bits: bits))
      }
    }
  }

  @Test("digital activations of 512 units take 2.5 to 5 times as long as product and conversion")
  func digitalActivations() {
    // 2^5 cycles of pulses and 2^5 of a linear ramp; 2 to 4 cycles an activation, 32 processors.
    let product = 64e-9
    for (cycles, times) in [(2, 2.5), (4, 5.0)] {
      let time = RecurrentChipLaw.digitalActivationTime(hidden: 512, cycles: cycles, processors: 32)
      #expect(abs(time / product - times) <= 1e-9)
    }
  }
}
