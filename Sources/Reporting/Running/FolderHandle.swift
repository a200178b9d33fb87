import Foundation
import InputOutput

/// A folder that is held open: names below it are reached from its descriptor without following symbolic
/// links, so that neither a link planted in the folder nor another folder in its place leads outside it.
package final class FolderHandle: Sendable {
  /// What a name below the folder is.
  package enum Kind { case missing, file, folder, other }

  private let descriptor: Int32
  /// Where it was when it was opened; for messages.
  let path: String

  /// - Throws: `RunError` where there is no folder at `path` that can be read.
  init(_ path: String) throws(RunError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RunError("cannot use the folder \(path): \(String(cString: strerror(errno)))")
    }
  }

  /// The open folder `descriptor`, which is closed with this value.
  init(_ descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  // MARK: Place

  /// The number of the folder on its file system, which no copy of it has.
  var number: UInt64 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  // MARK: Locks

  /// Whether the lock of a folder was granted.
  enum Grant { case granted, busy, unsupported }

  /// Asks for the folder's lock, which the system frees when the process ends however it ends.
  func lock(exclusively: Bool) -> Grant {
    if flock(descriptor, (exclusively ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 { return .granted }
    return errno == EWOULDBLOCK || errno == EINTR ? .busy : .unsupported
  }

  /// Turns the lock into a shared one, and waits while another process is alone in the folder.
  func share() { while flock(descriptor, LOCK_SH) != 0 && errno == EINTR {} }

  /// Whether `path` still is the folder that is held open.
  var isInPlace: Bool {
    var (here, there) = (stat(), stat())
    return fstat(descriptor, &here) == 0 && stat(path, &there) == 0
      && here.st_ino == there.st_ino && here.st_dev == there.st_dev
  }

  /// - Throws: `RunError` where `path` is another folder by now, or none.
  func requireInPlace() throws(RunError) {
    guard isInPlace else {
      throw RunError(
        "\(path) was moved, removed or replaced while the run was working in it, and is left as it is"
      )
    }
  }

  // MARK: Names

  /// Calls `work` with the open folder that holds `name` and the last part of it; `nil` where a part of
  /// the way is missing, a link or a file.
  func inParent<Value>(
    of name: String, makes: Bool = false, _ work: (Int32, String) -> Value
  ) -> Value? {
    var parts = name.split(separator: "/").map(String.init)
    let last = parts.removeLast()
    var current = descriptor
    defer { if current != descriptor { close(current) } }
    for part in parts {
      if makes { mkdirat(current, part, 0o777) }
      let next = openat(current, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if next < 0 { return nil }
      if current != descriptor { close(current) }
      current = next
    }
    return work(current, last)
  }

  /// What `name` is; something in the way of it counts as `other`.
  package func kind(of name: String) -> Kind {
    let parts = name.split(separator: "/")
    for count in 1...parts.count {
      let kind = inParent(of: parts[..<count].joined(separator: "/")) { folder, last -> Kind in
        var status = stat()
        guard fstatat(folder, last, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
          return errno == ENOENT ? .missing : .other
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
      }
      if kind == .missing { return .missing }
      if count == parts.count { return kind ?? .other }
      if kind != .folder { return .other }
    }
    return .other
  }

  /// Removes the regular file `name`; anything else stays.
  func remove(_ name: String) {
    guard kind(of: name) == .file else { return }
    _ = inParent(of: name) { unlinkat($0, $1, 0) }
  }

  /// Removes the folder `name`, where it is empty.
  func removeEmptyFolder(_ name: String) {
    _ = inParent(of: name) { unlinkat($0, $1, AT_REMOVEDIR) }
  }

  /// Moves the file `name` of `source`, on the same file system, to `name` here.
  ///
  /// - Throws: `RunError` with the system's reason.
  func take(_ name: String, from source: FolderHandle) throws(RunError) {
    errno = 0
    let result = inParent(of: name, makes: true) { folder, last in
      source.inParent(of: name) { renameat($0, $1, folder, last) } ?? -1
    }
    guard result == 0 else {
      throw RunError("cannot write \(path)/\(name): \(String(cString: strerror(errno)))")
    }
  }

  /// Flushes the folder's names to disk.
  func flush() { fsync(descriptor) }

  /// The names in the folder, or in the folder `name` of it.
  func names(in name: String = ".") -> [String] {
    guard
      let inner = inParent(
        of: name, { openat($0, $1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }),
      inner >= 0, let stream = fdopendir(inner)
    else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
