import Foundation
import InputOutput

/// Files below a folder that is held open: all are reached from its descriptor, so that another folder or
/// a link in its old place receives nothing.
extension FolderHandle {
  /// Opens the folder `name`, which is made where it is missing.
  ///
  /// - Throws: `RunError` where it cannot be made, or is a link or a file.
  @discardableResult
  package func makeFolder(_ name: String) throws(RunError) -> FolderHandle {
    errno = 0
    let opened = inParent(of: name, makes: true) { folder, last in
      mkdirat(folder, last, 0o777) == 0 || errno == EEXIST
        ? openat(folder, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1
    }
    guard let opened, opened >= 0 else {
      throw AtomicFile.failure("make the folder", "\(path)/\(name)")
    }
    return FolderHandle(opened, path: "\(path)/\(name)")
  }

  /// The text of the file `name`, or `nil` where there is none.
  ///
  /// - Throws: `InputError` where it is not a regular file of at most `limit` bytes of UTF-8.
  package func text(of name: String, limit: Int) throws(InputError) -> String? {
    let path = "\(path)/\(name)"
    let opened = inParent(of: name) { folder, last -> Int32 in
      let file = openat(folder, last, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)
      return file < 0 ? -errno : file
    }
    guard let opened, opened != -ENOENT else { return nil }
    guard opened >= 0 else {
      throw InputError(
        path,
        opened == -ELOOP
          ? "is not a regular file, one in the folder itself is expected"
          : "cannot be read: \(String(cString: strerror(-opened)))")
    }
    defer { close(opened) }
    let bytes = try InputFile.bytes(of: opened, path: path, limit: limit)
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw InputError(path, "is not UTF-8 text")
    }
    return text
  }

  /// Writes `bytes` to the file `name`, whole or not at all; folders on the way to it are made, the folder
  /// itself is not.
  ///
  /// - Throws: `RunError` with the system's reason.
  package func write(_ bytes: some Collection<UInt8>, to name: String) throws(RunError) {
    let path = "\(path)/\(name)"
    errno = 0
    let result = inParent(of: name, makes: true) { folder, last -> RunError? in
      do throws(RunError) {
        let file = try OutputFile(last, in: folder, path: path)
        try file.write(bytes)
        try file.finish()
        return nil
      } catch { return error }
    }
    guard let result else { throw AtomicFile.failure("write", path) }
    if let error = result { throw error }
  }

  /// Appends `line` to the file `name` in one write, behind a line that a full disk cut off.
  ///
  /// - Parameters:
  ///   - makes: whether a missing file is made.
  ///   - flushes: whether the file is flushed to disk.
  /// - Throws: `RunError` with the system's reason.
  package func append(
    _ line: String, to name: String, makes: Bool = false, flushes: Bool = true
  ) throws(RunError) {
    errno = 0
    let isWritten = inParent(of: name) { folder, last -> Bool in
      let flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (makes ? O_CREAT : 0)
      let file = openat(folder, last, flags, 0o644)
      guard file >= 0 else { return false }
      defer { close(file) }
      var end = UInt8(ascii: "\n")
      let size = lseek(file, 0, SEEK_END)
      if size > 0 { pread(file, &end, 1, size - 1) }
      let bytes = Array(((end == UInt8(ascii: "\n") ? "" : "\n") + line).utf8)
      return bytes.withUnsafeBytes { writeAll($0, to: file) } && (!flushes || fsync(file) == 0)
    }
    guard isWritten == true else { throw AtomicFile.failure("write", "\(path)/\(name)") }
  }

  /// Makes the file `name` with the content `text`, unless it is there: several processes may try at once.
  ///
  /// - Throws: `RunError` with the system's reason.
  func create(_ name: String, _ text: String) throws(RunError) {
    let temporary = AtomicFile.temporaryName(of: name)
    defer { remove(temporary) }
    try append(text, to: temporary, makes: true)
    errno = 0
    let isMade = inParent(of: name) { folder, last in
      linkat(folder, temporary, folder, last, 0) == 0 || errno == EEXIST
    }
    guard isMade == true else { throw AtomicFile.failure("write", "\(path)/\(name)") }
  }

  /// Removes `name` with all that is in it; links are removed, not followed.
  func removeTree(_ name: String) {
    if kind(of: name) == .folder {
      for inner in names(in: name) { removeTree("\(name)/\(inner)") }
      removeEmptyFolder(name)
    } else {
      _ = inParent(of: name) { unlinkat($0, $1, 0) }
    }
  }
}
