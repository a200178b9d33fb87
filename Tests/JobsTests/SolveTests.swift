import ArrayFiles
import CircuitJobs
import Foundation
import InputOutput
import Reporting
import Testing

@Suite struct SolveTests {
  static func solve(_ settings: [String: String]) throws -> (
    outcome: SolveJob.Outcome, folder: String
  ) {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "ohmweave-solve-\(UUID().uuidString)").path
    let job = try SolveJob(settings.sorted { $0.key < $1.key }.map { Setting(option: $0, $1) })
    return (try job.run(RunContext(output: folder)), folder)
  }

  @Test(
    "a device file tells the law of the cells",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed: skipped"))
  func device() throws {
    let size = ["rows": "6", "columns": "5", "voltage": "0.5 V"]
    let (told, a) = try Self.solve(size.merging(["device": "hfox-stanford"]) { $1 })
    let (given, b) = try Self.solve(size.merging(["law": "sinh", "steepness": "4"]) { $1 })
    let (ohmic, c) = try Self.solve(size)
    for folder in [a, b, c] { try? FileManager.default.removeItem(atPath: folder) }
    #expect(told.outputs.csv == given.outputs.csv && told.outputs.csv != ohmic.outputs.csv)
    #expect(throws: InputErrors.self) { try SolveJob([Setting(option: "law", "device")]) }
    #expect(throws: InputErrors.self) {
      try SolveJob([
        Setting(option: "law", "device"), Setting(option: "device", "ag-filament"),
      ])
    }
  }

  @Test(
    "a run keeps its fields, and its own run file and arrays give the same currents",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed: skipped"))
  func repeats() throws {
    let (first, a) = try Self.solve(["rows": "6", "columns": "5", "law": "sinh", "voltage": "1 V"])
    defer { try? FileManager.default.removeItem(atPath: a) }
    let kept = try NPZ.read(path: "\(a)/solution.npz")
    #expect(try kept.array("u").shape == [6, 5])
    #expect(first.outputs.rows.count == 5)
    let b = a + "-again"
    defer { try? FileManager.default.removeItem(atPath: b) }
    _ = try SolveJob(RunFile.settings(in: "\(a)/run.yaml", job: "solve"))
      .run(RunContext(output: b))
    #expect(try NPZ.read(path: "\(b)/solution.npz").array("Iout") == kept.array("Iout"))
    let (_, c) = try Self.solve(["conductances": "\(a)/solution.npz", "law": "sinh"])
    defer { try? FileManager.default.removeItem(atPath: c) }
    #expect(try NPZ.read(path: "\(c)/solution.npz").array("Iout") == kept.array("Iout"))
    #expect(FileManager.default.fileExists(atPath: "\(c)/report.html"))
  }

  @Test(
    "surroundings are settings: both ends, write schemes, floating outputs, pairs, delays",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed: skipped"))
  func surroundings() throws {
    let base = ["rows": "6", "columns": "4", "wire-resistance": "10 Ohm"]
    func outputs(_ more: [String: String]) throws -> (figures: Table, outputs: Table) {
      let (outcome, folder) = try Self.solve(base.merging(more) { $1 })
      try? FileManager.default.removeItem(atPath: folder)
      return (outcome.figures, outcome.outputs)
    }
    func number(_ table: Table, _ row: Int, _ column: String) -> Double {
      guard let k = table.columns.firstIndex(of: column),
        case .number(let value) = table.rows[row][k]
      else { return .nan }
      return value
    }
    let plain = try outputs(["capacitance": "2 fF", "settling-bits": "6"])
    let both = try outputs(["word-far-end": "connected", "bit-far-end": "connected"])
    #expect(
      number(both.outputs, 0, "current (A)") > number(plain.outputs, 0, "current (A)"))
    #expect(number(plain.outputs, 0, "Elmore delay (s)") > 0)
    #expect(number(plain.outputs, 0, "settling (s)") > 0)
    let floating = try outputs(["mode": "floating"])
    #expect(number(floating.outputs, 1, "voltage (V)") > 0)
    #expect(try outputs(["mode": "transposed"]).outputs.rows.count == 6)
    #expect(try outputs(["pairs": "interleaved"]).outputs.rows.count == 2)
    _ = try outputs(["mode": "third-voltage-write", "write-row": "5", "write-column": "3"])
    #expect(throws: InputError.self) {
      try outputs(["mode": "half-voltage-write", "write-row": "6"])
    }
  }

  @Test("faults of settings and files are told with their place")
  func faults() throws {
    let error = #expect(throws: InputErrors.self) {
      try SolveJob([Setting(option: "law", "sin"), Setting(option: "wire-resistance", "-1 Ohm")])
    }
    #expect(error?.description.contains("sinh") == true)
    #expect(throws: InputError.self) {
      try SolveJob([Setting(option: "conductances", "/nonexistent.npz")])
    }
  }
}
