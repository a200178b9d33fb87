import ArrayFiles
import Foundation
import InputOutput
import NetworkJobs
import Reporting
import StrictYAML
import TestSupport
import Testing

@Suite(.serialized) struct CheckpointTests {
  /// A finished run of one epoch in `folder`, with Adam.
  private static func finished(_ folder: String, rule: String = adam) throws -> String {
    let file = try TrainResumeTests.runFile(rule, in: folder)
    try run(file, folder)
    return file
  }

  private static let adam =
    "rule: backpropagation\nnetwork: {hidden: [12]}\noptimizer: {name: adam, rate: 0.01}"
  private static let tiki = """
    rule: {name: tiki-taka}
    network: {hidden: [12]}
    device: gokmen-vlasov
    """

  private static func run(
    _ file: String, _ folder: String, resumes: Bool = false, overwrites: Bool = false,
    _ assignments: String...
  ) throws {
    let all = try (["epochs=1"] + assignments).map { try StrictOverride($0, option: "--set") }
    _ = try TrainJob(runFile: file, overrides: all).run(
      RunContext(output: "\(folder)/run", overwrites: overwrites), resumes: resumes)
  }

  /// Changes the checkpoint in `folder`, keeps its checksum right, and resumes.
  private static func resumed(
    _ file: String, _ folder: String,
    _ change: ([(name: String, array: NumericArray)]) -> [(name: String, array: NumericArray)]
  ) throws -> String {
    let path = "\(folder)/run/checkpoint.safetensors"
    let before = try Data(contentsOf: URL(filePath: path))
    defer { try? before.write(to: URL(filePath: path)) }
    let entries = try Safetensors.read(path: path).entries
    try Safetensors.write(CheckpointSeal.withChecksum(change(entries)), to: path)
    let error = #expect(throws: InputError.self) { try run(file, folder, resumes: true) }
    return error?.problem ?? ""
  }

  private static func set(
    _ name: String, _ array: NumericArray
  ) -> ([(name: String, array: NumericArray)]) -> [(name: String, array: NumericArray)] {
    { $0.map { $0.name == name ? (name, array) : $0 } }
  }

