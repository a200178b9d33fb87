import ArrayFiles
import Foundation
import InputOutput
import NetworkJobs
import Randomness
import Reporting
import Synchronization
import TestSupport
import Testing

/// `train` and `map` on targets that are numbers, and on labels in other forms.
@Suite struct NumericTargetJobTests {
  private let scratch: ScratchFolder
  private var folder: String { scratch.path }

  init() throws { scratch = try ScratchFolder() }

  /// 400 samples of three numbers.
  private static let samples: [Float] = {
    var stream = RandomStream(StreamKey(seed: 9))
    return (0..<1200).map { _ in Float(2 * stream.uniform() - 1) }
  }()

  private func sum(_ k: Int, _ weights: [Float]) -> Float {
    (0..<3).reduce(0) { $0 + weights[$1] * Self.samples[3 * k + $1] }
  }

  private func train(
    _ data: String, _ more: String, rule: String = "rule: backpropagation",
    to output: String = "run", heldOut: Double = 0.25, progress: any RunProgress = SilentProgress()
  ) throws -> TrainOutcome {
    let file = "\(folder)/train.yaml"
    try """
    job: train
    data: {\(data), held-out: \(heldOut)}
    \(rule)
    \(more)
    optimizer: {name: adam, rate: 0.01}
    epochs: 40
    batch: 20
    """.write(toFile: file, atomically: true, encoding: .utf8)
    return try TrainJob(runFile: file, overrides: []).run(
      RunContext(output: "\(folder)/\(output)", overwrites: true, progress: progress),
      resumes: false)
  }

  private func value(_ outcome: TrainOutcome, _ name: String) throws -> Double {
    let row = try #require(outcome.table.rows.first { $0[0] == .text(name) }, "a row '\(name)'")
    guard case .number(let value) = row[1] else { return .nan }
    return value
  }

  private func writeNPZ(_ y: NumericArray, _ name: String = "set.npz") throws -> String {
    let path = "\(folder)/\(name)"
    try NPZ.write(
      [
        (name: "x", array: NumericArray(shape: [400, 3], floats: Self.samples)),
        (name: "y", array: y),
      ],
      to: path, compressed: false)
    return path
  }

  @Test(
    "two linear targets are fitted, and reported as RMSE and R²; indices name the held-out samples")
  func regression() throws {
    let y = (0..<400).flatMap { [sum($0, [1, -2, 0.5]), 3 + sum($0, [0, 1, 1])] }
    let path = try writeNPZ(NumericArray(shape: [400, 2], floats: y))
    let outcome = try train("name: \(path)", "network: {layers: [{type: dense, outputs: 2}]}")
    #expect(try value(outcome, "test R²") > 0.98)
    #expect(try value(outcome, "test RMSE") < 0.15)
    let whole = try train(
      "name: \(path)", "network: {layers: [{type: dense, outputs: 2}]}", to: "whole", heldOut: 0)
    #expect(try value(whole, "RMSE on the training samples") < 0.15)
    #expect(try value(whole, "R² on the training samples") > 0.98)
    let file = try NPZ.read(path: "\(outcome.folder)/predictions.npz")
    let indices = try #require(try file.array("indices").integers)
    let targets = try file.array("targets").floats
    #expect(indices.count == 100 && Set(indices).count == 100)
    for (k, index) in indices.enumerated() { #expect(targets[2 * k] == y[2 * Int(index)]) }
    // The network goes on to `map` with the same numbers.
    let mapped = try MapJob([
      Setting(option: "model", "\(outcome.folder)/network.yaml"), Setting(option: "data", path),
      Setting(option: "device", "ideal"), Setting(option: "chips", "1"),
    ]).run(RunContext(output: "\(folder)/map"))
    #expect(mapped.text.contains("root mean square error"))
    // One chip has no interval.
    #expect(mapped.text.contains("(one chip)") && !mapped.text.contains("confidence"))
  }

  @Test("class labels as floats, in a file of their own and as text are classes")
  func labels() throws {
    let classes = (0..<400).map { sum($0, [1, 1, 0]) > 0 ? 2 : sum($0, [1, -1, 0]) > 0 ? 1 : 0 }
    let floats = NumericArray(shape: [400], floats: classes.map(Float.init))
    let network = "network: {hidden: [12]}"
    let set = try writeNPZ(floats)
    #expect(try value(try train("name: \(set)", network), "test accuracy") > 80)
    let x = "\(folder)/x.npy"
    try NPY.write(NumericArray(shape: [400, 3], floats: Self.samples), to: x)
    let y = "\(folder)/y.npy"
    try NPY.write(NumericArray(shape: [400], integers: classes.map(Int64.init)), to: y)
    #expect(try value(try train("name: \(x), targets: \(y)", network), "test accuracy") > 80)
    let texts = "\(folder)/labels.csv"
    try (["animal"] + classes.map { ["cat", "dog", "elk"][$0] }).joined(separator: "\n")
      .write(toFile: texts, atomically: true, encoding: .utf8)
    #expect(try value(try train("name: \(x), targets: \(texts)", network), "test accuracy") > 80)
    // Without targets the message names what is needed.
    #expect {
      _ = try train("name: \(x)", network)
    } throws: {
      "\($0)".contains("targets") && !"\($0)".contains("IDX")
    }
  }

