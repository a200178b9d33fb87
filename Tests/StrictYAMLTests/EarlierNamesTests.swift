import InputOutput
import StrictYAML
import Testing

/// Keys of earlier versions are read, and a notice names today's spelling.
@Suite struct EarlierNamesTests {
  private func file(_ text: String) throws -> (file: StrictFile, node: StrictNode) {
    let file = try StrictFile(text: text, source: "run.yaml")
    return (file, file.root.renaming(["adc-bits": "output-bits"]))
  }

  @Test("a key by its earlier name is read, and the notice names its line and its name today")
  func earlier() throws {
    let (file, node) = try file("rows: 4\noutput-bits: 9\n")
    #expect(node.integer("adc-bits", in: 2...16, default: 8) == 9)
    #expect(node.integer("rows") == 4)
    try file.finish()
    #expect(file.notices == ["run.yaml: line 2, output-bits: this is now spelled 'adc-bits'"])
  }

  @Test("a key by its name today gives no notice")
  func today() throws {
    let (file, node) = try file("adc-bits: 9\n")
    #expect(node.integer("adc-bits", in: 2...16, default: 8) == 9)
    try file.finish()
    #expect(file.notices.isEmpty)
  }

  @Test("both names at once are rejected")
  func both() throws {
    let (file, node) = try file("adc-bits: 9\noutput-bits: 8\n")
    _ = node.integer("adc-bits", in: 2...16, default: 8)
    #expect(throws: InputErrors.self) { try file.finish() }
  }

  @Test("a fault of a value under the earlier name is at its own place")
  func fault() throws {
    let (file, node) = try file("output-bits: 99\n")
    _ = node.integer("adc-bits", in: 2...16, default: 8)
    do {
      try file.finish()
      Issue.record("99 bits were accepted")
    } catch {
      #expect(error.faults.map(\.place) == ["line 1, output-bits"])
    }
  }

  @Test("a value by its earlier name is read as today's, and the notice names it")
  func earlierValue() throws {
    let file = try StrictFile(text: "type: standardise\n", source: "run.yaml")
    let type = file.root.choice(
      "type", of: ["dense", "standardize"], earlier: ["standardise": "standardize"])
    #expect(type == "standardize")
    try file.finish()
    #expect(file.notices == ["run.yaml: line 1, type: this is now spelled 'standardize'"])
  }

  @Test(
    "an optional whole number is none, a number or its default",
    arguments: [("bits: none", nil), ("bits: 6", 6), ("rows: 1", 8)] as [(String, Int?)])
  func optional(text: String, value: Int?) throws {
    let file = try StrictFile(text: text + "\n", source: "run.yaml")
    #expect(file.root.optionalInteger("bits", in: 2...16, default: 8) == value)
  }
}
