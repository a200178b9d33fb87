import ArrayFiles
import CircuitJobs
import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import Reporting
import TestSupport
import Testing

/// Inputs for which results were wrong, with the right values: fits, device files, arrays.
@Suite struct PhysicsCases {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/Cases").path

  private func number(_ table: Table, _ row: Int, _ column: String) -> Double {
    guard let k = table.columns.firstIndex(of: column), case .number(let value) = table.rows[row][k]
    else { return .nan }
    return value
  }

  @Test(
    "conductances made by soft bounds and by linear steps fit these laws",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"),
    arguments: [("soft-bounds", 0.012), ("linear-step", 0.005)])
  func fit(law: String, deviation: Double) throws {
    let scratch = try ScratchFolder()
    let outcome = try DeviceJob(
      "fit",
      [
        Setting(option: "data", Self.folder + "/02-fit-soft-bounds-uS/ft_plain.csv"),
        Setting(option: "law", law),
      ]
    ).run(RunContext(output: scratch.path + "/run"))
    let table = outcome.result.table
    let row = try #require(
      table.rows.firstIndex { $0[0] == .text("deviation of the residuals") })
    // States run from −1 to 1: the deviation counts in half the range.
    #expect(number(table, row, "value") < deviation)
    let file = try DeviceFile(named: scratch.path + "/run/device.yaml")
    let pulses = try #require(file.pulses)
    #expect(pulses.conductance(of: pulses.bounds.minimum).value >= 0)
    #expect(pulses.bounds.minimum < 0 && pulses.bounds.maximum > 0)
  }

  @Test(
    "states without a unit that leave out 0 are counted from their middle",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
  func plainStates() throws {
    let scratch = try ScratchFolder()
    let text = try String(
      contentsOfFile: Self.folder + "/02-fit-soft-bounds-uS/ft_plain.csv", encoding: .utf8)
    let path = scratch.path + "/plain.csv"
    try text.replacing(" (uS)", with: "").write(toFile: path, atomically: true, encoding: .utf8)
    let outcome = try DeviceJob(
      "fit",
      [
        Setting(option: "data", path), Setting(option: "law", "soft-bounds"),
        Setting(option: "unit", "1 uS"),
      ]
    ).run(RunContext(output: scratch.path + "/run"))
    #expect(outcome.result.notes.contains { $0.contains("middle of its range") })
    let table = outcome.result.table
    let row = try #require(
      table.rows.firstIndex { $0[0] == .text("deviation of the residuals") })
    #expect(number(table, row, "value") < 0.6, "of some 100")
  }

  @Test("a device file whose law counts from a state outside of its bounds is rejected")
  func bounds() throws {
    let path = Self.folder + "/03-soft-bounds-range/device.yaml"
    let error = #expect(throws: InputErrors.self) { try DeviceFile(named: path) }
    #expect(error?.description.contains("state 0") == true, "\(String(describing: error))")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    _ = try DeviceFile(
      text: text.replacing("zero: 0 uS", with: "zero: 60 uS")
        .replacing("minimum: 10, maximum: 110", with: "minimum: -50, maximum: 50"), name: "right")
    let negative = #expect(throws: InputErrors.self) {
      try DeviceFile(
        text: text.replacing("zero: 0 uS", with: "zero: 40 uS")
          .replacing("minimum: 10, maximum: 110", with: "minimum: -50, maximum: 50"),
        name: "negative")
    }
    #expect(negative?.description.contains("0 S or more") == true)
  }

  @Test("pulses up that lower the conductance are rejected in every law", arguments: [-3.0, 0.5])
  func direction(slope: Double) throws {
    let text = """
      title: t
      source: s
      validity: v
      conductance-window: {minimum: 10 uS, maximum: 110 uS}
      pulses:
        law: linear-step
        conductance: {zero: 60 uS, unit: 1 uS}
        bounds: {minimum: -50, maximum: 50}
        step: {size: 3}
        parameters: {slope-up: \(slope), slope-down: 0.2}
      """
    if slope < -1 {
      let error = #expect(throws: InputErrors.self) { try DeviceFile(text: text, name: "wrong") }
      #expect(error?.description.contains("would lower the conductance") == true)
    } else {
      _ = try DeviceFile(text: text, name: "right")
    }
  }

  @Test(
    "a transposed read gives V·Gᵀ at the word lines, and its sources drive the bit lines",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
  func transposed() throws {
    let files = Self.folder + "/08-transposed-outputs/"
    let g = try NPZ.read(path: files + "G.npz").array("G").doubles
    let v = try NPZ.read(path: files + "V.npz").array("V").doubles
    func solve(_ more: [String: String]) throws -> SolveJob.Outcome {
      let (outcome, folder) = try SolveTests.solve(
        ["conductances": files + "G.npz", "inputs": files + "V.npz", "mode": "transposed"]
          .merging(more) { $1 })
      try? FileManager.default.removeItem(atPath: folder)
      return outcome
    }
    let outputs = try solve(["wire-resistance": "0 Ohm"]).outputs
    #expect(outputs.rows.count == 5)
    for i in 0..<5 {
      let exact = (0..<3).reduce(0) { $0 + v[$1] * g[i * 3 + $1] }
      #expect(abs(number(outputs, i, "current (A)") / exact - 1) < 1e-9)
      #expect(abs(number(outputs, i, "without wires (A)") / exact - 1) < 1e-12)
    }
    // A resistance of the sources takes its part of each input by what the whole bit line draws.
    let driven = try solve(["wire-resistance": "0 Ohm", "source-resistance": "1 kOhm"]).outputs
    for i in 0..<5 {
      let exact = (0..<3).reduce(0.0) { sum, j in
        let load = (0..<5).reduce(0) { $0 + g[$1 * 3 + j] }
        return sum + v[j] / (1 + 1e3 * load) * g[i * 3 + j]
      }
      #expect(abs(number(driven, i, "current (A)") / exact - 1) < 1e-9)
    }
    #expect(throws: InputErrors.self) { try solve(["pairs": "interleaved"]) }
    #expect(throws: InputErrors.self) { try solve(["capacitance": "1 fF"]) }
  }

  @Test(
    "voltage drops are related to the largest input",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
  func drops() throws {
    let scratch = try ScratchFolder()
    let size = 16
    try NPZ.write(
      [
        ("G", NumericArray(shape: [size, size], doubles: Array(repeating: 1e-4, count: 256))),
        (
          "V", NumericArray(shape: [size], doubles: [1e-6] + Array(repeating: 0.2, count: size - 1))
        ),
      ], to: scratch.path + "/a.npz", compressed: false)
    let (outcome, folder) = try SolveTests.solve([
      "conductances": scratch.path + "/a.npz", "wire-resistance": "10 Ohm",
    ])
    try? FileManager.default.removeItem(atPath: folder)
    let row = try #require(
      outcome.figures.rows.firstIndex {
        $0[0] == .text("largest relative voltage drop, vector 0")
      })
    let drop = number(outcome.figures, row, "value")
    #expect(drop > 0 && drop < 100)
    let (ideal, other) = try SolveTests.solve([
      "conductances": scratch.path + "/a.npz", "wire-resistance": "0 Ohm",
    ])
    try? FileManager.default.removeItem(atPath: other)
    #expect(number(ideal.figures, row, "value").sign == .plus)
  }
}

