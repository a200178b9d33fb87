import InputOutput
import Reporting
import Testing

@Suite struct SettingsReaderTests {
  @Test("options and run-file keys are read alike, and defaults are kept")
  func resolved() throws {
    let reader = SettingsReader([Setting(option: "adc-bits", "6"), Setting(option: "time", "1 h")])
    #expect(reader.integer("adc-bits", in: 1...16, default: 8) == 6)
    #expect(reader.quantity("time", unit: "s", in: 0...1e9, default: "0 s") == 3600)
    #expect(reader.text("device", default: "hfo2-1t1r") == "hfo2-1t1r")
    #expect(reader.optionalText("clip") == nil)
    try reader.finish()
    #expect(reader.resolved.map(\.key) == ["adc-bits", "time", "device"])
    #expect(reader.resolved.map(\.text) == ["6", "1 h", "hfo2-1t1r"])
  }

  @Test("all faults come at once, each with its place and what is allowed")
  func faults() throws {
    let reader = SettingsReader([
      Setting(option: "adc-bits", "40"), Setting(option: "chips", "few"),
      Setting(key: "sheme", text: "offset", source: "a.yaml", place: "line 3, sheme"),
      Setting(option: "time", "3 V"),
    ])
    _ = reader.integer("adc-bits", in: 1...16, default: 8)
    _ = reader.integer("chips", in: 1...1000, default: 10)
    _ = reader.choice("scheme", of: ["differential", "offset"], default: "differential")
    _ = reader.quantity("time", unit: "s", in: 0...1e9, default: "0 s")
    _ = reader.text("model")
    let error = #expect(throws: InputErrors.self) { try reader.finish() }
    #expect(
      error?.description == """
        --adc-bits: 40 is outside 1…16.
        --chips: 'few' is not a whole number.
        --time: '3 V' is in V, a number in s is expected.
        --model: a value for 'model' is needed.
        a.yaml: line 3, sheme: unknown key 'sheme', did you mean 'scheme'?
        """)
  }

  @Test("of two settings with one key the later one counts")
  func later() throws {
    let reader = SettingsReader([
      Setting(key: "seed", text: "3", source: "a.yaml"), Setting(option: "seed", "4"),
    ])
    #expect(reader.seed() == 4)
    try reader.finish()
  }
}
