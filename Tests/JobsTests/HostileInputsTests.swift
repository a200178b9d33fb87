import ArrayFiles
import Foundation
import InputOutput
import TestSupport
import Testing

/// Files and settings that once trapped, hung or filled memory: a sentence and status 65, or a result,
/// within 1 GB.
@Suite(
  .serialized, .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct HostileInputsCases {
  static let data = Hostile.path("../../Examples/digits/digits-test.npz")

  /// Runs the command and expects one sentence that contains `text`.
  static func rejected(_ arguments: [String], _ text: String, status: Int32 = 65) throws {
    let result = try LimitedCommand.run(arguments)
    #expect(result.status == status, "\(arguments): \(result.complaints)")
    #expect(result.complaints.contains(text), "\(result.complaints)")
    #expect(result.complaints.utf8.count < 6000)
  }

  private func map(_ model: String, _ folder: String, data: String = Self.data) -> [String] {
    ["map", model, "--data", data, "--chips", "1", "--samples", "5", "--output", folder + "/run"]
  }

  @Test(
    "networks and data whose numbers overflow are rejected",
    arguments: [
      ("06/divzero.onnx", "finite outputs are expected"),
      ("06/huge-w.onnx", "finite outputs are expected"),
    ])
  func overflow(model: String, text: String) throws {
    let scratch = try ScratchFolder()
    try Self.rejected(map(Hostile.path(model), scratch.path), text)
  }

  @Test("data beyond single precision are rejected with the sample")
  func data() throws {
    let scratch = try ScratchFolder()
    try Self.rejected(
      map(Hostile.path("06/ok.onnx"), scratch.path, data: Hostile.path("06/x1e300.npz")),
      "sample 0: a number is beyond")
  }

  @Test("a metric of 1e308 has statistics and a report")
  func metric() throws {
    let scratch = try ScratchFolder()
    let result = try LimitedCommand.run(
      ["sweep", Hostile.path("06/metric-overflow.yaml"), "--output", scratch.path + "/run"])
    #expect(result.status == 0, "\(result.complaints)")
    let table = try String(contentsOfFile: scratch.path + "/run/metrics.csv", encoding: .utf8)
    #expect(table.contains("1e+308") && !table.lowercased().contains("nan,nan"), "\(table)")
  }

  @Test("a section of switching without a law is rejected")
  func switching() throws {
    try Self.rejected(
      ["device", "show", Hostile.path("06/switching-without-law.yaml")], "the key 'law' is missing")
  }

  @Test("functions with poles and jumps are rejected", arguments: ["tan(x)", "1/cos(x)", "1/x"])
  func poles(function: String) throws {
    let scratch = try ScratchFolder()
    try Self.rejected(
      ["adc", "--function", function, "--bits", "3", "--output", scratch.path + "/run"],
      function == "1/x" ? "not finite" : "jumps or has a pole")
  }

  @Test(
    "tiles of four cells with wires can be compensated",
    arguments: ["1 Ohm", "100 Ohm", "1000 Ohm"])
  func tinyTiles(wires: String) throws {
    let scratch = try ScratchFolder()
    let model = Hostile.path("../../circuits/networks/digits-mlp.yaml")
    let result = try LimitedCommand.run(
      map(model, scratch.path) + [
        "--tile", "2x2", "--wires", wires, "--wire-compensation", "remap",
      ])
    #expect(result.status == 0, "\(result.complaints)")
  }

  @Test(
    "sizes in ONNX are compared with the budget before memory is taken",
    arguments: [
      "concat-huge", "conv-group", "expand-x", "gemm-zero-huge40", "lstm-ov", "slice-huge",
    ])
  func sizes(name: String) throws {
    let scratch = try ScratchFolder()
    try Self.rejected(map(Hostile.path("07/\(name).onnx"), scratch.path), "\(name).onnx: ")
  }

  @Test("a chain of 30,000 nodes is read in time that grows with their number")
  func longChain() throws {
    let scratch = try ScratchFolder()
    let count = 30_000
    let nodes = (0..<count).map {
      ONNXBytes.node("Mul", [$0 == 0 ? "x" : "c\($0)", "k"], "c\($0 + 1)")
    }
    let weights = (0..<640).map { Float($0 % 7) / 8 }
    try ONNXBytes.model(
      [64], nodes: nodes + [ONNXBytes.node("MatMul", ["c\(count)", "w"], "y")],
      tensors: [ONNXBytes.tensor("k", [], [0.9999]), ONNXBytes.tensor("w", [64, 10], weights)]
    ).write(to: URL(filePath: scratch.path + "/chain.onnx"))
    let result = try LimitedCommand.run(map(scratch.path + "/chain.onnx", scratch.path))
    #expect(result.status == 0, "\(result.complaints)")
  }

  @Test("a YAML file of aliases is measured before they are followed")
  func aliases() throws {
    try Self.rejected(["device", "show", Hostile.path("08/alias-bomb.yaml")], "aliases stand for")
  }

  @Test("200,000 unknown keys give the first faults within seconds")
  func manyKeys() throws {
    let scratch = try ScratchFolder()
    let keys = (0..<200_000).map { "k\($0): 1\n" }.joined()
    try AtomicFile.write("title: t\n" + keys, to: scratch.path + "/many.yaml")
    let result = try LimitedCommand.run(["device", "show", scratch.path + "/many.yaml"])
    #expect(result.status == 65)
    #expect(result.complaints.contains(" more faults."))
    #expect(result.complaints.split(separator: "\n").count <= 51)
  }

  @Test("compressed files and counts that expand beyond the budget are rejected")
  func bombs() throws {
    let scratch = try ScratchFolder()
    let zeros = [UInt8](repeating: 0, count: 600 << 20)
    let count = [UInt8(0x25), 0x80, 0, 0]
    try Data(Gzip.pack([0, 0, 8, 1] + count + zeros, level: 1)).write(
      to: URL(filePath: scratch.path + "/t10k-images-idx1-ubyte"))
    try Data([0, 0, 8, 1, 0, 0, 0, 1, 0]).write(
      to: URL(filePath: scratch.path + "/t10k-labels-idx1-ubyte"))
    let commas = [UInt8](repeating: UInt8(ascii: ","), count: 100 << 20)
    try Data(Gzip.pack(commas, level: 1)).write(to: URL(filePath: scratch.path + "/z.csv.gz"))
    let short = String(repeating: "1:1\n", count: 100_000)
    let long = String(repeating: "1,", count: 999_999) + "1:1\n"
    try AtomicFile.write("@classLabel true 1\n" + short + long, to: scratch.path + "/long.ts")
    for name in ["t10k-images-idx1-ubyte", "z.csv.gz", "long.ts"] {
      try Self.rejected(["data", "info", scratch.path + "/" + name], "--input-limit")
    }
    let ones = NumericArray(shape: [5 << 20], uint8: Array(commas.prefix(5 << 20)))
    try NPZ.write([("x", ones)], to: scratch.path + "/x.npz")
    try Self.rejected(
      ["data", "info", scratch.path + "/x.npz", "--input-limit", "4 MB"], "--input-limit")
    let small = try LimitedCommand.run([
      "data", "info", Self.data, "--input-limit", "10 kB",
    ])
    #expect(small.status == 65 && small.complaints.contains("10000 bytes"))
    try Self.rejected(
      ["data", "info", Self.data, "--input-limit", "much"], "not a size", status: 64)
  }

  @Test("plans beyond memory are rejected")
  func plans() throws {
    let scratch = try ScratchFolder()
    try Self.rejected(
      ["sweep", Hostile.path("10/1e9-rows.yaml"), "--output", scratch.path + "/run"],
      "1000000000 rows")
    try Self.rejected(
      [
        "adc", "--function", "sigmoid", "--bits", "10", "--chips", "1000000", "--cells", "65536",
        "--output", scratch.path + "/run",
      ], "do not fit into memory")
  }

  @Test("a threshold switch without spread is simulated once for each height")
  func thresholdSwitch() throws {
    let scratch = try ScratchFolder()
    let result = try LimitedCommand.run(
      ["device", "switch", "nbo2-threshold-switch", "--output", scratch.path + "/run"])
    #expect(result.status == 0, "\(result.complaints)")
    #expect(result.output.contains("all devices switch at one time"), "\(result.output)")
  }

  @Test("a study of more metrics than a table has columns ends at its first row")
  func manyMetrics() throws {
    let scratch = try ScratchFolder()
    let metrics = (0...1000).map { "  metric.m\($0): a\n" }.joined()
    try AtomicFile.write(
      "study: s\njob: formula\nsettings:\n\(metrics)parameters: {a: {values: [1, 2]}}\n",
      to: scratch.path + "/s.yaml")
    try Self.rejected(
      ["sweep", scratch.path + "/s.yaml", "--output", scratch.path + "/run"],
      "has 1000 metrics already")
  }

  @Test("a name with a NUL character names no file")
  func nulName() throws {
    let scratch = try ScratchFolder()
    let model = Hostile.path("../../circuits/networks/digits-mlp.yaml")
    for name in [Self.data, scratch.path] {
      try AtomicFile.write(
        "job: map\nmodel: \"\(model)\"\ndata: \"\(name)\\0.npz\"\n",
        to: scratch.path + "/m.yaml")
      try Self.rejected(
        ["map", scratch.path + "/m.yaml", "--output", scratch.path + "/run"],
        "\(name)\\u{0}.npz: holds a NUL character")
    }
  }

  @Test("a pipe and a device are no input files")
  func specialFiles() throws {
    let scratch = try ScratchFolder()
    let pipe = scratch.path + "/pipe.csv"
    #expect(mkfifo(pipe, 0o600) == 0)
    let zeros = scratch.path + "/zeros.csv"
    try FileManager.default.createSymbolicLink(atPath: zeros, withDestinationPath: "/dev/zero")
    for path in [pipe, zeros] {
      try Self.rejected(["data", "info", path], "a regular file is expected")
    }
  }

  @Test("ranges whose ends are hundreds of decades apart are rejected")
  func decades() throws {
    let scratch = try ScratchFolder()
    let range = "{range: {from: 1e-300, to: 1e300, count: 3, scale: logarithmic}}"
    try AtomicFile.write(
      "study: s\njob: formula\nsettings: {metric.y: a}\nparameters: {a: \(range)}\n",
      to: scratch.path + "/s.yaml")
    try Self.rejected(
      ["sweep", scratch.path + "/s.yaml", "--output", scratch.path + "/run"], "too far apart")
  }

  @Test("a parameter may be the smallest whole number")
  func smallestInteger() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write(
      "study: s\njob: formula\nsettings: {metric.y: a}\n"
        + "parameters: {a: {values: [-9223372036854775808, 1]}}\n", to: scratch.path + "/s.yaml")
    let result = try LimitedCommand.run(
      ["sweep", scratch.path + "/s.yaml", "--output", scratch.path + "/run"])
    #expect(result.status == 0, "\(result.complaints)")
  }

  @Test("units of states mean nothing where the columns have units")
  func fitUnits() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("up (uS)\n1\n2\n3\n4\n", to: scratch.path + "/p.csv")
    try Self.rejected(
      [
        "device", "fit", scratch.path + "/p.csv", "--unit", "1 uS", "--output", scratch.path + "/r",
      ],
      "has no meaning where the headers")
  }

  @Test("closed standard streams neither trap nor write into other files")
  func closedStreams() throws {
    let scratch = try ScratchFolder()
    let run = map(Hostile.path("06/ok.onnx"), scratch.path)
    #expect(try LimitedCommand.run(run, shell: "2>&-").status == 0)
    let second = run.dropLast() + [scratch.path + "/second"]
    // The results cannot be printed, but they are in the folder.
    #expect(try LimitedCommand.run(Array(second), shell: "<&- >&- 2>&-").status == 1)
    let table = try String(contentsOfFile: scratch.path + "/second/metrics.csv", encoding: .utf8)
    #expect(table.contains("accuracy") && !table.contains("Evaluating"))
  }
}
