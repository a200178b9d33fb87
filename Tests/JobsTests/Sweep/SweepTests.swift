import Foundation
import InputOutput
import Testing

/// Studies by the command: what is killed, split, or wrong.
@Suite(
  .serialized, .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct SweepTests {
  @Test("a study killed at 20 random moments and resumed equals the study run through, row for row")
  func killed() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 200))
    #expect(try folder.sweep([], output: "whole").status == 0)
    let whole = try folder.rows("whole")
    #expect(whole.split(separator: "\n").count == 2001)
    var generator = SystemRandomNumberGenerator()
    var kills = 0
    var starts = 0
    while kills < 20 && starts < 60 {
      starts += 1
      let process = Process()
      process.executableURL = URL(filePath: try #require(OhmweaveCommand.path))
      process.arguments = [
        "sweep", folder.study, "--output", folder.scratch.path + "/run", "--resume", "--threads",
        "2",
      ]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 20_000...80_000, using: &generator))
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills += 1
      }
      process.waitUntilExit()
      // Whatever was there stays: the file can be read after a kill, but for a moment of its first writing and one of
      // its closing, which name what to do.
      if kills == 10,
        FileManager.default.fileExists(atPath: folder.scratch.path + "/run/results.sqlite")
      {
        let status = try OhmweaveCommand.run(["results", "status", folder.scratch.path + "/run"])
        #expect(
          status.status == 0 || status.complaints.contains("not of results")
            || status.complaints.contains("lacks its write-ahead log"),
          "\(status.complaints)")
      }
    }
    #expect(kills == 20)
    let last = try folder.sweep(["--resume"])
    #expect(last.status == 0, "\(last.complaints)")
    #expect(try folder.rows() == whole)
  }

  @Test("one part, 4 parts and 16 parts merged give the same rows on any number of threads")
  func shards() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 1))
    #expect(try folder.sweep(["--threads", "1"], output: "whole").status == 0)
    let whole = try folder.rows("whole")
    for count in [1, 4, 16] {
      let output = "\(folder.scratch.path)/of-\(count)"
      let study = folder.study
      DispatchQueue.concurrentPerform(iterations: count) { k in
        let part = try? OhmweaveCommand.run([
          "sweep", study, "--output", output, "--shard", "\(k + 1)/\(count)", "--threads", "2",
        ])
        #expect(part?.status == 0, "\(part?.complaints ?? "not started")")
      }
      let merged = try OhmweaveCommand.run(
        ["results", "merge", "\(folder.scratch.path)/of-\(count)"])
      #expect(merged.status == 0, "\(merged.complaints)")
      #expect(merged.output.hasPrefix("2000 of 2000 rows complete\n"))
      #expect(try folder.rows("of-\(count)") == whole)
    }
  }

  @Test("two processes on one study share its rows and do not spoil it")
  func together() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 50))
    #expect(try folder.sweep([], output: "whole").status == 0)
    let processes = try (0..<2).map { _ in
      let process = Process()
      process.executableURL = URL(filePath: try #require(OhmweaveCommand.path))
      process.arguments = [
        "sweep", folder.study, "--output", folder.scratch.path + "/run", "--resume", "--threads",
        "1",
      ]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      return process
    }
    for process in processes {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    #expect(try folder.rows() == folder.rows("whole"))
  }

  @Test(
    "rows that fail are kept with their message and stop nothing; --retry-failed runs them again")
  func failures() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 1))
    let result = try folder.sweep([])
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("2000 of 2000 rows complete, 400 failed\n"))
    let rows = try folder.rows()
    #expect(rows.components(separatedBy: ",failed,the formula '1 / (b - 3)' has no").count == 401)
    let again = try folder.sweep(["--retry-failed"])
    #expect(again.output.hasPrefix("2000 of 2000 rows complete, 400 failed\n"))
    #expect(try folder.rows() == rows)
  }

  @Test("SIGINT ends the running rows and leaves a state that --resume completes")
  func interrupted() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 1000))
    let process = Process()
    process.executableURL = URL(filePath: try #require(OhmweaveCommand.path))
    process.arguments = ["sweep", folder.study, "--output", folder.scratch.path + "/run"]
    let complaints = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = complaints
    try process.run()
    // The log begins when the signal is watched for.
    let log = folder.scratch.path + "/run/log.txt"
    for _ in 0..<1000 where !FileManager.default.fileExists(atPath: log) { usleep(10_000) }
    usleep(50_000)
    process.interrupt()
    let said = String(
      decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(said.contains("interrupted with ") && said.contains("--resume continues"), "\(said)")
    let status = try OhmweaveCommand.run(["results", "status", folder.scratch.path + "/run"])
    let fields = status.output.split(separator: "\n").last?.split(separator: " ") ?? []
    #expect(fields.count == 6 && fields[4] == "0", "claims are given up: \(status.output)")
    let resumed = try folder.sweep(["--resume"])
    #expect(resumed.output.hasPrefix("2000 of 2000 rows complete"))
  }

  @Test("a figure of a metric that there is not is told, and the report has the others")
  func unknownMetric() throws {
    let folder = try SweepFolder(
      """
      study: t
      job: formula
      settings: {metric.y: a}
      parameters: {a: {values: [1, 2]}}
      metrics: {yield: {}}
      figures: [{metric: yy, x: a}, {metric: y, x: a}]

      """)
    let result = try folder.sweep([])
    #expect(result.status == 0)
    #expect(result.complaints.contains("unknown metric 'yy'"), "\(result.complaints)")
    #expect(result.complaints.contains("unknown metric 'yield'"), "\(result.complaints)")
    let figures = try FileManager.default.contentsOfDirectory(
      atPath: folder.scratch.path + "/run/figures")
    #expect(figures.sorted() == ["1-lines-y.json", "1-lines-y.svg"])
  }
}
