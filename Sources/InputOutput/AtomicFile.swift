import Foundation

/// Writes whole files so that a reader sees the old content or the new, never a part.
public enum AtomicFile {
  /// Writes `bytes` to a temporary file beside `path`, flushes it to disk and renames it over `path`.
  ///
  /// Missing folders on the way are made. A character device or a FIFO is written directly; see
  /// `OutputTarget` for what is rejected.
  /// - Throws: `RunError` with the system's reason.
  public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(RunError) {
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.finish()
  }

  /// Writes `text` as UTF-8; see `write(_:to:)`.
  public static func write(_ text: String, to path: String) throws(RunError) {
    try write(Array(text.utf8), to: path)
  }

  /// Checks that a file named by the user may be written, before any work is done.
  ///
  /// - Parameters:
  ///   - overwrites: whether a file that exists may be replaced.
  ///   - inputs: files that the output is made of, none of which is replaced by it.
  /// - Throws: `InputError` where it exists and may not be replaced, or where it is not a file.
  public static func checkWritable(
    _ path: String, overwrites: Bool, reading inputs: [String] = []
  ) throws(InputError) {
    let target: OutputTarget
    do { target = try OutputTarget(path) } catch { throw InputError(path, error.problem) }
    guard case .file(let exists) = target else { return }
    if exists && !overwrites {
      throw InputError(path, "the file exists already, --overwrite replaces it")
    }
    if exists, let input = inputs.first(where: { isSame($0, path) }) {
      throw InputError(path, "is the input \(input), another file is expected")
    }
    removeLeftovers(of: path)
  }

  /// Whether two paths lead to one file.
  private static func isSame(_ first: String, _ second: String) -> Bool {
    var (here, there) = (stat(), stat())
    return stat(first, &here) == 0 && stat(second, &there) == 0 && here.st_ino == there.st_ino
      && here.st_dev == there.st_dev
  }

  /// Makes `folder` and the folders above it where they are missing.
  ///
  /// - Returns: the folders that were made, outermost first.
  /// - Throws: `RunError` with the system's reason.
  @discardableResult
  public static func makeFolder(_ folder: String) throws(RunError) -> [String] {
    var missing: [String] = []
    var path = folder
    while !isFolder(path) {
      var status = stat()
      if lstat(path, &status) == 0 {
        let what = status.st_mode & S_IFMT == S_IFLNK ? "is a link to nothing" : "is not a folder"
        throw RunError("cannot make the folder \(folder): \(path) \(what)")
      }
      guard errno == ENOENT else { throw failure("make the folder", folder) }
      missing.append(path)
      path = parent(of: path)
      if path.isEmpty { break }
    }
    for path in missing.reversed() where mkdir(path, 0o777) != 0 {
      let reason = errno
      // Another process may have made it.
      guard !isFolder(path) else { continue }
      errno = reason
      throw failure("make the folder", folder)
    }
    return missing.reversed()
  }

  /// Whether there is a folder at `path`, by a link or not.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The folder that holds `path`; empty for the current one. (Foundation's traps on one character.)
  static func parent(of path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }
    let parent = String(trimmed.drop { $0 != "/" }.reversed())
    let inner = parent.reversed().drop { $0 == "/" }
    return inner.isEmpty ? (parent.isEmpty ? "" : "/") : String(inner.reversed())
  }

  // MARK: Temporary files

  private static let mark = ".tmp-"

  /// A new name for the temporary file of `path` in this process.
  package static func temporaryName(of path: String) -> String {
    "\(path)\(mark)\(getpid())-\(UInt32.random(in: 0...(.max)))"
  }

  /// The name of the file that `name`, a temporary file's, was to become; `nil` where `name` is none,
  /// or the process that made it is still running.
  ///
  /// - Parameter isLocked: whether no other process can be writing, so that the number of the process does not
  ///   matter: it may be that of a later one, or of a killed one that nobody waited for.
  public static func abandonedBase(_ name: String, isLocked: Bool = false) -> String? {
    guard let place = name.range(of: mark, options: .backwards), place.lowerBound > name.startIndex
    else { return nil }
    let parts = name[place.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let process = pid_t(parts[0]), "\(process)" == parts[0],
      let random = UInt32(parts[1]), "\(random)" == parts[1], process > 0
    else { return nil }
    // A process with this one's number that wrote before this one began is dead.
    if !isLocked, process != getpid(), kill(process, 0) == 0 || errno == EPERM { return nil }
    return String(name[..<place.lowerBound])
  }

  /// Removes the temporary files of `path` that killed processes left.
  public static func removeLeftovers(of path: String) {
    let folder = parent(of: path)
    let base = (path as NSString).lastPathComponent
    let place = folder.isEmpty ? "." : folder
    for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    where name.hasPrefix(base + mark) && abandonedBase(name) == base {
      unlink("\(place)/\(name)")
    }
  }

  /// The error of the last system call.
  package static func failure(_ verb: String, _ path: String) -> RunError {
    RunError("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}
