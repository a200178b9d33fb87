import ArrayFiles
import Foundation
import InputOutput
import TestSupport
import Testing

/// A run never overwrites the folder of a file that it reads.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct OwnInputTests {
  /// Puts an input of `job` into `folder`; the command without its output.
  private static func command(_ job: String, _ folder: String) throws -> (String, [String]) {
    let input = folder + "/input"
    func copy(_ path: String, as name: String) throws -> String {
      try FileManager.default.copyItem(atPath: path, toPath: input + name)
      return input + name
    }
    func deviceFile() throws -> String {
      let library = try #require(SharedFiles.folder("device-models"))
      return try copy(library + "/hfo2-1t1r.yaml", as: ".yaml")
    }
    let examples = try #require(SharedFiles.folder("Examples"))
    let study = folder + "-study.yaml"
    switch job {
    case "map":
      let model = try copy(examples + "/mnist/mnist-mlp.onnx", as: ".onnx")
      return (model, ["map", model, "--data", examples + "/mnist"])
    case "train":
      let data = try copy(examples + "/digits/digits-test.npz", as: ".npz")
      try AtomicFile.write(
        "job: train\nrule: backpropagation\nnetwork: {hidden: [12]}\ndata: {name: \(data)}\n"
          + "epochs: 1\n", to: study)
      return (data, ["train", study])
    case "sweep":
      let device = try deviceFile()
      try AtomicFile.write(
        "study: small\njob: adc\nsettings: {device: \(device), function: sigmoid, bits: 3}\n"
          + "parameters: {chips: {values: [1, 2]}}\nmetrics: {yield: {}}\n"
          + "figures: [{metric: yield, x: chips}]\n", to: study)
      return (device, ["sweep", study])
    case "adc":
      let codes = input + ".csv"
      try AtomicFile.write("x,code\n-1,8\n0,16\n1,23\n", to: codes)
      return (codes, ["adc", "--function", "sigmoid", "--measured", codes])
    case "solve":
      let cells = input + ".npz"
      let array = NumericArray(shape: [2, 2], floats: [1e-5, 2e-5, 3e-5, 4e-5])
      try AtomicFile.write(NPZ.bytes([("G", array)], compressed: false), to: cells)
      return (cells, ["solve", "--conductances", cells])
    default:
      let device = try deviceFile()
      return (device, ["device", "retention", device])
    }
  }

  @Test(
    "a folder with an input is not overwritten by the run that reads it",
    arguments: ["map", "train", "sweep", "adc", "solve", "device"])
  func isKept(job: String) throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    try AtomicFile.makeFolder(folder)
    let (input, arguments) = try Self.command(job, folder)
    let before = try Data(contentsOf: URL(filePath: input))
    let result = try OhmweaveCommand.run(arguments + ["--output", folder, "--overwrite"])
    #expect(result.status == 65)
    #expect(
      result.complaints.contains("'\(folder)' holds '\(input)', which this run reads"),
      "\(result.complaints)")
    #expect(try Data(contentsOf: URL(filePath: input)) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
  }
}
