import Foundation
import InputOutput

/// The output folder of a run: its lock, its marker, and the rules of what may be replaced.
///
/// - A file that no run wrote is never replaced or removed.
/// - A run's files are replaced only with `--overwrite`, and by a job that resumes its own run.
/// - A folder without a marker that holds files is used only with `--overwrite`; of its files those that
///   the job writes are replaced.
package final class RunFolder {
  /// How a run begins.
  package enum Start: Sendable, Equatable {
    /// Anew.
    case anew
    /// From what an earlier process left. Any of `proofs` shows that the folder is such a run where it
    /// has no marker; the caller checks the content of `adopted` files and then adopts them.
    case resumed(proofs: [String], adopted: [String])
  }

  /// The folder.
  package let path: String
  let handle: FolderHandle
  private let job: String
  private let hold: FolderLock.Hold
  private let isShared: Bool
  private var madeFolders: [String] = []
  private var marker: RunMarker
  private var hasMarker: Bool
  /// Whether files without a line in the marker are taken over when they are written.
  private let takesOver: Bool

  /// Takes the folder at `path` for a run of `job`; nothing in it changes but leftovers of dead processes.
  ///
  /// - Parameters:
  ///   - overwrites: whether the files of an earlier run may be replaced.
  ///   - isShared: whether other processes may work on the same run.
  ///   - names: the files that the job is sure to write.
  /// - Throws: `InputError` where the folder holds what may not be replaced, or another run is working in
  ///   it; `RunError` where it cannot be made or read.
  package init(
    at path: String, job: String, start: Start = .anew, overwrites: Bool, isShared: Bool = false,
    names: [String]
  ) throws {
    self.path = FolderPath.plain(path)
    self.job = job
    self.isShared = isShared
    madeFolders = try AtomicFile.makeFolder(self.path)
    let (handle, hold) = try FolderLock.take(
      self.path, isShared: isShared, startsAnew: start == .anew)
    self.handle = handle
    self.hold = hold
    let found: RunMarker?
    do {
      found = try RunMarker(in: self.path)
      if hold == .alone { Leftovers.remove(in: handle, marker: found, names: names) }
    } catch {
      Self.removeFolders(madeFolders)
      throw error
    }
    marker = found ?? RunMarker(job: job, state: .running)
    hasMarker = found != nil
    let isEmpty =
      found == nil
      && handle.names.allSatisfy { $0 == "lost+found" || $0.hasPrefix(RunMarker.ownPrefix) }
    let isOwn: Bool
    var adopted: [String] = []
    switch start {
    case .anew: isOwn = found?.state == .placing
    case .resumed(let proofs, let names):
      isOwn =
        found.map { $0.job == job } ?? proofs.contains { handle.kind(of: $0) == .file }
      adopted = names
    }
    takesOver = found == nil && !isEmpty && overwrites
    guard isEmpty || isOwn || overwrites else {
      throw InputError(self.path, Self.refusal(found, job: job))
    }
    for name in names where !adopted.contains(name) { try check(name) }
    if isShared && hold == .alone && start != .anew {
      // The processes that come next find a run that has begun.
      if isEmpty { try replaceMarker(marker) }
      share()
    }
  }

  deinit { if !hasMarker { Self.removeFolders(madeFolders) } }

  private static func removeFolders(_ folders: [String]) {
    for folder in folders.reversed() { rmdir(folder) }
  }

  private static func refusal(_ found: RunMarker?, job: String) -> String {
    guard let found else {
      return "holds files that no run wrote: a new or an empty folder is expected, or --overwrite, "
        + "which replaces only files that this job writes"
    }
    let resumes = ["train", "sweep"].contains(found.job) && found.job == job
    return "holds \(found.state == .finished ? "a finished" : "an unfinished") run of "
      + "'\(found.job)': --overwrite replaces its files"
      + (resumes ? ", --resume continues it" : ", another --output keeps them")
  }

  /// Lets further processes of the same run into the folder.
  package func share() { if hold != .unlocked { handle.share() } }

  /// Whether the run in the folder has ended.
  var isFinished: Bool { hasMarker && marker.state == .finished }

  /// The files of the earlier run, or of this one so far.
  var files: [String] { marker.files }

  /// - Throws: `InputError` where `name` is there and may not be replaced.
  func check(_ name: String) throws(InputError) {
    switch handle.kind(of: name) {
    case .missing: return
    case .file:
      if marker.lists(name) || takesOver { return }
      // Another process of the same run may have written it since.
      if isShared, let now = try RunMarker(in: path) {
        marker = now
        hasMarker = true
      }
      guard marker.lists(name) else {
        throw InputError("\(path)/\(name)", "was not written by a run and is not replaced")
      }
    case .folder, .other:
      throw InputError(
        "\(path)/\(name)", "is not a regular file in the folder itself and is not replaced")
    }
  }

  /// Writes the line of `name`, which this run is about to write.
  ///
  /// - Throws: `InputError` where `name` is there and may not be replaced; `RunError` where the marker
  ///   cannot be written.
  package func list(_ name: String) throws {
    try check(name)
    try adopt(name)
  }

  /// Writes the line of `name`, whose content shows that it belongs to this run.
  package func adopt(_ name: String) throws(RunError) {
    guard !hasMarker || !marker.lists(name) else { return }
    marker.add(name)
    try append(RunMarker.line(file: name))
  }

  /// Writes `text` to the file `name`, whole.
  package func write(_ text: String, to name: String) throws {
    try list(name)
    try AtomicFile.write(text, to: "\(path)/\(name)")
  }

  /// The path of the file `name` for writers that take one.
  package func path(toWrite name: String) throws -> String {
    try list(name)
    return "\(path)/\(name)"
  }

  /// Removes the files of the earlier run, and of `names` those that are taken over, to begin anew.
  package func clear(_ names: [String] = []) throws {
    precondition(hold != .shared, "only a process that is alone in the folder clears it")
    for name in names where takesOver && handle.kind(of: name) == .file { marker.add(name) }
    let old = marker.files
    try replaceMarker(RunMarker(job: job, state: .running, files: old))
    remove(old)
    try replaceMarker(RunMarker(job: job, state: .running))
  }

  /// Removes the listed files below `folder` that are not among `kept`.
  package func removeListed(below folder: String, except kept: Set<String>) {
    for name in marker.files where name.hasPrefix(folder + "/") && !kept.contains(name) {
      handle.remove(name)
    }
  }

  /// Removes files and the folders that are empty then.
  func remove(_ names: [String]) {
    for name in names { handle.remove(name) }
    let folders = Set(names.map(RunMarker.folder(of:)))
    for folder in folders.sorted().reversed() where !folder.isEmpty {
      handle.removeEmptyFolder(folder)
    }
  }

  /// Notes that the run is done.
  package func finish() throws(RunError) {
    guard marker.state != .finished || !hasMarker else { return }
    marker.state = .finished
    try append(RunMarker.line(.finished))
  }

  /// Notes that a finished run goes on.
  package func reopen() throws(RunError) {
    guard marker.state != .running else { return }
    marker.state = .running
    try append(RunMarker.line(.running))
  }

  /// Writes the whole marker anew; only where no other process appends to it.
  func replaceMarker(_ new: RunMarker) throws(RunError) {
    try AtomicFile.write(new.text, to: "\(path)/\(RunMarker.fileName)")
    marker = new
    hasMarker = true
  }

  private func append(_ line: String) throws(RunError) {
    let path = "\(path)/\(RunMarker.fileName)"
    if !hasMarker {
      // Alone, the process writes what it has; else another one may make the marker at this moment.
      if hold != .shared && !isShared { return try replaceMarker(marker) }
      let name = AtomicFile.temporaryName(of: path)
      let text = RunMarker(job: job, state: marker.state).text
      let isMade =
        Self.append(text, to: name, flags: O_CREAT | O_EXCL)
        && (link(name, path) == 0 || errno == EEXIST)
      let reason = errno
      unlink(name)
      guard isMade else {
        throw RunError("cannot write \(path): \(String(cString: strerror(reason)))")
      }
      hasMarker = true
    }
    guard Self.append(line, to: path) else { throw AtomicFile.failure("write", path) }
  }

  /// Appends a line in one write, behind a line that a full disk cut off.
  private static func append(_ line: String, to path: String, flags: Int32 = 0) -> Bool {
    let descriptor = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | flags, 0o644)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var last = UInt8(ascii: "\n")
    let size = lseek(descriptor, 0, SEEK_END)
    if size > 0 { pread(descriptor, &last, 1, size - 1) }
    let bytes = Array(((last == UInt8(ascii: "\n") ? "" : "\n") + line).utf8)
    return Foundation.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
  }
}
