import ArrayFiles
import Foundation
import InputOutput
import TestSupport
import Testing

/// The demo network on simulated chips, by the command.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct MapTests {
  static let examples = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Examples/mnist").standardizedFileURL.path

  /// Maps the demo network into `folder` and gives what the command left.
  private func map(_ arguments: [String], to folder: String) throws -> CommandResult {
    try OhmweaveCommand.run(
      ["map", Self.examples + "/mnist-mlp.onnx", "--data", Self.examples, "--output", folder]
        + arguments)
  }

  private func value(_ metric: String, in folder: String) throws -> Double {
    let csv = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8)
    let line = try #require(csv.split(separator: "\n").first { $0.contains(",\(metric),") })
    return try #require(
      line.split(separator: ",", omittingEmptySubsequences: false).dropLast().last
        .flatMap { Double($0) })
  }

  @Test(
    "without non-idealities every image gets the digital class",
    arguments: [
      [], ["--scheme", "two-sided-pair", "--tile", "100x60"], ["--scheme", "offset-column"],
      ["--scheme", "reference-column", "--scale", "column"],
    ])
  func ideal(arguments: [String]) throws {
    let scratch = try ScratchFolder()
    let result = try map(
      ["--device", "ideal", "--adc-bits", "none", "--dac-bits", "none", "--chips", "1"] + arguments,
      to: scratch.path + "/run")
    #expect(result.status == 0, "\(result.complaints)")
    #expect(try value("agreement with the digital outputs", in: scratch.path + "/run") == 1)
    #expect(try value("samples", in: scratch.path + "/run") == 10_000)
  }

  @Test("the measured cell with 8-bit converters costs less than one percentage point")
  func measured() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    let result = try map(["--chips", "2"], to: folder)
    #expect(result.status == 0, "\(result.complaints)")
    #expect(result.output.hasSuffix("report: \(folder)/report.html\n"))
    let digital = try value("digital accuracy", in: folder)
    #expect(digital >= 0.98)
    let csv = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8)
    let accuracies = csv.split(separator: "\n").filter {
      $0.hasPrefix("chip,") && $0.contains(",accuracy,")
    }
    .compactMap { Double($0.split(separator: ",")[3]) }
    #expect(accuracies.count == 2)
    #expect(accuracies.reduce(0, +) / 2 > digital - 0.01)
  }

  @Test("one thread and two give the same bits, and run.yaml gives them again")
  func reproducible() throws {
    let scratch = try ScratchFolder()
    let options = ["--device", "pcm", "--time", "1 h", "--chips", "2", "--samples", "700"]
    for threads in ["1", "2"] {
      let result = try map(
        options + ["--threads", threads, "--seed", "7"], to: "\(scratch.path)/\(threads)")
      #expect(result.status == 0, "\(result.complaints)")
    }
    let again = try OhmweaveCommand.run(
      ["map", scratch.path + "/1/run.yaml", "--output", scratch.path + "/3"])
    #expect(again.status == 0, "\(again.complaints)")
    for name in ["metrics.csv", "conductances.npz", "run.yaml", "report.html"] {
      let first = try Data(contentsOf: URL(filePath: "\(scratch.path)/1/\(name)"))
      #expect(first.count > 100)
      for other in ["2", "3"] {
        #expect(try Data(contentsOf: URL(filePath: "\(scratch.path)/\(other)/\(name)")) == first)
      }
    }
    let seeded = try map(options + ["--seed", "8"], to: scratch.path + "/4")
    #expect(seeded.status == 0)
    #expect(
      try Data(contentsOf: URL(filePath: "\(scratch.path)/4/conductances.npz"))
        != Data(contentsOf: URL(filePath: "\(scratch.path)/1/conductances.npz")))
  }

  @Test("every chip's conductances, the confusion matrix and the calibration's source are kept")
  func keptFiles() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    let result = try map(
      [
        "--chips", "2", "--samples", "300", "--save-chips", "all", "--bound-management",
        "iterative",
      ],
      to: folder)
    #expect(result.status == 0, "\(result.complaints)")
    let names = try NPZ.read(path: folder + "/conductances.npz").map(\.name)
    #expect(names.filter { $0.hasSuffix(".positive.target") }.count == 6)
    #expect(names.filter { $0.hasSuffix(".positive.written") }.count == 6)
    #expect(names.filter { $0.hasSuffix(".positive.written-1") }.count == 6)
    let rows = try String(contentsOfFile: folder + "/confusion.csv", encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",").map { Int($0) ?? -1 } }
    #expect(rows.reduce(0) { $0 + $1[2] } == 300 && rows.reduce(0) { $0 + $1[3] } == 600)
    let run = try String(contentsOfFile: folder + "/run.yaml", encoding: .utf8)
    // The examples' folder holds the test images only.
    #expect(run.contains("calibration-data: evaluated"))
  }

  @Test("calibration data that are not there are told")
  func missingCalibration() throws {
    let scratch = try ScratchFolder()
    let result = try map(["--calibration-data", "training"], to: scratch.path + "/run")
    #expect(result.status == 65)
    #expect(result.complaints.contains("train-images"), "\(result.complaints)")
  }

  @Test("wrong options are told together, with status 65 and no run directory")
  func wrongOptions() throws {
    let scratch = try ScratchFolder()
    let result = try map(
      ["--adc-bits", "40", "--scheme", "offset-colum", "--tile", "256", "--time", "3 V"],
      to: scratch.path + "/run")
    #expect(result.status == 65)
    #expect(result.output.isEmpty)
    #expect(
      result.complaints == """
        --tile: '256' is not rows x columns such as 256x256, each 1…16384.
        --scheme: unknown value 'offset-colum', did you mean 'offset-column'?
        --adc-bits: 40 is outside 1…16.
        --time: '3 V' is in V, a number in s is expected.

        """)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
  }

  @Test("an unknown device is told with the nearest one")
  func unknownDevice() throws {
    let scratch = try ScratchFolder()
    let result = try map(["--device", "hfo2-1t1"], to: scratch.path + "/run")
    #expect(result.status == 65)
    #expect(
      result.complaints == "--device: unknown device 'hfo2-1t1', did you mean 'hfo2-1t1r'?\n")
  }

  @Test("a model that is cut off, and one of another kind, are bad input without partial output")
  func wrongModel() throws {
    let scratch = try ScratchFolder()
    let whole = try Data(contentsOf: URL(filePath: Self.examples + "/mnist-mlp.onnx"))
    for (name, bytes) in [("cut.onnx", whole.prefix(50_000)), ("model.pt", whole)] {
      try AtomicFile.write(bytes, to: scratch.path + "/" + name)
      let result = try OhmweaveCommand.run([
        "map", scratch.path + "/" + name, "--data", Self.examples, "--output",
        scratch.path + "/run",
      ])
      #expect(result.status == 65)
      #expect(result.complaints.contains(name) && result.complaints.hasSuffix(".\n"))
      #expect(
        !FileManager.default.fileExists(atPath: scratch.path + "/run"), "\(result.complaints)")
    }
  }

  @Test("results as JSON can be read by machines")
  func json() throws {
    let scratch = try ScratchFolder()
    let result = try map(
      ["--chips", "1", "--samples", "200", "--wires", "1 Ohm", "--json"], to: scratch.path + "/run")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let inner = try #require(document["result"] as? [String: Any])
    #expect(inner["samples"] as? Int == 200)
    #expect((inner["layers"] as? [Any])?.count == 3)
  }
}
