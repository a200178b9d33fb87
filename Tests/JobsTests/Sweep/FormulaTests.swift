import InputOutput
import Studies
import Testing

@Suite struct FormulaTests {
  @Test(
    "formulas follow the rules of arithmetic",
    arguments: [
      ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4), ("2 ^ -1", 0.5),
      ("8 / 4 / 2", 1), ("5 - 3 - 1", 1), ("1.5e-3 * 2", 0.003), ("max(1, a, 2)", 3),
      ("write-error - 1", 9), ("a - 1", 2), ("sqrt(a ^ 2 + 16)", 5), ("2 * pi / pi", 2),
    ])
  func values(text: String, value: Double) throws {
    let formula = try Formula(text, names: ["a", "write-error"])
    #expect(formula.value { $0 == "a" ? 3 : 10 } == value)
  }

  @Test(
    "a formula that means nothing is told in one sentence",
    arguments: ["", "1 +", "(1", "1 2", "b", "foo(1)", "sqrt(1, 2)", "1 $ 2", "1e999", ")", "--"])
  func faults(text: String) {
    #expect(throws: RunError.self) { try Formula(text, names: ["a"]) }
  }

  @Test("a formula nested without end is refused, not followed")
  func deep() {
    let text = String(repeating: "(", count: 1500) + "1" + String(repeating: ")", count: 1500)
    #expect(throws: RunError.self) { try Formula(text, names: []) }
    #expect(throws: RunError.self) {
      try Formula(String(repeating: "2^", count: 1500) + "1", names: [])
    }
  }
}
