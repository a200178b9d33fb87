import Foundation
import GRDB
import InputOutput
import Testing

/// Results that are copied from one machine to another: complete, or rejected with the reason.
@Suite(
  .serialized, .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct CopiedResultsCases {
  static func companions(of database: String) -> [String] {
    [database + "-wal", database + "-shm"].filter(FileManager.default.fileExists)
  }

  @Test("parts that ended are single files, and merged from their copies they have all rows")
  func shards() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 1))
    #expect(try folder.sweep([], output: "whole").status == 0)
    let base = folder.scratch.path
    let study = folder.study
    DispatchQueue.concurrentPerform(iterations: 3) { k in
      let part = try? OhmweaveCommand.run([
        "sweep", study, "--output", base + "/run", "--shard", "\(k + 1)/3", "--threads", "2",
      ])
      #expect(part?.status == 0, "\(part?.complaints ?? "not started")")
    }
    try FileManager.default.createDirectory(
      atPath: base + "/copies", withIntermediateDirectories: true)
    var copies: [String] = []
    for k in 1...3 {
      let part = "\(base)/run/shards/\(k)-of-3.sqlite"
      #expect(Self.companions(of: part).isEmpty)
      copies.append("\(base)/copies/\(k).sqlite")
      try FileManager.default.copyItem(atPath: part, toPath: copies[k - 1])
    }
    let merged = try OhmweaveCommand.run(["results", "merge", base + "/all"] + copies)
    #expect(merged.output.hasPrefix("2000 of 2000 rows complete\n"), "\(merged.complaints)")
    #expect(Self.companions(of: base + "/all/results.sqlite").isEmpty)
    #expect(try folder.rows("all") == folder.rows("whole"))
  }

  @Test("several processes on one study leave a single file with all rows")
  func together() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 20))
    let base = folder.scratch.path
    let study = folder.study
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      let one = try? OhmweaveCommand.run([
        "sweep", study, "--output", base + "/run", "--resume", "--threads", "1",
      ])
      #expect(one?.status == 0, "\(one?.complaints ?? "not started")")
    }
    let database = base + "/run/results.sqlite"
    #expect(Self.companions(of: database).isEmpty)
    try FileManager.default.createDirectory(
      atPath: base + "/copy", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: database, toPath: base + "/copy/results.sqlite")
    let status = try OhmweaveCommand.run(["results", "query", base + "/copy", "--group-by", "b"])
    #expect(status.status == 0, "\(status.complaints)")
    #expect(try folder.rows("copy") == folder.rows("run"))
    #expect(try folder.rows("copy").split(separator: "\n").count == 2001)
  }

  @Test("a part that was killed is rejected without its write-ahead log, and read with it")
  func killed() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 1000))
    let base = folder.scratch.path
    let process = Process()
    process.executableURL = URL(filePath: try #require(OhmweaveCommand.path))
    process.arguments = [
      "sweep", folder.study, "--output", base + "/run", "--shard", "1/2", "--threads", "1",
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let part = base + "/run/shards/1-of-2.sqlite"
    func logSize() -> Int {
      let log = try? FileManager.default.attributesOfItem(atPath: part + "-wal")
      return log?[.size] as? Int ?? 0
    }
    for _ in 0..<3000 where logSize() < 200_000 { usleep(5000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(logSize() >= 200_000)
    try FileManager.default.createDirectory(
      atPath: base + "/copy", withIntermediateDirectories: true)
    let copy = base + "/copy/part.sqlite"
    try FileManager.default.copyItem(atPath: part, toPath: copy)
    for command in [
      ["merge", base + "/all", copy], ["query", copy], ["export", copy, "--to", base + "/x.csv"],
    ] {
      let result = try OhmweaveCommand.run(["results"] + command)
      #expect(result.status == 65)
      #expect(result.complaints.contains("lacks its write-ahead log"), "\(result.complaints)")
    }
    try? FileManager.default.removeItem(atPath: copy + "-wal")
    try FileManager.default.copyItem(atPath: part + "-wal", toPath: copy + "-wal")
    let merged = try OhmweaveCommand.run(["results", "merge", base + "/all", copy])
    #expect(merged.status == 0, "\(merged.complaints)")
    #expect(merged.output.contains(" of 2000 rows complete"))
    #expect(!merged.output.hasPrefix("0 "))
    // Run to its end, the part is one file again.
    let resumed = try folder.sweep(["--shard", "1/2", "--resume"])
    #expect(resumed.status == 0)
    #expect(Self.companions(of: part).isEmpty)
  }

  @Test("a file with fewer rows than were finished is rejected")
  func missingRows() throws {
    let folder = try SweepFolder(SweepFolder.cheap(draws: 1))
    #expect(try folder.sweep(["--shard", "1/2"]).status == 0)
    let part = folder.scratch.path + "/run/shards/1-of-2.sqlite"
    do {
      let queue = try DatabaseQueue(path: part)
      try queue.write { db in try db.execute(sql: "DELETE FROM points WHERE \"row\" = 40") }
      try queue.close()
    }
    let merged = try OhmweaveCommand.run(["results", "merge", folder.scratch.path + "/all", part])
    #expect(merged.status == 65)
    #expect(
      merged.complaints.contains("holds 999 rows although 1000 were finished"),
      "\(merged.complaints)")
    let resumed = try folder.sweep(["--shard", "1/2", "--resume"])
    #expect(resumed.status == 0, "\(resumed.complaints)")
  }
}
