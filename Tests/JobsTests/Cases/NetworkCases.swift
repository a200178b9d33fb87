import ArrayFiles
import Foundation
import TestSupport
import Testing

/// Networks and data of users, through the command.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct NetworkCases {
  private func map(
    _ folder: String, layers: String, input: String, x: NumericArray, y: NumericArray
  ) throws -> CommandResult {
    try NPZ.write(
      [
        ("w.weight", NumericArray(shape: [1, 2], floats: [1, -1])),
        ("k.weight", NumericArray(shape: [2, 3, 3, 3], floats: Array(repeating: 0.1, count: 54))),
      ], to: folder + "/n.npz", compressed: false)
    try NPZ.write([("x", x), ("y", y)], to: folder + "/data.npz", compressed: false)
    try "title: t\ninput: \(input)\nweights: n.npz\nlayers:\n\(layers)\n"
      .write(toFile: folder + "/n.yaml", atomically: true, encoding: .utf8)
    return try OhmweaveCommand.run([
      "map", folder + "/n.yaml", "--data", folder + "/data.npz", "--device", "ideal", "--chips",
      "1",
      "--dac-bits", "none", "--adc-bits", "none", "--output", folder + "/run",
    ])
  }

  @Test(
    "labels 0 and 1 of a network with one output: class 1 above ½ behind a sigmoid, above 0 else",
    arguments: [true, false])
  func binaryLabels(hasSigmoid: Bool) throws {
    let scratch = try ScratchFolder()
    // The logit is x₀ − x₁; three of four samples have the label of its sign. All logits but one are
    // positive and all but one sigmoids above ½, so that a threshold of 0 behind the sigmoid would give 1 to all.
    let result = try map(
      scratch.path,
      layers: "  - {type: dense, name: w}" + (hasSigmoid ? "\n  - {type: sigmoid}" : ""),
      input: "[2]", x: NumericArray(shape: [4, 2], floats: [1, 0, 0, 1, 3, 1, 2, 1]),
      y: NumericArray(shape: [4], integers: [1, 0, 1, 0]))
    #expect(result.status == 0, "\(result.complaints)")
    #expect(result.output.contains("75"), "\(result.output)")
    #expect(!result.output.contains("100.00 %"), "\(result.output)")
  }

  @Test("data of height × width × channels are rejected by a network of channels × height × width")
  func layout() throws {
    let scratch = try ScratchFolder()
    let result = try map(
      scratch.path,
      layers:
        "  - {type: convolution, name: k}\n  - {type: global-average-pool}\n  - {type: flatten}",
      input: "[3, 5, 5]",
      x: NumericArray(shape: [2, 5, 5, 3], floats: Array(repeating: 1, count: 150)),
      y: NumericArray(shape: [2], integers: [0, 1]))
    #expect(result.status == 65)
    #expect(result.complaints.contains("5×5×3"), "\(result.complaints)")
    #expect(result.complaints.contains("transpose the data"), "\(result.complaints)")
  }
}
