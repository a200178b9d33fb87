import Foundation
import InputOutput
import Studies
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

  @Test("a link, a folder and a foreign file in the place of the merged database are kept")
  func inTheWay() throws {
    let folder = try SweepFolder(SweepFolder.small)
    let base = folder.scratch.path
    #expect(try folder.sweep(["--shard", "1/1"]).status == 0)
    let part = base + "/run/shards/1-of-1.sqlite"
    for name in ["link", "folder", "file"] {
      let target = "\(base)/\(name)/results.sqlite"
      try AtomicFile.makeFolder("\(base)/\(name)")
      switch name {
      case "link": symlink(base + "/elsewhere.sqlite", target)
      case "folder": mkdir(target, 0o755)
      default: try AtomicFile.write("mine", to: target)
      }
      for options in [[], ["--overwrite"]] {
        let merged = try OhmweaveCommand.run(
          ["results", "merge", "\(base)/\(name)", part] + options)
        #expect(merged.status == 65, "\(name): \(merged.output)")
        #expect(merged.complaints.split(separator: "\n").count == 1, "\(merged.complaints)")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: base + "/elsewhere.sqlite"))
    #expect(try InputFile.text(of: base + "/file/results.sqlite") == "mine")
    // Parts that were copied into a folder of their own, and a folder whose name SQLite takes for a URI.
    try AtomicFile.makeFolder(base + "/copy")
    try FileManager.default.copyItem(atPath: base + "/run/shards", toPath: base + "/copy/shards")
    for arguments in [[base + "/copy"], ["file:x?mode=memory", part]] {
      let merged = try OhmweaveCommand.run(["results", "merge"] + arguments, folder: base)
      #expect(merged.status == 0, "\(merged.complaints)")
    }
    #expect(FileManager.default.fileExists(atPath: base + "/file:x?mode=memory/results.sqlite"))
    #expect(try folder.rows("copy") == folder.rows("file:x?mode=memory"))
    let export = try OhmweaveCommand.run([
      "results", "export", base + "/copy", "--to", base + "/copy/results.sqlite", "--overwrite",
    ])
    #expect(export.status == 65 && export.complaints.contains("is the input"))
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
    for grouped in [[], ["--group-by", "b"]] {
      let query = ["results", "query", base + "/copy", "--where"]
      let word = try OhmweaveCommand.run(query + ["b > two"] + grouped)
      #expect(word.status == 65)
      #expect(word.complaints.contains("'b' is compared with a number, not with 'two'"))
      let share = try OhmweaveCommand.run(query + ["a > 50 %"] + grouped)
      let number = try OhmweaveCommand.run(query + ["a > 0.5"] + grouped)
      #expect(share.status == 0 && share.output == number.output, "\(share.complaints)")
    }
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
    let database = try SQLiteConnection(path: part)
    try database.run("DELETE FROM points WHERE \"row\" = 40")
    try database.close()
    let merged = try OhmweaveCommand.run(["results", "merge", folder.scratch.path + "/all", part])
    #expect(merged.status == 65)
    #expect(
      merged.complaints.contains("holds 999 rows although 1000 were finished"),
      "\(merged.complaints)")
    let resumed = try folder.sweep(["--shard", "1/2", "--resume"])
    #expect(resumed.status == 0, "\(resumed.complaints)")
  }
}
