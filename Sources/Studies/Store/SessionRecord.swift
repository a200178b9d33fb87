import Foundation
import InputOutput
import LinearAlgebra
import Reporting

/// Who computed: machine, process, version, and the files that went in.
public struct SessionRecord: Sendable {
  var threads: Int
  var shard: String
  var files: [(path: String, checksum: String)]
  let host: String
  let process: Int
  let processStart: String
  let commit: String
  /// The `ArithmeticMode` of the rows.
  let arithmetic: String

  /// The record of this process.
  ///
  /// - Parameters:
  ///   - files: what the job reads; their checksums are taken.
  ///   - arithmetic: the `ArithmeticMode` of the rows: that of this process where it computes them.
  /// - Throws: `InputError` where a file cannot be read.
  public init(
    threads: Int, shard: String, files: [String],
    arithmetic: String = ArithmeticMode.current.rawValue
  ) throws(InputError) {
    self.arithmetic = arithmetic
    self.threads = threads
    self.shard = shard
    host = ProcessInfo.processInfo.hostName
    process = Int(getpid())
    processStart = Self.start(of: process) ?? ""
    commit = Self.commitOfSources() ?? ""
    var sums: [(String, String)] = []
    for path in Set(files).sorted() {
      let bytes = try InputFile.bytes(of: path)
      sums.append((path, bytes.withUnsafeBytes { SHA256.hexadecimal($0) }))
    }
    self.files = sums
  }

  /// Writes the record, after holding the files against those of earlier sessions.
  func insert(into db: SQLiteConnection, path: String) throws -> Int {
    for (file, sum) in files {
      let old = try db.first(
        "SELECT sha256 FROM files WHERE path = ?", [.text(file)], as: String.self)
      if let old, old != sum {
        throw InputError(
          file, "has changed since \(path) was begun, another --output is expected")
      }
      try db.execute(
        "INSERT OR IGNORE INTO files (path, sha256) VALUES (?, ?)", [.text(file), .text(sum)])
    }
    try db.execute(
      """
      INSERT INTO sessions (started, heartbeat, host, process, process_start, version, commit_id,
        threads, shard) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(Date().ISO8601Format()), .number(Date().timeIntervalSince1970), .text(host),
        .integer(process), .text(processStart), .text(Version.current), .text(commit),
        .integer(threads), .text(shard),
      ])
    return try db.lastRowID
  }

  /// The columns of `sessions` by which `isAlive` decides, which a query names first.
  static let signsOfLife = "host, process, process_start, heartbeat"
  /// How many they are.
  static let signCount: Int32 = 4

  /// Whether the process of a row of `sessions` still runs: known on this machine; on others it does
  /// where its last sign of life is less than 60 s old.
  ///
  /// - Parameter session: a row that begins with the columns `signsOfLife`.
  static func isAlive(_ session: borrowing SQLiteRow) throws -> Bool {
    guard try session.value(0, as: String.self) == ProcessInfo.processInfo.hostName else {
      let heartbeat = try session.value(3, as: Double.self)
      return Date().timeIntervalSince1970 - heartbeat < 60
    }
    return isAlive(
      try session.value(1, as: Int.self), start: try session.value(2, as: String.self))
  }

  /// When process `id` of this machine began, in the system's ticks; `nil` where there is none, or
  /// the system does not tell.
  static func start(of id: Int) -> String? {
    guard let line = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
      let end = line.lastIndex(of: ")")
    else { return nil }
    let fields = line[line.index(after: end)...].split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : nil
  }

  /// Whether process `id`, which began at `start`, still runs on this machine.
  static func isAlive(_ id: Int, start: String) -> Bool {
    guard let id32 = pid_t(exactly: id), id32 > 0 else { return false }
    guard kill(id32, 0) == 0 || errno == EPERM else { return false }
    guard !start.isEmpty, let now = Self.start(of: id) else { return true }
    return now == start
  }

  /// The commit of the sources that the program stands in, where it stands in a checkout.
  private static func commitOfSources() -> String? {
    let folder = URL(filePath: CommandLine.arguments.first ?? ".").resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    guard folder.contains("/.build/") || FileManager.default.fileExists(atPath: folder + "/.git")
    else { return nil }
    guard let git = ChildProcess.path(of: "git"),
      let outcome = try? ChildProcess(
        git, ["-C", folder, "rev-parse", "HEAD"], timeLimit: .seconds(10)
      ).run(), outcome.isSuccess
    else { return nil }
    return outcome.text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
