import ArrayFiles
import Foundation
import InputOutput
import NetworkJobs
import Randomness
import Reporting
import TestSupport
import Testing

/// What `map` says of a network that `train` gave, and of the samples.
@Suite struct MapPredictionsTests {
  private let scratch: ScratchFolder
  private var folder: String { scratch.path }

  init() throws { scratch = try ScratchFolder() }

  private static let samples: [Float] = {
    var stream = RandomStream(StreamKey(seed: 9))
    return (0..<360).map { _ in Float(2 * stream.uniform() - 1) }
  }()

  /// 120 samples of three numbers with `y`, as an NPZ file.
  private func data(_ y: NumericArray) throws -> String {
    let path = "\(folder)/set.npz"
    try NPZ.write(
      [("x", NumericArray(shape: [120, 3], floats: Self.samples)), ("y", y)], to: path)
    return path
  }

  /// Two labels of 0 and 1 per sample.
  private var labels: NumericArray {
    let y = (0..<120).flatMap { k in
      let x = Self.samples[3 * k..<3 * k + 3].map(\.self)
      return [Float(x[0] + x[1] > 0.1 ? 1 : 0), x[1] * x[2] > 0 ? 1 : 0]
    }
    return NumericArray(shape: [120, 2], floats: y)
  }

  private var classes: NumericArray {
    NumericArray(
      shape: [120],
      integers: (0..<120).map { Self.samples[3 * $0] + Self.samples[3 * $0 + 1] > 0 ? 1 : 0 })
  }

  private func train(_ data: String, _ more: String, heldOut: Double = 0) throws -> TrainOutcome {
    let file = "\(folder)/train.yaml"
    try """
    job: train
    data: {name: \(data), held-out: \(heldOut)}
    \(more)
    epochs: 6
    batch: 20
    """.write(toFile: file, atomically: true, encoding: .utf8)
    return try TrainJob(runFile: file, overrides: []).run(
      RunContext(output: "\(folder)/run", overwrites: true), resumes: false)
  }

  private func value(_ outcome: TrainOutcome, _ name: String) throws -> Double {
    let row = try #require(outcome.table.rows.first { $0[0] == .text(name) }, "a row '\(name)'")
    guard case .number(let value) = row[1] else { return .nan }
    return value
  }

  private func map(
    _ model: String, _ data: String, _ more: [String: String] = [:]
  ) throws -> MapJob.Outcome {
    var settings = [
      Setting(option: "model", model), Setting(option: "data", data),
      Setting(option: "device", "ideal"), Setting(option: "chips", "2"),
      Setting(option: "adc-bits", "none"), Setting(option: "dac-bits", "none"),
    ]
    settings += more.map { Setting(option: $0.key, $0.value) }
    return try MapJob(settings).run(RunContext(output: "\(folder)/map", overwrites: true))
  }

