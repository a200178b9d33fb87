import Foundation
import InputOutput
import TestSupport
import Testing

/// A physical device, of which only the dynamics are known, through training and mapping without a file
/// by hand.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct DynamicDeviceTests {
  private static let data = Hostile.path("../../Examples/digits/digits-test.npz")
  private static let changes = [
    "extraction.population=12", "extraction.pulses=40", "dynamics.spread.mobility.deviation=5 %",
  ].flatMap { ["--set", $0] }

  @Test("a network is trained on devices with dynamics and mapped onto them")
  func chain() throws {
    let scratch = try ScratchFolder()
    let file = scratch.path + "/train.yaml"
    try AtomicFile.write(
      """
      job: train
      rule: mixed-precision
      device: {name: tio2-joglekar, extraction: {population: 12, pulses: 40}}
      data: {name: \(Self.data)}
      network: {hidden: []}
      optimizer: {name: sgd, rate: 0.1}
      batch: 30
      epochs: 3

      """, to: file)
    let trained = try OhmweaveCommand.run(["train", file, "--output", scratch.path + "/net"])
    #expect(trained.status == 0, "\(trained.complaints)")
    #expect(
      trained.complaints.contains("tio2-joglekar are extracted from its dynamics: 12 devices"),
      "\(trained.complaints)")
    let command = [
      "map", scratch.path + "/net/network.yaml", "--data", Self.data, "--device", "tio2-joglekar",
      "--chips", "2", "--samples", "40",
    ]
    let mapped = try OhmweaveCommand.run(
      command + Self.changes + ["--output", scratch.path + "/chip"])
    #expect(mapped.status == 0, "\(mapped.complaints)")
    #expect(mapped.complaints.contains("extracted from its dynamics"), "\(mapped.complaints)")
    // run.yaml keeps the protocol: the same chips again, on other threads.
    let again = try OhmweaveCommand.run([
      "map", scratch.path + "/chip/run.yaml", "--threads", "3", "--output",
      scratch.path + "/again",
    ])
    #expect(again.status == 0, "\(again.complaints)")
    let metrics = try ["chip", "again"].map {
      try InputFile.text(of: "\(scratch.path)/\($0)/metrics.csv")
    }
    #expect(metrics[0] == metrics[1])
  }

  @Test("an unknown key of the protocol is refused with the nearest")
  func unknownKey() throws {
    let scratch = try ScratchFolder()
    let result = try OhmweaveCommand.run([
      "map", Hostile.path("../../circuits/networks/digits-mlp.yaml"), "--data", Self.data,
      "--device", "tio2-joglekar", "--set", "extraction.widht=5 ms", "--output",
      scratch.path + "/chip",
    ])
    #expect(result.status == 65 && result.complaints.contains("width"), "\(result.complaints)")
  }

  @Test("a fit of pulses up alone writes no device, and says what is missing")
  func upAlone() throws {
    let scratch = try ScratchFolder()
    let rows = (0...40).map { k in
      "\(k),\(3 - 2 * exp(-Double(k) / 15) + 0.002 * sin(7 * Double(k)))"
    }
    try AtomicFile.write(
      "pulse,up (uS)\n" + rows.joined(separator: "\n") + "\n", to: scratch.path + "/up.csv")
    let result = try OhmweaveCommand.run([
      "device", "fit", scratch.path + "/up.csv", "--law", "soft-bounds", "--output",
      scratch.path + "/fit",
    ])
    #expect(result.status == 0, "\(result.complaints)")
    #expect(result.output.contains("no column 'down'"), "\(result.output)")
    let files = try ScratchFolder.files(scratch.path + "/fit")
    #expect(files.contains("residuals.csv") && !files.contains("device.yaml"))
  }
}
