import Foundation
import InputOutput
import NetworkJobs
import Reporting
import Testing

/// `map` on recordings of event cameras.
@Suite struct MapRecordingsTests {
  /// Recordings of a camera of 8×8 pixels: class 0 has events in the upper half, class 1 in the lower one.
  private static func write(to folder: String) throws {
    for part in ["train", "test"] {
      for label in 0..<2 {
        let place = "\(folder)/\(part)/\(label)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for k in 0..<8 {
          let bytes = (0..<40).flatMap { event -> [UInt8] in
            let (x, y, time) = ((event * 3 + k) % 8, event % 4 + 4 * label, 500 * event)
            return [UInt8(x), UInt8(y), 0x80, UInt8(time >> 8), UInt8(time & 255)]
          }
          try Data(bytes).write(to: URL(fileURLWithPath: "\(place)/\(k).bin"))
        }
      }
    }
  }

  @Test("recordings become samples as in the training run beside the network")
  func recordings() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Self.write(to: "\(folder)/set")
    try AtomicFile.write(
      """
      job: train
      rule: {name: readout, regularization: 1e-3}
      data: {name: \(folder)/set, events: {size: 8, crop: 6, steps: 5, step: 4 ms}}
      network: {layers: [
        {type: dense, outputs: 30, each-step: true, random: {gain: 0.5}},
        {type: integrate-and-fire}, {type: mean-over-time}, {type: dense, outputs: 2}]}
      epochs: 1
      batch: 4
      """, to: "\(folder)/run.yaml")
    _ = try TrainJob(runFile: "\(folder)/run.yaml", overrides: []).run(
      RunContext(output: "\(folder)/run"), resumes: false)
    let settings = [
      ("model", "\(folder)/run/network.yaml"), ("data", "\(folder)/set"), ("chips", "1"),
    ].map { Setting(option: $0.0, $0.1) }
    let outcome = try MapJob(settings).run(RunContext(output: "\(folder)/map"))
    #expect(outcome.text.contains("accuracy"))
    // Without the run file nothing says how events become samples.
    try FileManager.default.removeItem(atPath: "\(folder)/run/run.yaml")
    #expect(throws: (any Error).self) {
      try MapJob(settings).run(RunContext(output: "\(folder)/other"))
    }
  }
}
