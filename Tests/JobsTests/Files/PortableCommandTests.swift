import Foundation
import InputOutput
import LinearAlgebra
import TestSupport
import Testing

/// `--portable`: the libraries are made to choose other kernels, as another processor would.
@Suite(
  .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"),
  .enabled(if: ArithmeticMode.isSupported, "the processor has no portable mode"))
struct PortableCommandTests {
  /// What the libraries of four processors choose.
  private static let processors = [
    "OPENBLAS_CORETYPE=Prescott GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA",
    "OPENBLAS_CORETYPE=Sandybridge GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA",
    "OPENBLAS_CORETYPE=Zen", "-u OPENBLAS_CORETYPE -u GLIBC_TUNABLES",
  ]

  private static let digits =
    URL(filePath: #filePath).appending(path: "../../../../Examples/digits/digits-test.npz")
    .standardizedFileURL.path

  /// A run file of two epochs with an LSTM, and the folder that it is in.
  private static func training() throws -> (scratch: ScratchFolder, file: String) {
    let scratch = try ScratchFolder()
    try AtomicFile.write(
      """
      job: train
      rule: backpropagation
      data: {name: \(digits), train-samples: 256}
      network: {layers: [{type: reshape, shape: [8, 8]}, {type: lstm, hidden: 12}, {type: dense, outputs: 10}]}
      optimizer: {name: adam, rate: 0.01}
      epochs: 2
      batch: 16

      """, to: scratch.path + "/train.yaml")
    return (scratch, scratch.path + "/train.yaml")
  }

  /// The path of a study of two points, made in `folder`.
  private static func study(_ folder: String) throws -> String {
    let path = folder + "/study.yaml"
    try AtomicFile.write(
      """
      study: powers
      job: formula
      settings: {metric.y: a ^ 2}
      parameters: {a: {values: [1, 2]}}
      metrics: {y: {}}

      """, to: path)
    return path
  }

  private static func run(_ processor: String, _ arguments: [String]) throws -> CommandResult {
    let command = try #require(OhmweaveCommand.path)
    return try OhmweaveCommand.run(
      processor.split(separator: " ").map(String.init) + [command] + arguments,
      executable: "/usr/bin/env")
  }

  /// The bytes of the results of a training run.
  private static func results(_ folder: String) throws -> [Data] {
    try ["run.yaml", "metrics.csv", "network.safetensors"].map {
      try Data(contentsOf: URL(filePath: "\(folder)/\($0)"))
    }
  }

  @Test("a portable run has the same bits with the kernels of any processor, another run has not")
  func sameBits() throws {
    let (scratch, file) = try Self.training()
    var portable: [[Data]] = []
    var native: [[Data]] = []
    for (number, processor) in Self.processors.enumerated() {
      let folder = "\(scratch.path)/\(number)"
      let first = try Self.run(
        processor, ["train", file, "--portable", "--output", folder + "p"])
      #expect(first.status == 0, "\(first.complaints)")
      let second = try Self.run(processor, ["train", file, "--output", folder + "n"])
      #expect(second.status == 0, "\(second.complaints)")
      portable.append(try Self.results(folder + "p"))
      native.append(try Self.results(folder + "n"))
    }
    #expect(Set(portable).count == 1)
    // Without it the kernels do matter, or this test shows nothing.
    #expect(Set(native).count > 1)
    let text = String(decoding: portable[0][0], as: UTF8.self)
    #expect(text.contains("provenance:\n  arithmetic: portable\n"), "\(text)")
    #expect(String(decoding: native[0][0], as: UTF8.self).contains("arithmetic: native\n"))
  }

  @Test("a run goes on in the mode in which it began, and in no other")
  func resume() throws {
    let (scratch, file) = try Self.training()
    let study = try Self.study(scratch.path)
    for (job, input) in [("train", file), ("sweep", study)] {
      for begun in [[], ["--portable"]] {
        let folder = "\(scratch.path)/\(job)\(begun.count)"
        let arguments = [job, input, "--output", folder]
        #expect(try Self.run("-u GLIBC_TUNABLES", arguments + begun).status == 0)
        let other = begun.isEmpty ? ["--portable"] : []
        let mixed = try Self.run("-u GLIBC_TUNABLES", arguments + ["--resume"] + other)
        #expect(mixed.status == 65)
        #expect(mixed.complaints.contains("--portable"), "\(mixed.complaints)")
        let same = try Self.run("-u GLIBC_TUNABLES", arguments + ["--resume"] + begun)
        #expect(same.status == 0, "\(same.complaints)")
        let heading = try InputFile.text(of: folder + "/run.yaml").split(separator: "\n")[0]
        if job == "sweep" { #expect(heading.hasSuffix(" --portable") == !begun.isEmpty) }
      }
    }
  }

  @Test("parts of a study are merged where all were computed in one mode")
  func parts() throws {
    let scratch = try ScratchFolder()
    let study = try Self.study(scratch.path)
    for second in [[], ["--portable"]] {
      let folder = "\(scratch.path)/run\(second.count)"
      for (part, option) in [("1/2", ["--portable"]), ("2/2", second)] {
        let done = try Self.run(
          "-u GLIBC_TUNABLES", ["sweep", study, "--output", folder, "--shard", part] + option)
        #expect(done.status == 0, "\(done.complaints)")
      }
      let merged = try OhmweaveCommand.run(["results", "merge", folder])
      #expect(merged.status == (second.isEmpty ? 65 : 0), "\(merged.complaints)")
      if second.isEmpty { #expect(merged.complaints.contains("native arithmetic")) }
    }
  }
}
