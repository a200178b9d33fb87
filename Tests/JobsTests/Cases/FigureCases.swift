import Foundation
import InputOutput
import TestSupport
import Testing

/// Where the inputs of the cases are.
enum CaseFixtures {
  static func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL?.appending(path: "Fixtures"))
    return folder.appending(path: name).path
  }

  /// The repository.
  static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../..").standardizedFileURL.path
}

/// Runs whose figures cannot be drawn. The results are there all the same.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct FigureCases {
  private static let ideal = [
    "--device", "ideal", "--dac-bits", "none", "--adc-bits", "none", "--chips", "1",
  ]

  private func map(
    _ model: String, _ data: String, to output: String, environment: [String: String] = [:],
    _ options: [String] = ideal
  ) throws -> CommandResult {
    try OhmweaveCommand.run(
      [
        "map", try CaseFixtures.path("figures/\(model)"), "--data",
        try CaseFixtures.path("figures/\(data)"), "--output", output,
      ] + options, environment: environment)
  }

  @Test(
    "outputs without any error, of zeros and of one sample give results and every figure with a value",
    arguments: [
      ("net.yaml", "data-classes.npz"), ("net.yaml", "data-targets.npz"),
      ("zero.yaml", "data-classes.npz"), ("zero.yaml", "data-targets.npz"),
      ("gnuplot_identity_on_ideal.onnx", "gnuplot_identity_on_ideal.npz"),
    ])
  func degenerate(model: String, data: String) throws {
    for options in [Self.ideal, Array(Self.ideal[..<2]) + ["--chips", "1", "--samples", "1"]] {
      let scratch = try ScratchFolder()
      let result = try map(model, data, to: scratch.path + "/run", options)
      #expect(result.status == 0, "\(result.complaints)")
      for name in ["metrics.csv", "conductances.npz", "run.yaml", "report.html"] {
        #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/run/\(name)"), "\(name)")
      }
      let figures = try FileManager.default.contentsOfDirectory(
        atPath: scratch.path + "/run/figures")
      #expect(figures.contains("outputs.svg") && figures.contains("output-error.svg"))
      // Without any error no layer has a finite ratio of signal to noise.
      let page = try String(contentsOfFile: scratch.path + "/run/report.html", encoding: .utf8)
      let isMissing = !figures.contains("layers.svg")
      for text in [page, result.complaints] {
        #expect(text.contains("left out: none of its values is a finite number") == isMissing)
      }
    }
  }

  /// A folder with a program called gnuplot that is the shell script `text`.
  private func stub(_ text: String, in scratch: ScratchFolder) throws -> [String: String] {
    let path = scratch.path + "/bin/gnuplot"
    try AtomicFile.write("#!/bin/sh\n" + text, to: path)
    chmod(path, 0o755)
    return ["PATH": scratch.path + "/bin:/usr/bin:/bin", "OHMWEAVE_GNUPLOT_SECONDS": "1"]
  }

  @Test(
    "a gnuplot that hangs, fails, dies, writes something else or floods its output loses no result",
    arguments: [
      ("sleep 1000", "did not finish within 1 s"), ("sleep 1000 & wait", "did not finish"),
      ("echo 'line 3: bad' >&2; exit 1", "gnuplot: line 3: bad."),
      ("kill -9 $$", "no reason given"), ("echo hello", "no reason given"), ("exit 0", "no reason"),
    ])
  func failing(script: String, reason: String) throws {
    let scratch = try ScratchFolder()
    let began = Date()
    let result = try map(
      "net.yaml", "data-classes.npz", to: scratch.path + "/run",
      environment: try stub(script, in: scratch))
    #expect(result.status == 0 && Date().timeIntervalSince(began) < 60)
    #expect(result.complaints.contains("The figures accuracy, outputs"))
    #expect(result.complaints.contains(reason), "\(result.complaints)")
    let page = try String(contentsOfFile: scratch.path + "/run/report.html", encoding: .utf8)
    #expect(page.contains("are left out: ") && page.contains(reason))
    let metrics = try String(contentsOfFile: scratch.path + "/run/metrics.csv", encoding: .utf8)
    #expect(metrics.contains("analog") && result.output.contains("analog"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/run/figures"))
  }

  @Test("a warning of gnuplot is no failure: the figure is there")
  func warning() throws {
    let scratch = try ScratchFolder()
    let script = "cat >/dev/null; echo 'warning: empty x range' >&2; echo '<svg></svg>'"
    let result = try map(
      "net.yaml", "data-classes.npz", to: scratch.path + "/run",
      environment: try stub(script, in: scratch))
    #expect(result.status == 0)
    let figure = scratch.path + "/run/figures/accuracy.svg"
    #expect(try String(contentsOfFile: figure, encoding: .utf8) == "<svg></svg>\n")
  }

  @Test("without gnuplot every job says so once, before the work, and ends with its results")
  func missing() throws {
    let scratch = try ScratchFolder()
    let empty = scratch.path + "/empty"
    try AtomicFile.makeFolder(empty)
    let study = scratch.path + "/study.yaml"
    try AtomicFile.write(
      """
      study: s
      job: formula
      settings: {metric.a: "p*2+normal"}
      parameters: {p: {values: [1, 2, 3]}}
      repeats: 5

      """, to: study)
    let commands = [
      [
        "map", try CaseFixtures.path("figures/net.yaml"), "--data",
        try CaseFixtures.path("figures/data-classes.npz"),
      ] + Self.ideal, ["adc", "--function", "tanh", "--bits", "3", "--chips", "2"],
      ["device", "pulse", "ecram"], ["sweep", study],
    ]
    for (k, command) in commands.enumerated() {
      let run = "\(scratch.path)/run-\(k)"
      let result = try OhmweaveCommand.run(
        command + ["--output", run], environment: ["PATH": empty], folder: CaseFixtures.project)
      #expect(result.status == 0, "\(command): \(result.complaints)")
      let lines = result.complaints.components(separatedBy: "\n")
      let announced =
        "The run has no figures: gnuplot is missing: install the package gnuplot-nox (Debian, "
        + "Ubuntu) or gnuplot (Homebrew)."
      #expect(lines[0] == announced, "\(command)")
      let mentions = lines.filter { $0.contains("gnuplot") }
      #expect(mentions.count == 1, "\(result.complaints)")
      #expect(FileManager.default.fileExists(atPath: run + "/metrics.csv"))
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      #expect(page.contains(" left out: gnuplot is missing"))
    }
  }

  @Test("gnuplot ends with the command, even where that is killed")
  func killed() throws {
    let scratch = try ScratchFolder()
    let mark = scratch.path + "/pid"
    var environment = try stub("echo $$ >'\(mark)'; sleep 1000", in: scratch)
    environment["OHMWEAVE_GNUPLOT_SECONDS"] = "60"
    for signal in [SIGKILL, SIGTERM] {
      try? FileManager.default.removeItem(atPath: mark)
      let process = Process()
      process.executableURL = URL(filePath: try #require(OhmweaveCommand.path))
      process.arguments = [
        "map", try CaseFixtures.path("figures/net.yaml"), "--data",
        try CaseFixtures.path("figures/data-classes.npz"), "--output",
        scratch.path + "/run", "--threads", "1",
      ]
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      var child: pid_t = 0
      for _ in 0..<600 where child == 0 {
        usleep(50_000)
        let text = (try? String(contentsOfFile: mark, encoding: .utf8)) ?? ""
        child = text.hasSuffix("\n") ? pid_t(text.dropLast()) ?? 0 : 0
      }
      #expect(child > 0 && kill(child, 0) == 0)
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      // Dead, or a zombie that nobody has waited for yet.
      func lives() -> Bool {
        guard kill(child, 0) == 0 else { return false }
        let state = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
        return !state.contains(") Z ")
      }
      for _ in 0..<100 where lives() { usleep(50_000) }
      #expect(!lives(), "signal \(signal)")
    }
  }
}
