import Foundation

/// A folder for files of a child process. It goes with this value; after a kill it goes when the next
/// one is made.
///
/// Its owner holds a lock on it, which the system releases at the owner's death.
public final class TemporaryFolder {
  /// Where it is.
  public let path: String
  private let descriptor: Int32
  private static let prefix = "ohmweave-work-"

  /// - Throws: `RunError` where it cannot be made.
  public init() throws(RunError) {
    let parent = FileManager.default.temporaryDirectory.path
    Self.removeLeftovers(in: parent)
    path = "\(parent)/\(Self.prefix)\(UUID().uuidString)"
    guard mkdir(path, 0o700) == 0 else {
      throw RunError("cannot make the folder \(path): \(String(cString: strerror(errno)))")
    }
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    close(descriptor)
  }

  /// Removes folders whose owner is dead. One that is younger than a minute may not be locked yet.
  private static func removeLeftovers(in parent: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in names where name.hasPrefix(prefix) {
      guard UUID(uuidString: String(name.dropFirst(prefix.count))) != nil else { continue }
      let path = "\(parent)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
        status.st_uid == getuid()
      else { continue }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      #if canImport(Darwin)
        let changed = status.st_mtimespec.tv_sec
      #else
        let changed = status.st_mtim.tv_sec
      #endif
      guard time(nil) - changed > 60, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
      try? FileManager.default.removeItem(atPath: path)
    }
  }
}