  private final class Notes: RunProgress {
    let lines = Mutex<[String]>([])
    func report(_ task: String, done: Int, of total: Int) {}
    func note(_ line: String) { lines.withLock { $0.append(line) } }
  }

  @Test("several labels of 0 and 1 without a loss are announced, with the loss that takes them")
  func announced() throws {
    let labels = (0..<400).flatMap { k in
      [sum(k, [1, 0, 0]), sum(k, [0, 1, 1])].map { Int64($0 > 0 ? 1 : 0) }
    }
    let path = try writeNPZ(NumericArray(shape: [400, 2], floats: labels.map(Float.init)))
    let network = "network: {layers: [{type: dense, outputs: 2}]}"
    let notes = Notes()
    _ = try train("name: \(path)", network, progress: notes)
    #expect(notes.lines.withLock { $0 }.contains { $0.contains("binary-cross-entropy") })
    for loss in ["mean-squared-error", "binary-cross-entropy"] {
      let silent = Notes()
      _ = try train("name: \(path)", "loss: \(loss)\n\(network)", progress: silent)
      #expect(!silent.lines.withLock { $0 }.contains { $0.contains("reproduced as numbers") })
    }
  }

  @Test(
    "labels of 0 and 1 with one sigmoid output take the binary cross-entropy",
    arguments: [true, false])
  func binary(endsInSigmoid: Bool) throws {
    let y = (0..<400).map { sum($0, [2, -1, 1]) > 0 ? 1 : 0 }
    let path = try writeNPZ(NumericArray(shape: [400], integers: y.map(Int64.init)))
    let last = endsInSigmoid ? ", activation: sigmoid" : ""
    let outcome = try train(
      "name: \(path)",
      "loss: binary-cross-entropy\nnetwork: {layers: [{type: dense, outputs: 1\(last)}]}")
    #expect(try value(outcome, "test accuracy") > 93)
    let classes = try NPZ.read(path: "\(outcome.folder)/predictions.npz").array("classes").integers
    #expect(Set(try #require(classes)) == [0, 1])
    // A rule of classes says that it cannot.
    #expect {
      _ = try train(
        "name: \(path)", "loss: binary-cross-entropy\nnetwork: {hidden: [4]}",
        rule: "rule: forward-forward", to: "other")
    } throws: { "\($0)".contains("forward-forward") }
  }

  @Test(
    "run.yaml holds the value of every key, and repeats the run bit for bit",
    arguments: [
      "rule: backpropagation", "rule: {name: hardware-aware, chips: 1}\ndevice: hfo2-1t1r",
      "rule: in-situ\ndevice: ecram",
    ])
  func resolved(rule: String) throws {
    let y = (0..<400).map { sum($0, [2, -1, 1]) > 0 ? 1 : 0 }
    let path = try writeNPZ(NumericArray(shape: [400], integers: y.map(Int64.init)))
    let file = "\(folder)/short.yaml"
    try "job: train\ndata: {name: \(path)}\n\(rule)\nnetwork: {hidden: [4]}\nepochs: 1\n"
      .write(toFile: file, atomically: true, encoding: .utf8)
    let first = try TrainJob(runFile: file, overrides: []).run(
      RunContext(output: "\(folder)/first"), resumes: false)
    let text = try String(contentsOfFile: "\(first.folder)/run.yaml", encoding: .utf8)
    for key in ["batch: 64", "seed: 1", "held-out: 0.2", "loss: cross-entropy", "rate: 0.1"] {
      #expect(text.contains(key), "\(key) in \(text)")
    }
    let again = try TrainJob(runFile: "\(first.folder)/run.yaml", overrides: []).run(
      RunContext(output: "\(folder)/again"), resumes: false)
    for name in ["run.yaml", "network.safetensors", "metrics.csv"] {
      let contents = try [first, again].map {
        try Data(contentsOf: URL(filePath: "\($0.folder)/\(name)"))
      }
      #expect(contents[0] == contents[1], "\(name)")
    }
  }

  @Test("a regression that is resumed ends with the bits of one that is not")
  func resumed() throws {
    let y = (0..<400).map { sum($0, [1, -2, 0.5]) }
    let path = try writeNPZ(NumericArray(shape: [400, 1], floats: y))
    let more = "loss: mean-squared-error\nnetwork: {hidden: [5]}"
    let whole = try train("name: \(path)", more, to: "whole")
    let weights = try Safetensors.read(path: "\(whole.folder)/network.safetensors")
    // The checkpoint of the end is taken up and goes on for no step.
    let again = try TrainJob(runFile: "\(whole.folder)/run.yaml", overrides: []).run(
      RunContext(output: whole.folder), resumes: true)
    #expect(try value(again, "test RMSE") == value(whole, "test RMSE"))
    #expect(
      try Safetensors.read(path: "\(whole.folder)/network.safetensors").entries.map(\.array)
        == weights.entries.map(\.array))
  }
}
