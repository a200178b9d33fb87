import DeviceModels
import PhysicalUnits
import Testing

/// Sentences for readers: voltages beyond a device's validity, and columns in the wrong unit.
@Suite struct ValidityNoticeTests {
  private static func file(_ range: String) throws -> DeviceFile {
    try DeviceFile(
      text: "title: t\nsource: 'drawn for a test'\nvalidity: 'as drawn'\n\(range)\n"
        + "conduction: {law: sinh, steepness: 4}\n", name: "cell")
  }

  @Test("a voltage beyond the stated range is announced, one within it or on its end is not")
  func voltages() throws {
    let range = try #require(
      try Self.file("valid-voltages: {lowest: -1 V, highest: 2 V}").voltages)
    #expect(range.notices(of: "cell", at: [-1, 0, 2]).isEmpty)
    #expect(range.notices(of: "cell", at: []).isEmpty)
    let high = range.notices(of: "cell", at: [0, 2.5])
    #expect(high.count == 1 && high[0].contains("applies 2.5 V"))
    // 0 V is no use of a device, whatever its range.
    let above = try #require(
      try Self.file("valid-voltages: {lowest: 0.6 V, highest: 2 V}").voltages)
    #expect(above.notices(of: "cell", at: [0, 0.6, 0]).isEmpty)
    #expect(above.notices(of: "cell", at: [0, 0.2]).first?.contains("applies 0.2 V") == true)
    let both = range.notices(of: "cell", at: [-1.5, 2.5])
    #expect(both.count == 1 && both[0].contains("-1.5 V and 2.5 V"))
    #expect(try Self.file("").voltages == nil)
    #expect(throws: (any Error).self) {
      try Self.file("valid-voltages: {lowest: 2 V, highest: 1 V}")
    }
  }

  @Test(
    "a column in another unit than it is read in is named with the likely unit",
    arguments: [("uA", 1e6), ("mA", 1e3), ("nA", 1e9), ("kA", 1e-3)])
  func units(unit: String, factor: Double) {
    for spread in [0.1, 1, 10.0] {
      let notes = UnitPlausibility.notices(
        "current", unit: "A", of: "a.csv", largest: 3e-5 * factor * spread, expected: 3e-5)
      guard abs(factor) > 1000 || spread == 1 else { continue }
      #expect(notes.count == 1)
      #expect(notes.allSatisfy { $0.contains("'current (\(unit))'") && $0.contains("a.csv") })
    }
    for ratio in [0.01, 0.3, 1, 30, 200] {
      #expect(
        UnitPlausibility.notices(
          "current", unit: "A", of: "a.csv", largest: 3e-5 * ratio, expected: 3e-5
        ).isEmpty)
    }
  }

  @Test("zero is printed without a sign")
  func zero() {
    #expect(significant(-0.0) == "0")
    #expect(significant(-1e-3) == "-0.001")
  }
}
