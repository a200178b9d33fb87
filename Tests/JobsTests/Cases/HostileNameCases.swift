import Foundation
import InputOutput
import TestSupport
import Testing

/// Names from files that other programs could take for commands or markup.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct HostileNameCases {
  private static let data =
    [
      "--data", CaseFixtures.project + "/Examples/digits/digits-test.npz", "--chips", "1",
      "--samples", "5",
    ]

  @Test(
    "a name that holds a command runs none, and the run has its results and figures",
    arguments: ["node-name.onnx", "network.yaml", "nul-name.onnx", "study-label.yaml"])
  func commands(name: String) throws {
    let scratch = try ScratchFolder()
    let input = try CaseFixtures.path("hostile/\(name)")
    let isStudy = name.hasPrefix("study")
    let result = try OhmweaveCommand.run(
      (isStudy ? ["sweep", input] : ["map", input] + Self.data)
        + ["--output", scratch.path + "/run"], folder: scratch.path)
    #expect(result.status == 0, "\(result.complaints)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["run"])
    #expect(!(result.output + result.complaints).utf8.contains { $0 < 0x20 && $0 != 10 })
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/run/metrics.csv"))
    let page = try String(contentsOfFile: scratch.path + "/run/report.html", encoding: .utf8)
    #expect(page.contains("<img ") && !page.contains("is left out"))
  }

  @Test("the page of a foreign run holds no script of it and no file outside its folder")
  func foreignRun() throws {
    let scratch = try ScratchFolder()
    let run = scratch.path + "/run"
    let attack = "<script>alert(1)</script>"
    try AtomicFile.write("job: \"\(attack)\"\n", to: run + "/run.yaml")
    try AtomicFile.write("\(attack),\"=1\"\n\(attack),2\n", to: run + "/metrics.csv")
    try AtomicFile.write(
      "<svg onload=\"alert(1)\">\(attack)<image href=\"http://x/\"/></svg>",
      to: run + "/figures/\(attack.replacingOccurrences(of: "/", with: "")).svg")
    let page = scratch.path + "/page.html"
    #expect(try OhmweaveCommand.run(["report", run, "--to", page]).status == 0)
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(!html.contains("<script") && !html.contains("onload") && !html.contains("http:"))
    try AtomicFile.write("secret,1\n", to: scratch.path + "/secret.csv")
    for link in ["metrics.csv", "figures/link.svg", "run.yaml"] {
      try? FileManager.default.removeItem(atPath: "\(run)/\(link)")
      try FileManager.default.createSymbolicLink(
        atPath: "\(run)/\(link)", withDestinationPath: scratch.path + "/secret.csv")
      let result = try OhmweaveCommand.run(["report", run, "--to", page + link.suffix(3)])
      #expect(
        result.status == 65 && result.complaints.contains("leads out of the folder"), "\(link)")
      #expect(!FileManager.default.fileExists(atPath: page + link.suffix(3)))
      try FileManager.default.removeItem(atPath: "\(run)/\(link)")
      if link == "run.yaml" { break }
      if link == "metrics.csv" { try AtomicFile.write("a,b\n", to: run + "/metrics.csv") }
    }
  }

  @Test("messages show what would drive the terminal, and are short")
  func messages() throws {
    let name = "\u{1B}]0;owned\u{7}\u{202E}\u{9B}2J"
    for arguments in [
      ["map", "/nowhere/\(name).onnx", "--data", "x"], ["report", "/nowhere/\(name)"],
      ["report", "x", "--\(name)"], ["device", "show", name], ["adc", "--function", name],
      ["report", "/nowhere/" + String(repeating: "é\u{1B}", count: 20_000)],
      ["report", "x", "--" + String(repeating: "é\u{1B}", count: 20_000)],
    ] {
      let result = try OhmweaveCommand.run(arguments)
      #expect(result.status == 65 || result.status == 64)
      let acting = result.complaints.unicodeScalars.filter {
        ($0.value < 0x20 && $0 != "\n") || (0x7F..<0xA0).contains($0.value) || $0 == "\u{202E}"
      }
      #expect(acting.isEmpty && result.output.isEmpty)
      #expect(result.complaints.split(separator: "\n").allSatisfy { $0.utf8.count <= 1024 })
    }
  }
}
