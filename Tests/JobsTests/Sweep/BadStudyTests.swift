import Foundation
import InputOutput
import Testing

/// What goes wrong around a study: one sentence each, and nothing lost.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct BadStudyTests {
  private func small(_ change: (String, String) = ("", "")) throws -> SweepFolder {
    let text = """
      study: small
      job: formula
      settings: {metric.y: a + normal}
      parameters: {a: {values: [1, 2, 3]}}
      repeats: 10

      """
    return try SweepFolder(
      change.0.isEmpty ? text : text.replacingOccurrences(of: change.0, with: change.1))
  }

  @Test(
    "a study that cannot run is told before anything is written",
    arguments: [
      ("job: formula", "job: formla", "unknown job 'formla', did you mean 'formula'?"),
      ("repeats: 10", "repeat: 10", "unknown key 'repeat', did you mean 'repeats'?"),
      ("[1, 2, 3]", "[]", "at least one value is expected"),
      ("[1, 2, 3]", "[1, x]", "'x' is not a number"),
      (
        "[1, 2, 3]", "[0, 1], axis: logarithmic", "a logarithmic axis needs numbers above 0"
      ),
      ("a + normal", "a + norml", "unknown name 'norml', did you mean 'normal'?"),
    ])
  func wrong(old: String, new: String, problem: String) throws {
    let folder = try small((old, new))
    let result = try folder.sweep([])
    #expect(result.status == 65)
    #expect(result.complaints.contains(problem), "\(result.complaints)")
    #expect(result.complaints.split(separator: "\n").count == 1, "\(result.complaints)")
    #expect(!FileManager.default.fileExists(atPath: folder.scratch.path + "/run"))
  }

  @Test("a parameter that the job does not have is told with the nearest that it has")
  func unknownParameter() throws {
    let folder = try SweepFolder(
      """
      study: map
      job: map
      settings: {model: m.onnx, data: mnist}
      parameters: {adc-bit: {values: [4, 6]}}

      """)
    let result = try folder.sweep([])
    #expect(result.status == 65)
    #expect(
      result.complaints
        == "\(folder.study): parameters.adc-bit: unknown key 'adc-bit', did you mean 'adc-bits'?\n"
    )
  }

  @Test("results of another plan, and files that are no results, are refused and left as they are")
  func otherPlan() throws {
    let folder = try small()
    #expect(try folder.sweep([]).status == 0)
    let rows = try folder.rows()
    let again = try folder.sweep([])
    #expect(again.status == 65)
    #expect(again.complaints.contains("holds results already: --resume runs what is missing"))
    let text = try String(contentsOfFile: folder.study, encoding: .utf8)
    try AtomicFile.write(
      text.replacingOccurrences(of: "[1, 2, 3]", with: "[1, 2, 4]"), to: folder.study)
    let other = try folder.sweep(["--resume"])
    #expect(other.status == 65)
    #expect(other.complaints.contains("holds results of another plan ('small')"))
    #expect(try folder.rows() == rows)
    let path = folder.scratch.path + "/text/results.sqlite"
    try AtomicFile.write(String(repeating: "no database ", count: 100), to: path)
    let text2 = try folder.sweep(["--resume"], output: "text")
    #expect(text2.status == 65)
    #expect(text2.complaints == "\(path): is not a results database, or is damaged.\n")
  }

  @Test("parts of different plans are not merged")
  func otherParts() throws {
    let folder = try small()
    #expect(try folder.sweep(["--shard", "1/2"]).status == 0)
    #expect(try folder.sweep(["--shard", "2/2", "--seed", "9"]).status == 0)
    let result = try OhmweaveCommand.run(["results", "merge", folder.scratch.path + "/run"])
    #expect(result.status == 65)
    #expect(result.complaints.contains("2-of-2.sqlite: belongs to another plan than"))
    #expect(!FileManager.default.fileExists(atPath: folder.scratch.path + "/run/results.sqlite"))
  }

  @Test("a full disk ends the sweep with one sentence, and what was finished is completed later")
  func fullDisk() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 1))
    #expect(try folder.sweep([], output: "whole").status == 0)
    let command = try #require(OhmweaveCommand.path)
    // A limit on the size of files takes the place of a full disk: 192 blocks of 512 bytes.
    let outcome = try ChildProcess(
      "/bin/sh",
      [
        "-c", "ulimit -f 192; exec \"$0\" sweep \"$1\" --output \"$2\"", command, folder.study,
        folder.scratch.path + "/run",
      ], timeLimit: .seconds(600)
    ).run()
    let said = String(decoding: outcome.complaints, as: UTF8.self)
    #expect(outcome.end == .exited(1), "\(said)")
    let last = said.split(separator: "\n").last ?? ""
    #expect(
      last.hasPrefix("cannot write ") && last.contains("finished rows are kept"), "\(said)")
    let resumed = try folder.sweep(["--resume"])
    #expect(resumed.status == 0, "\(resumed.complaints)")
    #expect(try folder.rows() == folder.rows("whole"))
  }

  @Test("a folder that cannot be written is told in one sentence")
  func readOnly() throws {
    let folder = try small()
    // Nobody may make folders in /proc, not even root.
    let result = try OhmweaveCommand.run(["sweep", folder.study, "--output", "/proc/ohmweave/run"])
    #expect(result.status == 1)
    #expect(result.complaints.hasPrefix("cannot make the folder /proc/ohmweave/run"))
  }

  @Test(
    "a folder without write permission ends with status 1 and its path",
    .enabled(if: OhmweaveCommand.asNobody != nil, "needs root and setpriv"))
  func lockedFolder() throws {
    let folder = try small()
    let command = try #require(OhmweaveCommand.asNobody)
    let locked = folder.scratch.path + "/locked"
    try AtomicFile.makeFolder(locked)
    chmod(locked, 0o555)
    let outcome = try ChildProcess(
      command[0], Array(command[1...]) + ["sweep", folder.study, "--output", locked],
      timeLimit: .seconds(600)
    ).run()
    let said = String(decoding: outcome.complaints, as: UTF8.self)
    #expect(outcome.end == .exited(1), "\(said)")
    #expect(said.hasPrefix("cannot write \(locked)/"), "\(said)")
  }
}