  private func metric(_ name: String) throws -> Double {
    let csv = try String(contentsOfFile: "\(folder)/map/metrics.csv", encoding: .utf8)
    let line = try #require(
      csv.split(separator: "\n").first { $0.contains(",\(name),") || $0.contains(",\"\(name)\",") })
    return try #require(
      line.split(separator: ",", omittingEmptySubsequences: false).dropLast().last
        .flatMap { Double($0) })
  }

  @Test(
    "several labels per sample have the metric of training, behind sigmoids and as logits",
    arguments: [", activation: sigmoid", ""])
  func severalLabels(last: String) throws {
    // Whole numbers, several per sample, are targets as well.
    let whole = NumericArray(shape: [120, 2], integers: labels.floats.map { Int64($0) })
    let path = try data(last.isEmpty ? labels : whole)
    let outcome = try train(
      path,
      """
      rule: backpropagation
      loss: binary-cross-entropy
      network: {layers: [{type: dense, outputs: 8, activation: relu}, {type: dense, outputs: 2\(last)}]}
      optimizer: {name: adam, rate: 0.01}
      """)
    let trained = try value(outcome, "accuracy on the training samples")
    _ = try map("\(outcome.folder)/network.yaml", path)
    #expect(abs(100 * (try metric("digital accuracy")) - trained) < 0.01)
    #expect(abs(100 * (try metric("analog accuracy, mean")) - trained) < 0.01)
    // The run file that the run leaves behind names the metric.
    let again = try RunFile.settings(in: "\(folder)/map/run.yaml", job: "map")
    #expect(again.contains { $0.key == "metric" && $0.text == "accuracy" })
    let predictions = try NPZ.read(path: "\(folder)/map/predictions.npz")
    #expect(try predictions.array("outputs").shape == [2, 120, 2])
    #expect(try predictions.array("classes").shape == [2, 120, 2])
    #expect(try predictions.array("targets").floats == labels.floats)
    // Away from its run file, a network of logits is compared by the error unless the metric is named.
    for name in ["network.yaml", "network.safetensors"] {
      try FileManager.default.copyItem(
        atPath: "\(outcome.folder)/\(name)", toPath: "\(folder)/\(name)")
    }
    let moved = try map("\(folder)/network.yaml", path)
    #expect(moved.text.contains("root mean square error") == last.isEmpty)
    #expect(
      try map("\(folder)/network.yaml", path, ["metric": "accuracy"]).text.contains("accuracy"))
    #expect(
      try map("\(folder)/network.yaml", path, ["metric": "error"]).text
        .contains("root mean square error"))
  }

  @Test("predictions hold the outputs of every chip, whose accuracy is that of the metrics")
  func predictions() throws {
    let path = try data(classes)
    let outcome = try train(path, "rule: backpropagation\nnetwork: {hidden: [6]}", heldOut: 0.25)
    let result = try map("\(outcome.folder)/network.yaml", path, ["device": "hfo2-1t1r"])
    let file = try NPZ.read(path: "\(folder)/map/predictions.npz")
    let outputs = try file.array("outputs")
    #expect(outputs.shape == [2, 120, 2])
    #expect(try file.array("digital").shape == [120, 2])
    let given = try #require(try file.array("classes").integers)
    let labels = try #require(try file.array("labels").integers)
    #expect(labels == classes.integers)
    for k in given.indices {
      let (a, b) = (outputs.floats[2 * k], outputs.floats[2 * k + 1])
      #expect(given[k] == (a == b ? -1 : a > b ? 0 : 1))
    }
    let right = given.indices.count { given[$0] == labels[$0 % 120] }
    #expect(abs(Double(right) / 240 - (try metric("analog accuracy, mean"))) < 1e-4)
    // These are the samples of the training, and no others.
    #expect(result.text.contains("was trained on samples of"))
    let page = try String(contentsOfFile: result.report, encoding: .utf8)
    #expect(page.contains("was trained on samples of"))
    #expect(!result.text.contains("are wanted"))
    let beyond = try map("\(outcome.folder)/network.yaml", path, ["samples": "500"])
    #expect(beyond.text.contains("500 samples are wanted") && beyond.text.contains("has 120"))
    let copy = "\(folder)/copy.npz"
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    #expect(!(try map("\(outcome.folder)/network.yaml", copy).text.contains("was trained")))
  }

  @Test("the predictions of hardware-aware training are those of the first chip tested")
  func chip() throws {
    let outcome = try train(
      try data(classes),
      """
      rule: {name: hardware-aware, chips: 1}
      network: {hidden: [6]}
      device: hfo2-1t1r
      """, heldOut: 0.25)
    let file = try NPZ.read(path: "\(outcome.folder)/predictions.npz")
    let given = try #require(try file.array("classes").integers)
    let labels = try #require(try file.array("labels").integers)
    let right = zip(given, labels).count { $0 == $1 }
    let tested = try value(outcome, "test accuracy, one chip")
    #expect(abs(100 * Double(right) / Double(labels.count) - tested) < 1e-9)
  }

  @Test("a file without targets names what it lacks")
  func withoutTargets() throws {
    let path = "\(folder)/x.npz"
    try NPZ.write([("x", NumericArray(shape: [120, 3], floats: Self.samples))], to: path)
    #expect {
      _ = try map("\(folder)/network.npz", path)
    } throws: { "\($0)".contains("network.npz") }
    try NPZ.write(
      [("weight", NumericArray(shape: [1, 3], floats: [1, 2, 3]))], to: "\(folder)/network.npz")
    #expect {
      _ = try map("\(folder)/network.npz", path)
    } throws: { "\($0)".contains("has no array 'y'") }
  }

  @Test("a network that settles is not mapped, and the message says what reads it")
  func settling() throws {
    let path = try data(classes)
    let outcome = try train(
      path,
      """
      rule: {name: equilibrium-propagation, input-gain: 10, nudging: 0.01}
      network: {hidden: [4]}
      optimizer: {name: sgd, rate: 0.01}
      """)
    #expect {
      _ = try map("\(outcome.folder)/network.yaml", path)
    } throws: {
      "\($0)".contains("virtual grounds") && "\($0)".contains("ohmweave solve")
    }
  }
}

/// Runs that are repeated from another folder than their own.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct ForeignFolderTests {
  @Test("a run of map and of train with relative paths is repeated by its run.yaml from any folder")
  func repeated() throws {
    let (here, there) = (try ScratchFolder(), try ScratchFolder())
    var stream = RandomStream(StreamKey(seed: 4))
    let x = (0..<180).map { _ in Float(stream.uniform()) }
    try FileManager.default.createDirectory(
      atPath: "\(here.path)/sets", withIntermediateDirectories: true)
    try NPZ.write(
      [
        ("x", NumericArray(shape: [60, 3], floats: x)),
        ("y", NumericArray(shape: [60], integers: (0..<60).map { x[3 * $0] > 0.5 ? 1 : 0 })),
      ], to: "\(here.path)/sets/a.npz")
    try """
    job: train
    rule: backpropagation
    data: {name: sets/a.npz}
    network: {hidden: [4]}
    epochs: 2
    batch: 8
    """.write(toFile: "\(here.path)/train.yaml", atomically: true, encoding: .utf8)
    func run(_ arguments: [String], in folder: ScratchFolder) throws {
      let result = try OhmweaveCommand.run(arguments, folder: folder.path)
      #expect(result.status == 0, "\(arguments): \(result.complaints)")
    }
    func same(_ name: String, _ first: String, _ second: String) throws {
      #expect(
        try Data(contentsOf: URL(filePath: "\(here.path)/\(first)/\(name)"))
          == Data(contentsOf: URL(filePath: "\(there.path)/\(second)/\(name)")), "\(name)")
    }
    try run(["train", "train.yaml", "--output", "first"], in: here)
    try run(["train", "\(here.path)/first/run.yaml", "--output", "again"], in: there)
    try same("network.safetensors", "first", "again")
    try same("run.yaml", "first", "again")
    try run(
      ["map", "first/network.yaml", "--data", "sets/a.npz", "--chips", "1", "--output", "map"],
      in: here)
    try run(["map", "\(here.path)/map/run.yaml", "--output", "map"], in: there)
    for name in ["run.yaml", "metrics.csv", "predictions.npz"] { try same(name, "map", "map") }
  }
}
