import ArrayFiles
import CircuitJobs
import Foundation
import InputOutput
import Reporting
import TestSupport
import Testing

/// Write schemes and sneak-path reads of one cell.
@Suite struct SelectedCellTests {
  private func figures(_ settings: [String: String]) throws -> [String: Double] {
    let job = try SolveStudyJob(
      settings.sorted { $0.key < $1.key }.map { Setting(option: $0, $1) })
    return try job.metrics(SetupCache()).reduce(into: [:]) { $0[$1.name] = $1.value }
  }

  private static let ideal = [
    "rows": "6", "columns": "5", "wire-resistance": "0 Ohm", "write-voltage": "2 V",
    "write-row": "2", "write-column": "3",
  ]

  @Test("with ideal wires V/2 leaves V/2 on a line and nothing beyond, V/3 leaves V/3 everywhere")
  func schemes() throws {
    let half = try figures(Self.ideal.merging(["mode": "half-voltage-write"]) { $1 })
    #expect(abs((half["voltage on the selected cell"] ?? 0) - 2) < 1e-12)
    #expect(abs((half["largest voltage on a half-selected cell"] ?? 0) - 1) < 1e-12)
    #expect(abs(half["largest voltage on an unselected cell"] ?? 1) < 1e-12)
    #expect(abs((half["voltage margin, selected over largest other"] ?? 0) - 2) < 1e-12)
    let third = try figures(Self.ideal.merging(["mode": "third-voltage-write"]) { $1 })
    #expect(abs(abs(third["largest voltage on a half-selected cell"] ?? 0) - 2.0 / 3) < 1e-12)
    #expect(abs(abs(third["largest voltage on an unselected cell"] ?? 0) - 2.0 / 3) < 1e-12)
    #expect(abs((third["voltage margin, selected over largest other"] ?? 0) - 3) < 1e-9)
  }

  @Test("wires lower the selected voltage, and the margin with it")
  func wires() throws {
    let settings = Self.ideal.merging(["mode": "half-voltage-write", "wire-resistance": "200 Ohm"])
    { $1 }
    let wired = try figures(settings)
    #expect((wired["voltage on the selected cell"] ?? 2) < 1.99)
    #expect((wired["voltage margin, selected over largest other"] ?? 2) < 2)
  }

  @Test("the read margin of equal cells is that of the sneak path of three cells in series")
  func margin() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path
    // Cells of 100 µS, the selected one and one far away of 1 µS. The sneak path of a 2×2 array is
    // three cells in series beside the selected one.
    let g = NumericArray(shape: [2, 2], doubles: [1e-6, 1e-4, 1e-4, 1e-4])
    try NPZ.write([(name: "G", array: g)], to: "\(folder)/g.npz", compressed: false)
    let found = try figures([
      "conductances": "\(folder)/g.npz", "wire-resistance": "0 Ohm", "mode": "sneak-path-read",
      "voltage": "0.2 V",
    ])
    let sneak = 1e-4 / 3
    let wanted = (1e-4 - 1e-6) / (1e-4 + sneak)
    #expect(abs((found["read margin, (I_on - I_off)/I_on"] ?? 0) - wanted) < 1e-6)
    // V/3 on each cell of the sneak path.
    #expect(abs((found["largest voltage on an unselected cell"] ?? 0) - -0.2 / 3) < 1e-9)
  }

  @Test(
    "reads with floating lines change by nothing without wires, and little with small ones",
    arguments: ["floating", "sneak-path-read"])
  func floating(mode: String) throws {
    let base = ["rows": "8", "columns": "6", "mode": mode]
    let ideal = try figures(base.merging(["wire-resistance": "0 Ohm"]) { $1 })
    #expect(abs(ideal["largest change by wires"] ?? 1) < 1e-6)
    #expect(abs(ideal["largest relative voltage drop, vector 0"] ?? 1) < 1e-6)
    let wired = try figures(base.merging(["wire-resistance": "1 Ohm"]) { $1 })
    #expect((1e-6...5).contains(wired["largest change by wires"] ?? 0))
    #expect((wired["largest output without wires, same scheme"] ?? 0) > 0)
  }

  @Test("half-selects begin at the state that is given")
  func startState() throws {
    let settings = Self.ideal.merging([
      "mode": "half-voltage-write", "write-voltage": "-1.6 V", "device": "hfox-stanford",
      "half-selects": "1000", "law": "ohmic", "start-state": "0.2 nm",
    ]) { $1 }
    let found = try figures(settings)
    let start = try #require(found["conductance at the start state"])
    // A written cell is lost by resets of others, which a fresh device would not show.
    #expect((found["half-selected, after 1000 writes"] ?? start) < 0.99 * start)
    #expect {
      _ = try figures(settings.merging(["start-state": "3 V"]) { $1 })
    } throws: {
      "\($0)".contains("gap")
    }
  }

  @Test("half-selects move a device's state, one write moves the selected one further")
  func halfSelects() throws {
    let settings = Self.ideal.merging([
      "mode": "half-voltage-write", "write-voltage": "1.6 V", "device": "hfox-stanford",
      "half-selects": "1000", "write-width": "100 ns", "law": "ohmic",
    ]) { $1 }
    let found = try figures(settings)
    let fresh = try #require(found["conductance of a fresh device"])
    let selected = try #require(found["selected, after one write"])
    let half = try #require(found["half-selected, after 1000 writes"])
    #expect(selected > 10 * fresh)
    #expect(half > 1.001 * fresh && half < selected)
    #expect(found["unselected, after 1000 writes"] == fresh)
    #expect(throws: InputErrors.self) {
      try SolveJob([Setting(option: "half-selects", "10"), Setting(option: "device", "pcm")])
    }
  }

  @Test("settings that would be ignored, and conductances in µS, are rejected")
  func faults() throws {
    for law in ["ohmic", "table", "device"] {
      #expect(throws: InputErrors.self) {
        try SolveJob([Setting(option: "law", law), Setting(option: "steepness", "3")])
      }
    }
    #expect(throws: InputErrors.self) { try SolveJob([Setting(option: "steepness", "3")]) }
    let scratch = try ScratchFolder()
    let path = "\(scratch.path)/g.npz"
    let g = NumericArray(shape: [2, 2], doubles: [50, 20, 30, 40])
    try NPZ.write([(name: "G", array: g)], to: path, compressed: false)
    #expect {
      try SolveJob([Setting(option: "conductances", path)])
    } throws: {
      "\($0)".contains("siemens") && "\($0)".contains("50 S")
    }
  }
}
