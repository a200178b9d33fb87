import InputOutput
import Jobs
import Studies
import Testing

@Suite struct StudyTests {
  static let head = "study: t\njob: formula\nsettings: {metric.y: a + b}\n"

  static func plan(_ text: String) throws -> Plan {
    try Plan(try Study(text: head + text, path: "s.yaml", jobs: StudyJobs.all))
  }

  @Test("a grid has every combination once, the last parameter running fastest")
  func grid() throws {
    let plan = try Self.plan(
      "parameters:\n  a: {values: [1, 2]}\n  b: {range: {from: 0, to: 1, count: 3}}\nrepeats: 2\n")
    #expect(plan.pointCount == 6 && plan.rowCount == 12)
    let values = (0..<6).map { plan.values(at: $0).map(\.number) }
    #expect(values == [[1, 0], [1, 0.5], [1, 1], [2, 0], [2, 0.5], [2, 1]])
  }

  @Test("zipped parameters go together, and formulas follow them")
  func zip() throws {
    let plan = try Self.plan(
      """
      parameters:
        a: {values: [1, 2, 3]}
        c: {values: [5, 6], key: none}
        b: {range: {from: 1, to: 100, count: 3, scale: logarithmic}}
      zip: [[a, b]]
      derived: {d: {formula: "10 * c + a", key: none}}
      """)
    #expect(plan.pointCount == 6)
    let rows = (0..<6).map { plan.columnValues(at: $0).map(\.number) }
    #expect(rows[0] == [1, 5, 1, 51] && rows[3] == [2, 6, 10, 62] && rows[5] == [3, 6, 100, 63])
  }

  @Test("samples fill the range: a Latin hypercube has one point a slice, Sobol's sequence too")
  func sampled() throws {
    for design in ["latin-hypercube", "sobol"] {
      let plan = try Self.plan(
        "design: \(design)\nsamples: 63\nparameters:\n  a: {range: {from: 0, to: 64}}\n"
          + "  b: {range: {from: 1, to: 1000, scale: logarithmic}}\n")
      let points = (0..<63).map { plan.values(at: $0).map(\.number) }
      #expect(points.allSatisfy { $0[0] > 0 && $0[0] < 64 && $0[1] > 1 && $0[1] < 1000 })
      if design == "latin-hypercube" {
        #expect(Set(points.map { Int($0[0] / 64 * 63) }).count == 63)
      } else {
        #expect(Set(points.map(\.[0])) == Set((1...63).map(Double.init)))
      }
    }
  }

  @Test("a row's seed depends on its place, and on its repeat alone where seeds are shared")
  func seeds() throws {
    let text = "parameters: {a: {values: [1, 2]}, b: {values: [0]}}\nrepeats: 3\n"
    let own = try Self.plan(text)
    #expect(Set((0..<6).map(own.seed)).count == 6)
    let shared = try Self.plan(text + "seeds: shared\n")
    #expect((0..<3).map(shared.seed) == (3..<6).map(shared.seed))
    let counted = try Self.plan(text + "seed: 5\nseeds: consecutive\n")
    #expect((0..<6).map(counted.seed) == [5, 6, 7, 5, 6, 7])
    #expect(own.identity != shared.identity)
  }

  @Test("a value may occur twice in a parameter that is zipped, which names another row")
  func zippedTwice() throws {
    let plan = try Self.plan(
      "parameters: {a: {values: [1, 2]}, b: {values: [3, 3]}}\nzip: [[a, b]]\n")
    #expect(plan.rowCount == 2)
  }

  @Test(
    "a wrong study is told in sentences that name the place",
    arguments: [
      ("parameters: {}", "at least one parameter is expected"),
      ("parameters: {a: {values: []}}", "at least one value is expected"),
      ("parameters: {a: {values: [1, 1]}}", "a value occurs twice"),
      (
        "parameters: {a: {values: [1, 1]}, b: {values: [2, 2]}}\nzip: [[a, b]]",
        "a value occurs twice"
      ),
      ("parameters: {a: {value: [1]}}", "one of 'values' and 'range' is expected"),
      ("parameters: {a: {values: [1 uS, 2 V]}}", "different units"),
      ("parameters: {a: {range: {from: 2, to: 1, count: 3}}}", "'from' must be below 'to'"),
      (
        "parameters: {a: {range: {from: 0, to: 1, count: 3, scale: logarithmic}}}",
        "a logarithmic range begins above 0"
      ),
      ("parameters: {row: {values: [1]}}", "has a meaning of its own"),
      ("parameters: {seed: {values: [1]}}", "has a meaning of its own"),
      ("parameters: {a: {values: [1]}, A: {values: [1]}}", "occurs twice"),
      ("parameters: {a: {values: [1]}, b: {values: [1, 2]}}\nzip: [[a, b]]", "same number"),
      ("parameters: {a: {values: [1]}}\nderived: {d: {formula: a + x}}", "unknown name 'x'"),
      ("parameters: {a: {values: [1]}}\nrepeat: 3", "unknown key 'repeat', did you mean 'repeats'"),
      ("design: sobol\nparameters: {a: {values: [1]}}", "'samples' is missing"),
      ("repeats: 0", "is outside 1"),
      ("seed: 1", "'parameters' or 'repeats' is expected"),
    ])
  func faults(text: String, problem: String) {
    do {
      _ = try Self.plan(text + "\n")
      Issue.record("no fault found")
    } catch {
      #expect("\(error)".contains(problem), "\(error)")
      #expect("\(error)".hasPrefix("s.yaml: "))
    }
  }

  @Test("a grid beyond all bounds is refused before it is laid out")
  func huge() {
    let axes = (0..<8).map { "  p\($0): {range: {from: 0, to: 1, count: 1000}}" }
    #expect(throws: InputError.self) {
      try Self.plan("parameters:\n" + axes.joined(separator: "\n") + "\n")
    }
  }
}
