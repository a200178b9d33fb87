import ArrayFiles
import Foundation
import InputOutput
import TestSupport
import Testing

/// `map` of networks whose weights are drawn: for their cost, not for a task.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct DrawnWeightsTests {
  private static let network = """
    title: drawn
    input: [12]
    weights:
      seed: 1
      shapes: {fc.weight: [3, 12]}
    layers:
      - {type: dense, name: fc}

    """

  @Test(
    "no accuracy is stated, chips are compared with the digital network", arguments: [true, false])
  func compared(hasLabels: Bool) throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write(Self.network, to: "\(scratch.path)/net.yaml")
    let x = NumericArray(shape: [40, 12], floats: normal(480, seed: 3, "x"))
    let y =
      hasLabels
      ? NumericArray(shape: [40], integers: (0..<40).map { Int64($0 % 3) })
      : NumericArray(shape: [40, 3], floats: normal(120, seed: 4, "y"))
    try AtomicFile.write(try NPZ.bytes([("x", x), ("y", y)]), to: "\(scratch.path)/data.npz")
    func map(_ device: String) throws -> (text: String, csv: String) {
      let folder = "\(scratch.path)/\(device)"
      let result = try OhmweaveCommand.run([
        "map", "\(scratch.path)/net.yaml", "--data", "\(scratch.path)/data.npz", "--device", device,
        "--chips", "2", "-o", folder, "--dac-bits", "none", "--adc-bits", "none",
      ])
      #expect(result.status == 0, "\(result.complaints)")
      return (
        result.output, try String(contentsOfFile: "\(folder)/metrics.csv", encoding: .utf8)
      )
    }
    let ideal = try map("ideal")
    #expect(ideal.text.contains("are drawn, not trained"))
    #expect(!ideal.text.contains("accuracy") && !ideal.csv.contains("accuracy"))
    let wanted =
      hasLabels
      ? "agreement with the digital network   100.00 ± 0.00 %" : "root mean square deviation"
    #expect(ideal.text.contains(wanted), "\(ideal.text)")
    // Written errors move the outputs away from the digital ones, whatever the targets are.
    let measured = try map("hfo2-1t1r")
    #expect(measured.csv != ideal.csv)
    let names = try NPZ.read(path: "\(scratch.path)/ideal/predictions.npz").map(\.name)
    #expect(!names.contains("labels") && !names.contains("targets"))
  }
}
