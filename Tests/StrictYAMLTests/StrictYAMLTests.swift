import InputOutput
import StrictYAML
import Testing

@Suite struct StrictYAMLTests {
  @Test("values with units are read in SI")
  func reads() throws {
    let file = try StrictFile(text: "g: 50 uS\nn: 3\nlist: [1 V, 2 V]\n", source: "t")
    #expect(file.root.quantity("g", unit: "S") == 50e-6)
    #expect(file.root.integer("n") == 3)
    #expect(file.root.quantities("list", unit: "V") == [1, 2])
    try file.finish()
  }

  @Test("all faults are reported at once, each with its line")
  func faults() throws {
    let text = """
      conductance: 5
      leak: 3 uV
      bits: 99
      schem: pair
      """
    let file = try StrictFile(text: text, source: "bad.yaml")
    _ = file.root.quantity("conductance", unit: "S")
    _ = file.root.quantity("leak", unit: "S")
    _ = file.root.integer("bits", in: 1...16)
    _ = file.root.choice("scheme", of: ["pair", "offset"])
    do {
      try file.finish()
      Issue.record("the file was accepted")
    } catch {
      let lines = error.faults.map(\.description)
      #expect(lines.count == 5)
      #expect(lines.contains { $0.contains("line 1") && $0.contains("unit is missing") })
      #expect(lines.contains { $0.contains("line 2") && $0.contains("a number in S is expected") })
      #expect(lines.contains { $0.contains("line 3") && $0.contains("1…16") })
      #expect(lines.contains { $0.contains("line 4") && $0.contains("did you mean 'scheme'") })
    }
  }

  @Test(
    "what is not YAML, or no mapping, is one clear fault",
    arguments: ["a: [1", "- 1", "", "a: 1\na: 2"])
  func malformed(text: String) {
    #expect(throws: InputErrors.self) { try StrictFile(text: text, source: "bad.yaml") }
  }
}
