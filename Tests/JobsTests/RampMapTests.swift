import ArrayFiles
import Foundation
import InputOutput
import NetworkJobs
import Reporting
import TestSupport
import Testing

/// Ramps of cells in the tiles of a `map` run.
@Suite(.enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
struct RampMapTests {
  /// Runs `map` of a matrix of 12 outputs and 7 inputs on tiles of 16 × 16, and gives the run's folder.
  private func run(_ settings: [String: String], in scratch: ScratchFolder) throws -> String {
    let (outputs, inputs, samples) = (12, 7, 20)
    let matrix = NumericArray(
      shape: [outputs, inputs], floats: normal(outputs * inputs, seed: 3, "a"))
    try NPY.write(matrix, to: scratch.path + "/a.npy")
    try NPZ.write(
      [
        (
          "x",
          NumericArray(shape: [samples, inputs], floats: normal(samples * inputs, seed: 4, "x"))
        ),
        (
          "y",
          NumericArray(shape: [samples, outputs], floats: normal(samples * outputs, seed: 5, "y"))
        ),
      ], to: scratch.path + "/data.npz")
    let all = settings.merging([
      "model": scratch.path + "/a.npy", "data": scratch.path + "/data.npz", "chips": "1",
      "tile": "16x16", "adc": "ramp", "adc-bits": "5",
    ]) { given, _ in given }
    let folder = scratch.path + "/run"
    _ = try MapJob(all.sorted { $0.key < $1.key }.map { Setting(option: $0, $1) })
      .run(RunContext(output: folder))
    return folder
  }

  @Test("the cells of every ramp are kept with their place, and count as cells in use")
  func kept() throws {
    let scratch = try ScratchFolder()
    let folder = try run(["ramp-start-cells": "5"], in: scratch)
    let arrays = try NPZ.read(path: folder + "/conductances.npz")
    let ramps = arrays.entries.filter { $0.name.contains(".ramp.linear.") }
    // Two tiles of six columns: 30 steps and 5 calibration cells on three lines behind the 16 of the tile.
    #expect(ramps.count == 4 && ramps.allSatisfy { $0.array.shape == [35] })
    #expect(ramps.allSatisfy { $0.name.contains(".ramp.linear.b16-18.") })
    for place in ["c0-5", "c6-11"] {
      let own = ramps.filter { $0.name.contains(".\(place).") }.map(\.array.floats)
      #expect(own.count == 2 && own[0] != own[1])
      // Verified to within 5 µS.
      #expect(zip(own[0], own[1]).allSatisfy { abs($0 - $1) <= 5.01e-6 })
    }
    let metrics = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8)
    let utilization = try #require(
      metrics.split(separator: "\n").first { $0.contains(",utilization,") }
        .flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).dropLast().last }
        .flatMap { Double($0) })
    #expect(abs(utilization - Double(2 * 12 * 7 + 2 * 35) / Double(2 * 16 * 19)) < 1e-4)
  }

  @Test("exact ramps have no cells")
  func exact() throws {
    let scratch = try ScratchFolder()
    let folder = try run(["write-errors": "false"], in: scratch)
    let arrays = try NPZ.read(path: folder + "/conductances.npz")
    #expect(!arrays.entries.isEmpty && !arrays.entries.contains { $0.name.contains(".ramp.") })
  }
}