  @Test("a checkpoint that lacks or adds an array, or has one of another shape or type, is refused")
  func layout() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.finished(folder)
    for name in ["layer1.weight", "layer1.weight.second", "layer2.bias.first", "step"] {
      let problem = try Self.resumed(file, folder) { $0.filter { $0.name != name } }
      #expect(problem == "lacks the array '\(name)'")
    }
    let extra = try Self.resumed(file, folder) {
      $0 + [("layer9.weight", NumericArray(shape: [1], floats: [1]))]
    }
    #expect(extra == "holds an array 'layer9.weight' that the rule does not have")
    let empty = NumericArray(shape: [0], floats: [])
    let short = try Self.resumed(file, folder, Self.set("layer1.weight.second", empty))
    #expect(short.hasPrefix("holds float32 numbers of the shape [0], "))
    let wide = try Self.resumed(file, folder) {
      $0.map { name, array in
        name == "layer1.bias"
          ? (name, NumericArray(shape: array.shape, doubles: array.doubles))
          : (name, array)
      }
    }
    #expect(wide.hasPrefix("holds float64 numbers"))
    let nan = try Self.resumed(file, folder) {
      $0.map { name, array in
        guard name == "layer1.bias" else { return (name, array) }
        var values = array.floats
        values[3] = .nan
        return (name, NumericArray(shape: array.shape, floats: values))
      }
    }
    #expect(nan == "element 3 is not finite")
  }

  @Test("counters outside the run are refused, the largest integer among them")
  func counters() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.finished(folder)
    for step in [Int64.max, .min, -1, 0, 1 << 53, 1] {
      let steps = NumericArray(shape: [3], integers: [step, 0, 0])
      let problem = try Self.resumed(file, folder, Self.set("run.step", steps))
      #expect(problem.contains("is outside a run of 1 epochs"), "\(step): \(problem)")
      let own = NumericArray(shape: [], integers: [step])
      let rule = try Self.resumed(file, folder, Self.set("step", own))
      #expect(!rule.isEmpty, "\(step)")
    }
    let counts = NumericArray(shape: [3], integers: [89, 5, 3])
    #expect(!(try Self.resumed(file, folder, Self.set("run.step", counts))).isEmpty)
    let infinite = NumericArray(shape: [2], doubles: [.infinity, 1])
    #expect(!(try Self.resumed(file, folder, Self.set("run.sums", infinite))).isEmpty)
    let epochs = NumericArray(shape: [1, 3], doubles: [1, 1.5, 0.5])
    #expect(!(try Self.resumed(file, folder, Self.set("run.epochs", epochs))).isEmpty)
  }

  @Test(
    "every rule on devices takes up its own checkpoint",
    arguments: [
      "in-situ", "sign-step", "mixed-precision", "tiki-taka", "tiki-taka-v2", "chopped-tiki-taka",
      "agad",
    ])
  func own(rule: String) throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.finished(
      folder, rule: "rule: {name: \(rule)}\nnetwork: {hidden: [12]}\ndevice: gokmen-vlasov")
    let bytes = try TrainResumeTests.bytes("\(folder)/run")
    try Self.run(file, folder, resumes: true)
    #expect(try TrainResumeTests.bytes("\(folder)/run") == bytes)
  }

  @Test("counters of pulses and reads are bounded")
  func pulses() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.finished(folder, rule: Self.tiki)
    let problem = try Self.resumed(file, folder) {
      $0.map { name, array in
        array.elementType == .int64 && array.count == 1 && !name.hasPrefix("run.")
          ? (name, NumericArray(shape: array.shape, integers: [.max])) : (name, array)
      }
    }
    #expect(problem.contains("2^53"), "\(problem)")
  }

  @Test("changed data, seed, settings and device files, and damaged bytes, are refused")
  func otherRun() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let data = "\(folder)/data.npz"
    try FileManager.default.copyItem(atPath: try TrainResumeTests.digits(), toPath: data)
    let device = "\(folder)/device.yaml"
    let library = try #require(SharedFiles.folder("device-models"))
    try FileManager.default.copyItem(atPath: library + "/hfo2-1t1r.yaml", toPath: device)
    let file = try TrainResumeTests.runFile(
      """
      rule: {name: hardware-aware, chips: 0}
      network: {hidden: [12]}
      device: \(device)
      optimizer: {name: sgd, rate: 0.1}
      """, in: folder)
    let name = "data.name=\(data)"
    try Self.run(file, folder, name)
    try Self.run(file, folder, resumes: true, name)
    func refusal(_ assignments: String...) -> String {
      let error = #expect(throws: InputError.self) {
        let all = try (["epochs=1", name] + assignments).map {
          try StrictOverride($0, option: "--set")
        }
        _ = try TrainJob(runFile: file, overrides: all).run(
          RunContext(output: "\(folder)/run"), resumes: true)
      }
      return error?.problem ?? ""
    }
    #expect(refusal("seed=2").contains("another run"))
    // A checkpoint of another seed beside the run file.
    let kept = "\(folder)/run/checkpoint.safetensors"
    let good = try Data(contentsOf: URL(filePath: kept))
    let other = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: other) }
    try Self.run(file, other, name, "seed=2")
    try Data(contentsOf: URL(filePath: "\(other)/run/checkpoint.safetensors"))
      .write(to: URL(filePath: kept))
    #expect(refusal().contains("a run with another seed"))
    try good.write(to: URL(filePath: kept))
    // One sample differs.
    let samples = try NPZ.read(path: data)
    try NPZ.write(
      samples.entries.map { name, array in
        guard array.shape.count > 1 else { return (name, array) }
        var bytes = array.bytes
        bytes[bytes.count / 2] ^= 1
        return (
          name, NumericArray(shape: array.shape, bytes: bytes, elementType: array.elementType)
        )
      }, to: data)
    #expect(refusal().contains("a run with other samples"))
    try FileManager.default.removeItem(atPath: data)
    try FileManager.default.copyItem(atPath: try TrainResumeTests.digits(), toPath: data)
    try Self.run(file, folder, resumes: true, name)
    let text = try InputFile.text(of: device)
    try AtomicFile.write(text + "\n# changed\n", to: device)
    #expect(refusal().contains("another content of \(device)"))
    try AtomicFile.write(text, to: device)
    for place in stride(from: 9, to: good.count, by: good.count / 40) {
      var damaged = good
      damaged[place] ^= 0x10
      try damaged.write(to: URL(filePath: kept))
      #expect(!refusal().isEmpty, "byte \(place)")
    }
    // Begun anew the folder is this run's again.
    try Self.run(file, folder, overwrites: true, name)
    try Self.run(file, folder, resumes: true, name)
  }

  @Test("train into the folder of a run asks for --overwrite or --resume, finished or not")
  func asks() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.finished(folder)
    let bytes = try TrainResumeTests.bytes("\(folder)/run")
    for state in ["finished", "running"] {
      let marker = "\(folder)/run/.ohmweave-run"
      let text = try InputFile.text(of: marker)
      try AtomicFile.write(text + "state \(state)\n", to: marker)
      let error = #expect(throws: InputError.self) { try Self.run(file, folder) }
      #expect(
        error?.problem.contains("--overwrite replaces its files, --resume continues it") == true)
    }
    #expect(try TrainResumeTests.bytes("\(folder)/run") == bytes)
    try AtomicFile.write("mine", to: "\(folder)/run/notes.txt")
    try Self.run(file, folder, overwrites: true)
    #expect(try TrainResumeTests.bytes("\(folder)/run") == bytes)
    #expect(try InputFile.text(of: "\(folder)/run/notes.txt") == "mine")
    // A folder that was copied without its hidden marker is known by its content; pages are not.
    try FileManager.default.removeItem(atPath: "\(folder)/run/.ohmweave-run")
    #expect(throws: InputError.self) { try Self.run(file, folder, resumes: true) }
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run")
    where name != "run.yaml" && name != "checkpoint.safetensors" {
      try FileManager.default.removeItem(atPath: "\(folder)/run/\(name)")
    }
    try Self.run(file, folder, resumes: true)
    #expect(try TrainResumeTests.bytes("\(folder)/run") == bytes)
  }

  @Test(
    "checkpoints that crashed earlier versions end with status 65",
    arguments: ["missing-moment", "00078", "00079", "00322", "00391", "00605"])
  func hostile(name: String) throws {
    let scratch = try ScratchFolder()
    let source = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/checkpoints/\(name)").standardizedFileURL.path
    let file = try #require(
      try FileManager.default.contentsOfDirectory(atPath: source).first { $0.hasSuffix(".yaml") })
    let folder = scratch.path + "/run"
    try AtomicFile.makeFolder(folder)
    try FileManager.default.copyItem(
      atPath: source + "/checkpoint.safetensors", toPath: folder + "/checkpoint.safetensors")
    let home = (try #require(SharedFiles.folder("Examples")) as NSString).deletingLastPathComponent
    for hasRunFile in [false, true] {
      if hasRunFile {
        try AtomicFile.write(
          try StrictFile(path: "\(source)/\(file)").text, to: folder + "/run.yaml")
      }
      let result = try OhmweaveCommand.run(
        ["train", "\(source)/\(file)", "--output", folder, "--resume"], folder: home)
      #expect(result.status == 65, "\(result.complaints)")
      #expect(result.complaints.split(separator: "\n").count == 1, "\(result.complaints)")
    }
  }
}
