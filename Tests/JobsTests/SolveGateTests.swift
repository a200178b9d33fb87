import ArrayFiles
import CircuitJobs
import Foundation
import InputOutput
import Reporting
import TestSupport
import Testing

/// Gate overdrives of single cells from a file.
@Suite(.enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
struct SolveGateTests {
  private func currents(_ gates: [Double], _ more: [String: String] = [:]) throws -> [Double] {
    try solved(gates, more).currents
  }

  private func solved(
    _ gates: [Double], _ more: [String: String] = [:]
  ) throws -> (currents: [Double], figures: Table) {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/array.npz"
    try NPZ.write(
      [
        ("G", NumericArray(shape: [2, 2], doubles: [1e-4, 1e-4, 1e-4, 1e-4])),
        ("V", NumericArray(shape: [2], doubles: [0.2, 0.1])),
        ("VG", NumericArray(shape: [gates.count / 2, 2], doubles: gates)),
      ], to: path)
    let (outcome, folder) = try SolveTests.solve(
      ["conductances": path, "access": "transistor", "wire-resistance": "0 Ohm"]
        .merging(more) { $1 })
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return (
      try NPZ.read(path: folder + "/solution.npz").array("Iout").doubles, outcome.figures
    )
  }

  @Test("without wires every cell has its own overdrive: wires of 0 Ohm change nothing")
  func withoutWires() throws {
    let (currents, figures) = try solved([0.8, 0.3, 1.5, 0])
    let rows = figures.rows.filter { row in
      guard case .text(let name) = row[0] else { return false }
      return name.hasPrefix("largest output without") || name == "largest change by wires"
    }
    try #require(rows.count == 2)
    guard case .number(let size) = rows[0][1], case .number(let change) = rows[1][1] else {
      Issue.record("the figures are no numbers")
      return
    }
    #expect(abs(size / (currents.max() ?? 0) - 1) < 1e-6)
    #expect(abs(change) < 1e-4)
  }

  @Test("a gate that is off opens its cell; equal gates are the transistor's own overdrive")
  func gates() throws {
    let own = try currents([0.8, 0.8, 0.8, 0.8])
    #expect(own == (try currents([0.8, 0.8, 0.8, 0.8], ["transistor-overdrive": "3 V"])))
    let off = try currents([0.8, 0, 0.8, -0.3])
    #expect(abs(off[0] - own[0]) < 1e-8 * own[0] && off[1] == 0)
    // One row off: the current of the other one alone.
    let single = try currents([0.8, 0.8, 0, 0])
    #expect(abs(single[0] - single[1]) < 1e-8 * single[0])
    #expect(single[0] < own[0] && single[0] > own[0] / 2)
  }

  @Test("overdrives without transistors, or of another shape, are refused")
  func refused() throws {
    for (gates, more) in [([1.0, 1, 1, 1], ["access": "none"]), ([1.0, 1], [:])] {
      let error = #expect(throws: InputError.self) { try currents(gates, more) }
      #expect(error?.description.contains("VG") == true)
    }
  }
}
