import ArgumentParser
import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import Randomness

/// 1,000 chips of a 5-bit sigmoid on 10,000 inputs each, beside NumPy's `searchsorted` on the same
/// thresholds in the same run.
struct RampBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramp", abstract: "Codes of ramp converters, and 20,000 written columns.")

  func run() throws {
    printFigureHead()
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let converter = try RampConverter(ActivationCurve(.sigmoid), bits: 5, window: device.window)
    let (chipCount, inputCount) = (1000, 10_000)
    let chips = RampChips(converter, device: device, count: chipCount, key: StreamKey(seed: 1))
    let x = Noise.uniform(inputCount, StreamKey(seed: 2)).map { 8 * $0 - 4 }
    let steps = (0..<chipCount).map {
      RampSearch(
        [Array(chips.row($0))], outputs: converter.outputs.map(Float.init), lowest: -.infinity)
    }
    let baseline = try searchSorted(chips, x)
    for threads in [1, 2] {
      Parallel.threadCount = threads
      let time = shortest {
        Parallel.forEach(chipCount) { chip in
          withUnsafeTemporaryAllocation(of: Int32.self, capacity: inputCount) { codes in
            x.withUnsafeBufferPointer { steps[chip].codes(of: $0, into: codes) }
          }
        }
      }
      printFigure(
        "ramp", "codes, threads \(threads)", time / Double(chipCount * inputCount) * 1e9, "ns",
        baseline: baseline.baseline("code"))
    }
    let gaussian = try DeviceLibrary.load("hfo2-1t1r-gaussian")
    let time = shortest(runs: 2) {
      let columns = RampColumns(
        converter.ramps[0], device: gaussian, count: 20_000, key: StreamKey(seed: 3))
      precondition(columns.thresholds.rowCount == 20_000)
    }
    printFigure("ramp", "20,000 columns written", time, "s")
  }

  private func searchSorted(_ chips: RampChips, _ x: [Float]) throws -> Peer {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, values) in [("thresholds", chips.thresholds.elements), ("inputs", x)] {
      try values.withUnsafeBytes { try Data($0).write(to: folder.appending(path: name)) }
    }
    return Peer(
      "numpy searchsorted", script: "ramp_numpy.py",
      runs: [[folder.path, "\(chips.thresholds.columnCount)"]])
  }
}
