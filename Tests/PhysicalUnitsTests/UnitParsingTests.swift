import PhysicalUnits
import Testing

@Suite struct UnitParsingTests {
  @Test(
    "numbers with units are read in SI",
    arguments: [
      ("50 uS", 50e-6, "S"), ("0.2V", 0.2, "V"), ("1e-9 s", 1e-9, "s"), ("25 %", 0.25, ""),
      ("1h", 3600, "s"), ("2.67µS", 2.67e-6, "S"), ("-3 mV", -3e-3, "V"), ("1 kohm", 1e3, "Ohm"),
      ("25 degC", 298.15, "K"), ("5", 5, ""), ("1 V/s", 1, "V/s"), ("2 1/V", 2, "1/V"),
      ("1e-14 m2/V/s", 1e-14, "m2/V/s"), ("10 ns", 1e-8, "s"), ("1 min", 60, "s"),
    ])
  func reads(text: String, value: Double, unit: String) throws {
    let parsed = try #require(UnitValue(parsing: text))
    #expect(abs(parsed.value - value) <= 1e-12 * abs(value))
    #expect(parsed.unit == UnitValue.canonicalUnit(unit))
  }

  @Test(
    "what is no number with a known unit is refused",
    arguments: [
      "", "uS", "5 furlongs", "1e999 S", "nan", "inf V", "--3 V", "1 2 V", "0x10 S", "1 V^10",
      "1 V^-9223372036854775808",
    ])
  func refuses(text: String) { #expect(UnitValue(parsing: text) == nil) }

  @Test("quantities print with an engineering prefix")
  func prints() {
    #expect("\(Siemens(5e-5))" == "50 uS")
    #expect("\(Ohms(1e3))" == "1 kOhm")
    #expect("\(Volts(0))" == "0 V")
    #expect("\(Seconds(2.5e-9))" == "2.5 ns")
  }
}
