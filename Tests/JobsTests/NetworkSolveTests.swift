import ArrayFiles
import CircuitJobs
import Circuits
import Foundation
import InputOutput
import Randomness
import Reporting
import TestSupport
import Testing

/// `solve` of networks: the examples, repeated runs, and faults of files.
@Suite struct NetworkSolveTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "circuits/networks")
    .path

  static func solve(_ settings: [String: String]) throws -> (
    outcome: NetworkSolveJob.Outcome, folder: String
  ) {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "ohmweave-network-\(UUID().uuidString)").path
    let job = try NetworkSolveJob(
      settings.sorted { $0.key < $1.key }.map { Setting(option: $0, $1) })
    return (try job.run(RunContext(output: folder)), folder)
  }

  static func number(_ table: Table, _ name: String, _ column: String) -> Double {
    guard let k = table.columns.firstIndex(of: column),
      let row = table.rows.first(where: { $0[0] == .text(name) }), case .number(let value) = row[k]
    else { return .nan }
    return value
  }

  /// A network file of some text, and what reading it says.
  static func faults(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "ohmweave-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: InputErrors.self) {
      try NetworkSolveJob([Setting(option: "network", path)])
    }
    return error?.description ?? ""
  }

  @Test("the 6-4-2 network has the states that were computed independently, and its run repeats")
  func golden() throws {
    let (outcome, folder) = try Self.solve([
      "network": "\(Self.folder)/settling-6-4-2.yaml", "nudge": "0.1 S", "capacitance": "1 pF",
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, volts) in [
      ("layer 1, unit 0", 0.52091827), ("layer 1, unit 1", 0), ("layer 1, unit 2", -0.2519687),
      ("layer 2, unit 0", -0.04618283), ("layer 2, unit 1", 0.15797357),
    ] {
      #expect(abs(Self.number(outcome.nodes, name, "voltage (V)") - volts) < 1e-8)
    }
    func figure(_ name: String) -> Double { Self.number(outcome.figures, name, "value") }
    #expect(abs(figure("cost") - 1.217700644) < 1e-9)
    #expect(abs(figure("cosine of contrast and gradient") - 0.99971) < 1e-5)
    #expect(
      abs(figure("power delivered by sources") / figure("power taken by elements") - 1) < 1e-9)
    #expect(figure("time to settle, free phase") > 0 && figure("energy of the nudged phase") > 0)
    let again = folder + "-again"
    defer { try? FileManager.default.removeItem(atPath: again) }
    _ = try NetworkSolveJob(RunFile.settings(in: "\(folder)/run.yaml", job: "solve"))
      .run(RunContext(output: again))
    for name in ["nodes.csv", "branches.csv", "metrics.csv"] {
      #expect(
        try String(contentsOfFile: "\(again)/\(name)", encoding: .utf8)
          == String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8))
    }
    #expect(try NPZ.read(path: "\(again)/solution.npz").array("V").doubles.count > 12)
  }

  static let cases: [(String, [String: String])] = [
    ("settling-6-4-2", [:]), ("diode-neuron", [:]),
    ("settling-6-4-2", ["network.layers.0.wire-resistance": "0.01 Ohm"]),
  ]

  @Test(
    "ngspice agrees on both examples, with wires too",
    .enabled(if: Ngspice.executable != nil, "ngspice is not installed: skipped"),
    arguments: cases)
  func ngspice(name: String, changes: [String: String]) throws {
    let (outcome, folder) = try Self.solve(
      ["network": "\(Self.folder)/\(name).yaml", "check": "ngspice"].merging(changes) { $1 })
    try? FileManager.default.removeItem(atPath: folder)
    #expect(Self.number(outcome.figures, "largest deviation from ngspice", "value") < 1e-6)
  }

  @Test("faults name the place and the closest known key, law and node")
  func faults() throws {
    let head = "title: t\nsource: s\nheld: {ground: 0 V, input: 1 V}\nnodes: [a, output]\n"
    let text = try Self.faults(
      head + """
        branches:
          - {from: imput, to: a, law: resistor, resistance: 1 kOhm}
          - {from: a, to: output, law: ideal-diod}
          - {from: a, to: output, law: ideal-diode, treshold: 0.1 V}
          - {from: a, to: a, law: resistor, resistance: 1 kOhm}
          - {from: a, to: ground, law: memristor, conductance: -1 uS}
          - {from: a, to: ground, law: amplifier, gain: 0.5}
        """)
    for wanted in [
      "did you mean 'input'", "did you mean 'ideal-diode'", "did you mean 'threshold'",
      "joins the node 'a' to itself", "outside", "line 7",
    ] {
      #expect(text.contains(wanted), "\(wanted)")
    }
    #expect(try Self.faults("title: t\nsource: s\n").contains("'layers'"))
    #expect(
      try Self.faults(head + "branches: []\nbranches: []\n").contains("twice"))
    let layers = "title: t\nsource: s\ninputs: {values: [1 V], doubled: false}\nlayers:\n"
    #expect(
      try Self.faults(
        layers + "  - {units: linear, conductances: {rows: [[1, 2], [3]]}}\n"
      ).contains("1 rows of the same number"))
    #expect(
      try Self.faults(
        layers
          + "  - {units: linear, conductances: {random: {units: 1000000, lowest: 1 uS, highest: 2 uS}}}\n"
          + "  - {units: linear, conductances: {random: {units: 1000000, lowest: 1 uS, highest: 2 uS}}}\n"
      ).contains("too many"))
    #expect(
      try Self.faults(
        layers + "  - {units: liner, conductances: {rows: [[1]]}}\noutputs: {targets: [1 V, 2 V]}\n"
      ).contains("did you mean 'linear'"))
  }

  @Test(
    "changed files are read or rejected, whatever they contain",
    arguments: ["settling-6-4-2", "diode-neuron"])
  func mutations(name: String) throws {
    let text = try String(contentsOfFile: "\(Self.folder)/\(name).yaml", encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let values = [
      "0", "-1", "1e308 S", "nan", "", "[]", "{}", "0 V", "2", "1e-300 Ohm", "ground", "y-plus",
    ]
    var stream = RandomStream(StreamKey(seed: 11).child(name))
    let path = FileManager.default.temporaryDirectory
      .appending(path: "ohmweave-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var (read, rejected) = (0, 0)
    for _ in 0..<400 {
      var changed = lines
      let k = stream.index(below: lines.count)
      switch stream.index(below: 4) {
      case 0: changed.remove(at: k)
      case 1: changed.insert(lines[stream.index(below: lines.count)], at: k)
      default:
        // One word becomes another value, or a word of another line.
        let words = changed[k].split(separator: " ", omittingEmptySubsequences: false).map(
          String.init)
        let others = lines[stream.index(below: lines.count)].split(separator: " ").map(String.init)
        var new = words
        new[stream.index(below: words.count)] =
          others.isEmpty || stream.index(below: 2) == 0
          ? values[stream.index(below: values.count)] : others[stream.index(below: others.count)]
        changed[k] = new.joined(separator: " ")
      }
      try changed.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
      do {
        _ = try NetworkSolveJob([Setting(option: "network", path)])
        read += 1
      } catch is InputErrors { rejected += 1 } catch is InputError { rejected += 1 }
    }
    #expect(read > 20 && rejected > 100)
  }

  @Test("a nudge that leaves no stable state ends the run, and one without targets is refused")
  func nudges() throws {
    let job = try NetworkSolveJob([
      Setting(option: "network", "\(Self.folder)/settling-6-4-2.yaml"),
      Setting(option: "nudge", "2 S"),
    ])
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "ohmweave-network-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let error = #expect(throws: RunError.self) { try job.run(RunContext(output: folder)) }
    #expect(error?.description.contains("is allowed") == true)
    #expect(throws: InputError.self) {
      try NetworkSolveJob([
        Setting(option: "network", "\(Self.folder)/settling-6-4-2.yaml"),
        Setting(option: "nudge", "0.1 S"), Setting(option: "network.outputs", "{}"),
      ])
    }
  }
}
