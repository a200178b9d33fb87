import DeviceModels
import Foundation
import InputOutput
import TestSupport
import Testing

@Suite struct SpiceComparisonTests {
  static let isInstalled = ChildProcess.path(of: "ngspice") != nil

  /// Columns of numbers that ngspice wrote.
  private func simulate(_ netlist: String, in folder: URL, output: URL) throws -> [[Double]] {
    let file = folder.appending(path: "loop.cir")
    try netlist.write(to: file, atomically: true, encoding: .utf8)
    let ngspice = try #require(ChildProcess.path(of: "ngspice"))
    _ = try ChildProcess(ngspice, ["-b", file.path], timeLimit: .seconds(600)).run()
    return try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: " ").compactMap { Double($0) }
    }
  }

  @Test(
    "the current agrees with ngspice to a thousandth of its peak over the loop",
    .enabled(
      if: isInstalled,
      "ngspice is not installed (Debian package ngspice): the comparison is skipped"
    ),
    arguments: [
      ("tio2-linear-ion-drift", 1.0, 1.0), ("tio2-joglekar", 1.2, 1), ("tio2-biolek", 1, 1),
      ("tio2-prodromakis", 1, 1), ("vteam-default", 0.24, 2e6),
      ("chalcogenide-yakopcic", 0.45, 100),
    ])
  func agrees(name: String, amplitude: Double, frequency: Double) throws {
    let device = try #require(
      try DeviceFile.dynamics(name).device() as? any SpiceDescribable)
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "ohmweave-spice-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.appending(path: "loop.txt")
    let rows = try simulate(
      device.spiceSineNetlist(
        amplitude: amplitude, frequency: frequency, periods: 2, points: 10_001,
        output: output.path), in: folder, output: output)
    // wrdata writes the time before every vector: time v time i time x.
    try #require(rows.count > 1000 && rows.allSatisfy { $0.count == 6 })
    let waveform = Waveform.sine(amplitude: amplitude, frequency: frequency, periods: 2)
    var times: [Double] = []
    var wanted: [Double] = []
    for row in rows where row[0] > times.last ?? -1 && row[0] <= waveform.duration {
      times.append(row[0])
      wanted.append(row[3])
    }
    let trace = try DeviceSimulation(device).trace(waveform, at: times)
    let peak = wanted.map(abs).max()!
    let worst = zip(trace.current, wanted).map { abs($0 - $1) }.max()!
    #expect(worst < 1e-3 * peak, "\(name): \(worst / peak) of the peak")
    // The loop is one: the state moved.
    #expect(trace.component(0).max()! - trace.component(0).min()! > 0)
  }
}
