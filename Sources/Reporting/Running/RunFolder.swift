import Foundation
import InputOutput

/// The output folder of a run: its lock, its marker, and the rules of what may be replaced.
///
/// - A file that no run wrote is never replaced or removed.
/// - A folder with a file that the run reads is never overwritten.
/// - A run's files are replaced only with `--overwrite`, and by a job that resumes its own run.
/// - A folder without a marker that holds files is used only with `--overwrite`, beside these files.
/// - Everything is reached from the open folder: one that is moved or replaced during the run ends the run,
///   and what is at its path then is left alone.
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
  package let handle: FolderHandle
  private let job: String
  private let hold: FolderLock.Hold
  private let isShared: Bool
  private var madeFolders: [String] = []
  private var marker: RunMarker
  private var hasMarker: Bool

  /// Takes the folder at `path` for a run of `job`; nothing in it changes but leftovers of dead processes.
  ///
  /// - Parameters:
  ///   - overwrites: whether the files of an earlier run may be replaced.
  ///   - isShared: whether other processes may work on the same run.
  ///   - reads: the files that the run reads; what is no file does not matter.
  ///   - names: the files that the job is sure to write.
  /// - Throws: `InputError` where the folder holds what may not be replaced, or another run is working in
  ///   it; `RunError` where it cannot be made or read.
  package init(
    at path: String, job: String, start: Start = .anew, overwrites: Bool, isShared: Bool = false,
    reads: [String] = [], names: [String]
  ) throws {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw InputError("--output", "'\(path)' is not the path of a folder")
    }
    self.path = FolderPath.plain(path)
    if overwrites, let input = reads.first(where: { InputFile.isInside($0, folder: path) == true })
    {
      throw InputError(
        "--output", "'\(path)' holds '\(input)', which this run reads: another folder is needed")
    }
    self.job = job
    self.isShared = isShared
    madeFolders = try AtomicFile.makeFolder(self.path)
    let (handle, hold) = try FolderLock.take(
      self.path, isShared: isShared, startsAnew: start == .anew)
    self.handle = handle
    self.hold = hold
    let found: RunMarker?
    do {
      found = try RunMarker(in: handle)
      if hold == .alone { Leftovers.remove(in: handle, marker: found, names: names) }
    } catch {
      Self.removeFolders(madeFolders)
      throw error
    }
    marker = found ?? RunMarker(job: job, state: .running)
    hasMarker = found != nil
    let isEmpty =
      found == nil
      && handle.names().allSatisfy { $0 == "lost+found" || $0.hasPrefix(RunMarker.ownPrefix) }
    let isOwn: Bool
    var adopted: [String] = []
    switch start {
    case .anew:
      // Killed while its files moved; not a marker that was copied or came from elsewhere.
      isOwn =
        found.map {
          $0.state == .placing && $0.job == job && $0.folderNumber == handle.number
        } ?? false
    case .resumed(let proofs, let names):
      isOwn =
        found.map { $0.job == job } ?? proofs.contains { handle.kind(of: $0) == .file }
      adopted = names
    }
    guard isEmpty || isOwn || overwrites else {
      throw InputError(self.path, Self.refusal(found, job: job))
    }
    for name in names {
      if adopted.contains(name) { try checkKind(name) } else { try check(name) }
    }
    try checkFolder("figures")
    if isShared && hold == .alone && start != .anew {
      // The processes that come next find a run that has begun.
      if isEmpty { try replaceMarker(marker) }
      share()
    }
  }

  deinit { if !hasMarker && handle.isInPlace { Self.removeFolders(madeFolders) } }

  private static func removeFolders(_ folders: [String]) {
    for folder in folders.reversed() { rmdir(folder) }
  }

  private static func refusal(_ found: RunMarker?, job: String) -> String {
    guard let found else {
      return "holds files that no run wrote: a new or an empty folder is expected, or --overwrite, "
        + "which keeps them"
    }
    let resumes = ["train", "sweep"].contains(found.job) && found.job == job
    return "holds \(found.state == .finished ? "a finished" : "an unfinished") run of "
      + "'\(found.job)': --overwrite replaces its files"
      + (resumes ? ", --resume continues it" : ", another --output keeps them")
  }

  /// Lets further processes of the same run into the folder.
  package func share() { if hold != .unlocked { handle.share() } }

  /// The files of the earlier run, or of this one so far.
  var files: [String] { marker.files }

  /// - Throws: `InputError` where `name` is there and may not be replaced.
  func check(_ name: String) throws(InputError) {
    switch handle.kind(of: name) {
    case .missing: return
    case .file:
      if marker.lists(name) { return }
      // Another process of the same run may have written it since.
      if isShared, let now = try RunMarker(in: handle) {
        marker = now
        hasMarker = true
      }
      guard marker.lists(name) else {
        throw InputError("\(path)/\(name)", "was not written by a run and is not replaced")
      }
    case .folder, .other: try checkKind(name)
    }
  }

  /// - Throws: `InputError` where `name` is there and is not a file: a link could lead out of the folder.
  private func checkKind(_ name: String) throws(InputError) {
    switch handle.kind(of: name) {
    case .missing, .file: return
    case .folder, .other:
      throw InputError(
        "\(path)/\(name)", "is not a regular file in the folder itself and is not replaced")
    }
  }

  /// - Throws: `InputError` where `name` is there and is not a folder in the folder itself.
  private func checkFolder(_ name: String) throws(InputError) {
    switch handle.kind(of: name) {
    case .missing, .folder: return
    case .file, .other:
      throw InputError(
        "\(path)/\(name)", "is a file or a link, a folder is expected, or nothing of that name")
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
    try write(Array(text.utf8), to: name)
  }

  /// Writes `bytes` to the file `name`, whole.
  package func write(_ bytes: [UInt8], to name: String) throws {
    try list(name)
    try handle.requireInPlace()
    try handle.write(bytes, to: name)
  }

  /// Removes the files of the earlier run, to begin anew.
  package func clear() throws {
    precondition(hold != .shared, "only a process that is alone in the folder clears it")
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
    try handle.requireInPlace()
    try handle.write(Array(new.text.utf8), to: RunMarker.fileName)
    marker = new
    hasMarker = true
  }

  private func append(_ line: String) throws(RunError) {
    try handle.requireInPlace()
    if !hasMarker {
      // Alone, the process writes what it has; else another one may make the marker at this moment.
      if hold != .shared && !isShared { return try replaceMarker(marker) }
      try handle.create(RunMarker.fileName, RunMarker(job: job, state: marker.state).text)
      hasMarker = true
    }
    try handle.append(line, to: RunMarker.fileName)
  }
}
