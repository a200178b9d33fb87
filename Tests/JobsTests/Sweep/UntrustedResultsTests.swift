import Foundation
import InputOutput
import Studies
import TestSupport
import Testing

/// Results databases that come from somebody else: rejected in one sentence, never run.
@Suite(
  .serialized, .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct UntrustedResultsCases {
  /// Commands that read the database at `path`.
  static func commands(_ path: String, _ scratch: String) -> [[String]] {
    [
      ["query", path], ["query", path, "--group-by", "point"], ["query", path, "--where", "y > 0"],
      ["status", path],
      ["export", path, "--format", "csv", "--to", scratch + "/x.csv"],
      ["export", path, "--format", "npz", "--to", scratch + "/x.npz"],
      ["merge", scratch + "/merged", path],
    ]
  }

  @Test(
    "a foreign database ends with one sentence within seconds",
    arguments: ["00261", "recursive-view"])
  func files(name: String) throws {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/results.sqlite"
    try FileManager.default.copyItem(
      atPath: Hostile.path("14/\(name).sqlite"), toPath: path)
    for command in Self.commands(path, scratch.path) where name != "00261" || command[0] != "status"
    {
      let result = try LimitedCommand.run(["results"] + command)
      #expect(result.status == 65, "\(command)")
      #expect(result.complaints.split(separator: "\n").count == 1, "\(result.complaints)")
    }
  }

  @Test(
    "changes that SQLite allows are found before a row is read",
    arguments: [
      ("CREATE TRIGGER t AFTER INSERT ON points BEGIN DELETE FROM metrics; END", "the trigger 't'"),
      ("CREATE VIEW v AS SELECT 1", "the view 'v'"),
      ("CREATE INDEX i ON points (seconds)", "the index 'i'"),
      ("ALTER TABLE points ADD COLUMN w AS (zeroblob(900000000))", "the table 'points'"),
      ("DROP TABLE claims", "lacks tables"),
      ("DROP TABLE metrics; CREATE TABLE metrics (metric, \"row\", value)", "the table 'metrics'"),
      ("UPDATE points SET \"row\" = -5 WHERE \"row\" = 3", "row -5"),
      ("UPDATE points SET \"row\" = 1e12 WHERE \"row\" = 3", "row 1000000000000"),
      ("UPDATE study SET value = 9e18 WHERE key = 'points'", "damaged"),
      ("UPDATE study SET value = 'x' WHERE key = 'study-file'", "a mapping of keys"),
      ("UPDATE points SET point = x'00ff' WHERE \"row\" = 3", "damaged"),
      ("UPDATE metric_names SET name = x'00ff'", "damaged"),
      ("PRAGMA user_version = 7", "version 7"),
      (
        "WITH n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 20000) "
          + "INSERT INTO metric_names (name, unit) SELECT 'm' || k, '' FROM n",
        "more than 1000 metrics"
      ),
    ])
  func changes(sql: String, complaint: String) throws {
    let folder = try SweepFolder(SweepFolder.small)
    #expect(try folder.sweep([]).status == 0)
    let path = folder.scratch.path + "/run/results.sqlite"
    let database = try SQLiteConnection(path: path)
    try database.run(sql)
    try database.close()
    let results = try Self.commands(path, folder.scratch.path).map {
      try LimitedCommand.run(["results"] + $0)
    }
    #expect(results.allSatisfy { [0, 65].contains($0.status) })
    #expect(
      results.contains { $0.status == 65 && $0.complaints.contains(complaint) },
      "\(results.map(\.complaints))")
    for result in results where result.status == 65 {
      #expect(result.complaints.split(separator: "\n").count == 1, "\(result.complaints)")
    }
  }
}
