import ArrayFiles
import Foundation
import InputOutput
import TestSupport
import Testing

/// A network that reproduces numbers, described in YAML with its weights in an NPZ file.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct MapValuesTests {
  /// y = W·x + b with small whole numbers, so that the digital outputs are exact.
  private func write(to folder: String, targets: Int, off: Float) throws {
    let (inputs, outputs, samples) = (6, 3, 40)
    let w = (0..<outputs * inputs).map { Float(($0 * 7) % 11 - 5) }
    let b: [Float] = [1, -2, 0]
    let x = (0..<samples * inputs).map { Float(($0 * 13) % 17 - 8) }
    var y: [Float] = []
    for s in 0..<samples {
      for o in 0..<targets {
        let sum = (0..<inputs).reduce(Float(0)) { $0 + w[o * inputs + $1] * x[s * inputs + $1] }
        // Every second target is off to either side.
        y.append(sum + b[o] + ((s + o) % 2 == 0 ? off : -off))
      }
    }
    try NPZ.write(
      [
        ("line.weight", NumericArray(shape: [outputs, inputs], floats: w)),
        ("line.bias", NumericArray(shape: [outputs], floats: b)),
      ], to: folder + "/line.npz", compressed: true)
    try NPZ.write(
      [
        ("x", NumericArray(shape: [samples, inputs], floats: x)),
        ("y", NumericArray(shape: [samples, targets], floats: y)),
      ], to: folder + "/data.npz", compressed: false)
    try """
    title: a line
    input: [6]
    weights: line.npz
    layers:
      - {type: dense, name: line}
    """.write(toFile: folder + "/line.yaml", atomically: true, encoding: .utf8)
  }

  private func map(_ folder: String, _ arguments: [String] = []) throws -> CommandResult {
    try OhmweaveCommand.run(
      [
        "map", folder + "/line.yaml", "--data", folder + "/data.npz", "--chips", "2", "--output",
        folder + "/run",
      ] + arguments)
  }

  @Test(
    "targets are judged by their root mean square error, chips without errors as the digital network"
  )
  func values() throws {
    let scratch = try ScratchFolder()
    try write(to: scratch.path, targets: 3, off: 0.5)
    let result = try map(
      scratch.path, ["--device", "ideal", "--adc-bits", "none", "--dac-bits", "none"])
    #expect(result.status == 0, "\(result.complaints)")
    #expect(result.output.contains("digital root mean square error  0.5\n"), "\(result.output)")
    let csv = try String(contentsOfFile: scratch.path + "/run/metrics.csv", encoding: .utf8)
    func value(_ metric: String) throws -> Double {
      let line = try #require(csv.split(separator: "\n").first { $0.contains(metric) })
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      return try #require(fields.dropLast().last.flatMap { Double($0) })
    }
    #expect(try value("digital root mean square error") == 0.5)
    #expect(abs(try value("analog root mean square error, mean") - 0.5) < 1e-5)
    #expect(abs(try value("agreement with the digital outputs") - 1) < 1e-9)
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/run/confusion.csv"))
  }

  @Test("a noisy chip adds to the error and follows less well")
  func noisy() throws {
    let scratch = try ScratchFolder()
    try write(to: scratch.path, targets: 3, off: 0)
    let result = try map(scratch.path, ["--json"])
    #expect(result.status == 0, "\(result.complaints)")
    struct Document: Decodable {
      struct Result: Decodable {
        struct Chip: Decodable { var value, agreement: Double }
        var digital: Double
        var chips: [Chip]
      }
      var result: Result
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
    #expect(document.result.digital == 0 && document.result.chips.count == 2)
    for chip in document.result.chips {
      #expect(chip.value > 0 && chip.agreement > 0.9 && chip.agreement < 1)
    }
  }

  @Test("another number of targets than outputs is told")
  func wrongTargets() throws {
    let scratch = try ScratchFolder()
    try write(to: scratch.path, targets: 2, off: 0)
    let result = try map(scratch.path)
    #expect(result.status == 65)
    #expect(
      result.complaints.hasSuffix("a sample has 2 target numbers, the network has 3 outputs.\n"),
      "\(result.complaints)")
  }
}
