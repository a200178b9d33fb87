import Foundation
import InputOutput

/// Takes the lock of an output folder.
enum FolderLock {
  /// How a process holds a folder; `unlocked` where the file system has no locks.
  enum Hold { case alone, shared, unlocked }

  /// How long a process waits for another one that is about to share a study's folder, in seconds.
  private static let patience = 20.0

  /// Opens the folder at `path` and locks it.
  ///
  /// A run has its folder for itself; the processes of one study share it, and the first of them holds it
  /// alone until it has begun. On a file system without locks the folder is used without.
  /// - Returns: the folder, and how it is held.
  /// - Throws: `InputError` where another run is working in the folder; `RunError` where it cannot be
  ///   opened.
  static func take(
    _ path: String, isShared: Bool, startsAnew: Bool
  ) throws -> (FolderHandle, Hold) {
    let waits = isShared && !startsAnew
    let limit = ContinuousClock.now + .seconds(waits ? patience : 0.5)
    while true {
      let handle = try FolderHandle(path)
      switch handle.lock(exclusively: true) {
      case .unsupported: return (handle, .unlocked)
      case .granted:
        if handle.isInPlace { return (handle, .alone) }
      case .busy:
        if waits, handle.lock(exclusively: false) == .granted, handle.isInPlace {
          return (handle, .shared)
        }
      }
      guard ContinuousClock.now < limit else {
        throw InputError(
          path, "another run is working in this folder, another --output is expected")
      }
      usleep(20_000)
      if !AtomicFile.isFolder(path) { try AtomicFile.makeFolder(path) }
    }
  }
}

/// What killed processes left in an output folder: temporary files and folders of unplaced results.
enum Leftovers {
  private static let stagingPrefix = RunMarker.ownPrefix + "staging-"

  /// The name of the folder in which a run of this process gathers its files.
  static var stagingName: String { "\(stagingPrefix)\(getpid())" }

  /// Removes them from a folder that no other process works in.
  ///
  /// Temporary files count, whatever process has the number of theirs now, where the file that they were to
  /// become is in the marker or one of `names`.
  static func remove(in folder: FolderHandle, marker: RunMarker?, names: [String]) {
    let files = Set(names + (marker?.files ?? []) + [RunMarker.fileName])
    let folders = Set(files.map(RunMarker.folder(of:)))
    for name in folder.names() where isStaging(name) && folder.kind(of: name) == .folder {
      folder.removeTree(name)
    }
    for place in folders where place.isEmpty || folder.kind(of: place) == .folder {
      let prefix = place.isEmpty ? "" : place + "/"
      for name in place.isEmpty ? folder.names() : folder.names(in: place) {
        guard let base = AtomicFile.abandonedBase(name, isLocked: true),
          files.contains(prefix + base)
        else {
          continue
        }
        folder.remove(prefix + name)
      }
    }
  }

  private static func isStaging(_ name: String) -> Bool {
    guard name.hasPrefix(stagingPrefix), let process = pid_t(name.dropFirst(stagingPrefix.count)),
      process > 0
    else { return false }
    return process == getpid() || (kill(process, 0) != 0 && errno != EPERM)
  }
}
