import Foundation
import TestSupport
import Testing

/// The cost of a time step, by the command.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct MapStepTests {
  private static let examples = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Examples").standardizedFileURL.path

  private func map(_ arguments: [String], to folder: String) throws -> CommandResult {
    let model = "\(Self.examples)/recurrent/shape-72x128"
    return try OhmweaveCommand.run(
      [
        "map", model + ".yaml", "--data", model + ".npz", "--tile", "72x256", "--input-range", "1",
        "--dac-bits", "5", "--gate-bits", "5", "--chips", "1", "--output", folder,
      ] + arguments)
  }

  @Test(
    "one command reports the step at all bits, beside conventional chips, the same again from run.yaml"
  )
  func sweep() throws {
    let scratch = try ScratchFolder()
    let result = try map(
      [
        "--input-coding", "pulse-width", "--cost", "ramp-16nm", "--cost-bits", "3,5,8",
        "--save-chips", "none",
      ], to: scratch.path + "/a")
    #expect(result.status == 0, "\(result.complaints)")
    let csv = try String(contentsOfFile: scratch.path + "/a/metrics.csv", encoding: .utf8)
    func value(_ item: String, _ metric: String) throws -> Double {
      let start = "step,\"\(item)\",\(metric),"
      let line = try #require(csv.split(separator: "\n").first { $0.hasPrefix(start) }, "\(start)")
      return try #require(Double(line.dropFirst(start.count).split(separator: ",")[0]))
    }
    for bits in [3, 5, 8] {
      let time = try value("ramps, \(bits) bits", "time per step")
      #expect(abs(time - (4 * exp2(Double(bits)) + 35) * 1e-9) < 1e-15)
      let (two, four) = (
        try value("conventional, 32 processors, 2 cycles, \(bits) bits", "time per step"),
        try value("conventional, 32 processors, 4 cycles, \(bits) bits", "time per step")
      )
      // 160 activations on 32 processors.
      #expect(abs(four - two - 10e-9) < 1e-15)
    }
    // The inference has three steps and costs what they cost.
    let step = try value("ramps, 5 bits", "energy per step")
    #expect(abs(step * 3 / inferenceEnergy(csv) - 1) < 1e-9)
    let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/a")
    #expect(!files.contains("conductances.npz"))
    let again = try OhmweaveCommand.run(
      ["map", scratch.path + "/a/run.yaml", "--output", scratch.path + "/b"])
    #expect(again.status == 0, "\(again.complaints)")
    #expect(
      try String(contentsOfFile: scratch.path + "/b/metrics.csv", encoding: .utf8) == csv)
  }

  private func inferenceEnergy(_ csv: String) -> Double {
    csv.split(separator: "\n").filter { $0.hasPrefix("cost,") && $0.contains(",energy") }
      .compactMap { Double($0.split(separator: ",")[3]) }.reduce(0, +)
  }

  @Test(
    "what a step needs is told",
    arguments: [
      (["--cost", "ramp-16nm", "--cost-bits", "5"], "--input-coding pulse-width"),
      (["--input-coding", "pulse-width", "--cost-bits", "5"], "section 'clock'"),
      (
        ["--input-coding", "pulse-width", "--cost", "ramp-16nm", "--cost-bits", "5,11"],
        "'11' is not a whole number from 2 to 10"
      ),
    ])
  func faults(arguments: [String], message: String) throws {
    let scratch = try ScratchFolder()
    let result = try map(arguments, to: scratch.path + "/run")
    #expect(result.status == 65 && result.complaints.contains(message), "\(result.complaints)")
  }

  @Test("a network without recurrent layers has no time steps")
  func plain() throws {
    let scratch = try ScratchFolder()
    let result = try OhmweaveCommand.run([
      "map", Self.examples + "/mnist/mnist-mlp.onnx", "--data", Self.examples + "/mnist",
      "--input-coding", "pulse-width", "--cost", "ramp-16nm", "--cost-bits", "5", "--output",
      scratch.path + "/run",
    ])
    #expect(result.status == 65 && result.complaints.contains("no recurrent layer"))
  }
}
