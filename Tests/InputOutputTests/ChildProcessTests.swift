import Foundation
import InputOutput
import Testing

@Suite struct ChildProcessTests {
  private func shell(_ script: String, _ arguments: [String] = [], limit: Double = 30)
    -> ChildProcess
  {
    ChildProcess("/bin/sh", ["-c", script, "sh"] + arguments, timeLimit: .seconds(limit))
  }

  @Test("input, output, complaints and status pass through, megabytes at a time")
  func passes() throws {
    var child = shell("cat; echo twice >&2; exit 7")
    child.input = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) })
    let outcome = try child.run()
    #expect(outcome.output == child.input)
    #expect(outcome.end == .exited(7) && outcome.lastComplaint == "twice")
  }

  @Test("a child that does not read its input, and one that cannot start, are no trap")
  func unread() throws {
    var child = shell("exec 0<&-; exit 0")
    child.input = Data(count: 1 << 20)
    #expect(try child.run().isSuccess)
    #expect(throws: RunError.self) {
      try ChildProcess("/nonexistent/program", [], timeLimit: .seconds(1)).run()
    }
    #expect(try shell("kill -9 $$").run().end == .killed(signal: SIGKILL))
  }

  @Test("arguments are data, the folder and the environment are as asked")
  func settings() throws {
    var child = shell("printf '%s|' \"$@\" \"$PWD\" \"$X\"", ["$(id)", "a b", "`id`", "", "'"])
    child.folder = "/usr"
    child.environment = ["X": "1 2"]
    #expect(try child.run().text == "$(id)|a b|`id`||'|/usr|1 2|")
  }

  @Test("a child has no file of its parent open")
  func descriptors() throws {
    let file = open(#filePath, O_RDONLY)
    defer { close(file) }
    let text = try shell("ls /proc/$$/fd /dev/null 2>/dev/null").run().text
    #expect(!text.split(separator: "\n").contains("\(file)"))
  }

  @Test("a child over its time limit is killed with all that it started")
  func timeLimit() throws {
    let mark = "31\(getpid()).5"
    let clock = ContinuousClock()
    let began = clock.now
    let outcome = try shell("sleep \(mark) & sleep \(mark)", limit: 0.3).run()
    #expect(outcome.end == .outOfTime && clock.now - began < .seconds(10))
    #expect(try !isRunning("sleep \(mark)"))
    // What a child leaves running ends with it.
    #expect(try shell("sleep \(mark) & exit 0").run().isSuccess)
    #expect(try !isRunning("sleep \(mark)"))
  }

  @Test("a child that writes without end is killed")
  func endless() throws {
    var child = shell("while :; do echo 0123456789012345678901234567890123456789; done", limit: 60)
    child.outputLimit = 100_000
    #expect(try child.run().end == .tooMuchOutput)
  }

  @Test("of what a child writes to standard error the end is kept")
  func flood() throws {
    let outcome = try shell(
      "head -c 30000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo the end >&2"
    ).run()
    #expect(outcome.isSuccess && outcome.lastComplaint == "the end")
    #expect(outcome.complaints.count == ChildProcess.complaintsKept)
    var endless = shell("while :; do echo 0123456789012345678901234567890123456789; done >&2")
    endless.outputLimit = 1_000_000
    let stopped = try endless.run()
    #expect(stopped.end == .tooMuchOutput && stopped.lastComplaint?.hasPrefix("0123") == true)
  }

  @Test("fifty children at a time do not keep each other's pipes open")
  func together() {
    DispatchQueue.concurrentPerform(iterations: 50) { k in
      var child = shell("cat")
      child.input = Data("\(k)".utf8)
      let text = try? child.run().text
      #expect(text == "\(k)")
    }
  }

  @Test("a temporary folder goes with its owner")
  func folder() throws {
    var folder: TemporaryFolder? = try TemporaryFolder()
    let path = try #require(folder?.path)
    try AtomicFile.write("x", to: path + "/deep/file")
    _ = try TemporaryFolder()  // does not take a living one for a leftover
    #expect(FileManager.default.fileExists(atPath: path + "/deep/file"))
    folder = nil
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// Whether a process has exactly the command line `words`; a killed one may take a moment.
  private func isRunning(_ words: String) throws -> Bool {
    guard FileManager.default.fileExists(atPath: "/proc/self/cmdline") else { return false }
    for _ in 0..<50 {
      let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
      let found = names.contains { name in
        guard Int(name) != nil,
          let line = try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8)
        else { return false }
        return line.split(separator: "\0").joined(separator: " ") == words
      }
      if !found { return false }
      usleep(20_000)
    }
    return true
  }
}