/// The same through the command.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct MappingCases {
  private func error(_ arguments: [String]) throws -> Double {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    let result = try OhmweaveCommand.run(
      arguments + ["--dac-bits", "none", "--adc-bits", "none", "--chips", "1", "--output", folder])
    try #require(result.status == 0, "\(result.complaints)")
    let csv = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8)
    let line = try #require(
      csv.split(separator: "\n").first {
        $0.hasPrefix("chip,") && $0.contains("root mean square error")
      }, "\(csv)")
    return try #require(line.split(separator: ",").compactMap { Double($0) }.last)
  }

  private let cases = PhysicsCases.folder

  @Test("a bias on a row of the crossbar is what a digital bias is, for inputs of any size")
  func bias() throws {
    let files = cases + "/06-bias-row/"
    let error = try error(
      [
        "map", files + "net.yaml", "--data", files + "data.npz", "--device", "ideal", "--bias",
        "row",
      ])
    #expect(error < 1e-6)
  }

  @Test(
    "where all cells drift alike the compensation gives the outputs as written",
    arguments: ["offset-column", "reference-column", "bit-sliced-offset", "differential-pair"],
    ["global", "column"])
  func drift(scheme: String, compensation: String) throws {
    let files = cases + "/05-drift-offset-column/"
    func error(_ time: String, _ compensation: String) throws -> Double {
      try self.error([
        "map", files + "drg.onnx", "--data", files + "drg.npz", "--device", files + "dr_gmin.yaml",
        "--scheme", scheme, "--time", time, "--drift-compensation", compensation,
      ])
    }
    let compensated = try error("1 year", compensation)
    let written = try error("0 s", "none")
    #expect(compensated < written + 2e-4, "\(compensated), \(written) as written")
    #expect(try error("1 year", "none") > 1)
  }
}
