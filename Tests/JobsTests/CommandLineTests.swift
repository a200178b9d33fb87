import Foundation
import InputOutput
import TestSupport
import Testing

/// What a finished command left.
struct CommandResult {
  let status: Int32
  let output: String
  let complaints: String
}

/// The built executable, which stands beside the test bundle.
enum OhmweaveCommand {
  static let path: String? = {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<4 {
      let candidate = folder.appending(path: "ohmweave").path
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    let checkout = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../.build/release/ohmweave").standardizedFileURL.path
    return FileManager.default.isExecutableFile(atPath: checkout) ? checkout : nil
  }()

  /// The start of a command as a user whom permissions bind; `nil` where this user cannot do that.
  static let asNobody: [String]? = {
    guard geteuid() == 0, let path else { return nil }
    let words = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", path]
    // The program itself may lie where that user cannot reach it.
    let trial = try? ChildProcess(
      words[0], Array(words[1...]) + ["--version"], timeLimit: .seconds(60)
    ).run()
    return trial?.isSuccess == true ? words : nil
  }()

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - environment: variables in the place of those of the tests, or beside them.
  ///   - executable: another program that runs the command.
  ///   - folder: its working folder; `nil` for that of the tests.
  static func run(
    _ arguments: [String], executable: String? = nil, environment: [String: String] = [:],
    folder: String? = nil
  ) throws -> CommandResult {
    var child = ChildProcess(try executable ?? #require(path), arguments, timeLimit: .seconds(1200))
    child.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    child.folder = folder
    let outcome = try child.run()
    guard case .exited(let status) = outcome.end else {
      throw RunError("ohmweave \(arguments.joined(separator: " ")): \(outcome.end)")
    }
    return CommandResult(
      status: status, output: outcome.text,
      complaints: String(decoding: outcome.complaints, as: UTF8.self))
  }
}

@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct CommandLineTests {
  @Test("a negative value needs no equals sign: the message is about the value")
  func negativeValue() throws {
    let scratch = try ScratchFolder()
    let result = try OhmweaveCommand.run([
      "device", "retention", "pcm", "--temperature", "-5 K", "--output", "\(scratch.path)/run",
    ])
    #expect(result.status == 65)
    #expect(result.complaints.contains("'-5 K' is outside"), "\(result.complaints)")
  }

  @Test("the command finds its devices from a foreign folder when a shell finds it through PATH")
  func foreignFolder() throws {
    let scratch = try ScratchFolder()
    let program = URL(filePath: try #require(OhmweaveCommand.path))
    let result = try OhmweaveCommand.run(
      ["-c", "exec \(program.lastPathComponent) device list"], executable: "/bin/sh",
      environment: [
        "PATH": program.deletingLastPathComponent().path + ":/usr/bin:/bin", "OHMWEAVE_HOME": "",
      ], folder: scratch.path)
    #expect(result.status == 0, "\(result.complaints)")
    #expect(result.output.contains("hfo2-1t1r"))
  }

  @Test(
    "a section of a training file that is no mapping is rejected",
    arguments: [
      "network: 16", "network: [16]", "optimizer: adam", "array: 64", "checkpoints: none",
    ])
  func sections(line: String) throws {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/run.yaml"
    try AtomicFile.write(
      """
      job: train
      rule: hardware-aware
      data: {name: \(Hostile.path("../../Examples/digits/digits-test.npz"))}
      device: hfo2-1t1r
      epochs: 1
      \(line)
      """, to: path)
    let result = try OhmweaveCommand.run(["train", path, "--output", scratch.path + "/out"])
    #expect(result.status == 65)
    #expect(result.complaints.contains("a mapping of keys is expected"), "\(result.complaints)")
  }

  @Test("the version is one line")
  func version() throws {
    let result = try OhmweaveCommand.run(["--version"])
    #expect(result.status == 0)
    #expect(result.output.range(of: #"^\d+\.\d+\.\d+\n$"#, options: .regularExpression) != nil)
  }

  @Test("the help of map says what it does, with examples, in lines that fit a terminal")
  func help() throws {
    let result = try OhmweaveCommand.run(["map", "--help"])
    #expect(result.status == 0)
    #expect(
      result.output.hasPrefix(
        """
        OVERVIEW: Maps a trained network onto crossbars and reports accuracy and cost.

        Prints tiles, programming error, digital and analog accuracy, and energy,
        latency and area per part. Writes run.yaml, metrics.csv, conductances.npz,
        predictions.npz, figures and report.html. Every option is also a key of a
        run file; the run.yaml of a run repeats it.

        EXAMPLES
          ohmweave map model.onnx --data mnist

        """))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test("an unknown option is bad usage: status 64, reported on standard error")
  func usage() throws {
    let result = try OhmweaveCommand.run(["report", "somewhere", "--color"])
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.complaints.hasPrefix("Error: Unknown option '--color'"))
  }

  @Test("a missing file is bad input: status 65 and one sentence")
  func missing() throws {
    let result = try OhmweaveCommand.run(["report", "/nonexistent/run"])
    #expect(result.status == 65)
    #expect(result.output.isEmpty)
    #expect(result.complaints == "/nonexistent/run/run.yaml: no such file.\n")
  }

  @Test("a page is made from the files of a run")
  func report() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("job: map\nadc-bits: 6\n", to: scratch.path + "/run/run.yaml")
    try AtomicFile.write("metric,value\naccuracy,0.98\n", to: scratch.path + "/run/metrics.csv")
    try AtomicFile.write("<svg><g/></svg>", to: scratch.path + "/run/figures/error-histogram.svg")
    let page = scratch.path + "/page.html"
    let result = try OhmweaveCommand.run(["report", scratch.path + "/run", "--to", page])
    #expect(result.status == 0)
    #expect(result.output == page + "\n")
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(
      html.contains("error histogram")
        && html.contains(Data("<svg><g/></svg>".utf8).base64EncodedString()))
    #expect(html.contains("adc-bits: 6") && html.contains("<td class=\"n\">0.98</td>"))
  }
}
