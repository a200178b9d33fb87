import Foundation

/// Writes whole files so that a reader sees the old content or the new, never a part.
public enum AtomicFile {
  /// Writes `bytes` to a temporary file beside `path`, flushes it to disk and renames it over `path`.
  ///
  /// Missing folders on the way are made.
  /// - Throws: `RunError` with the system's reason.
  public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(RunError) {
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try makeFolder(folder) }
    let temporary = "\(path)\(mark)\(getpid())-\(UInt32.random(in: 0...(.max)))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    guard descriptor >= 0 else { throw failure("write", path) }
    var done = false
    defer { if !done { unlink(temporary) } }
    let contiguous = ContiguousArray(bytes)
    let written = contiguous.withUnsafeBytes { buffer -> Bool in
      var offset = 0
      while offset < buffer.count {
        let n = Foundation.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
        if n < 0 {
          if errno == EINTR { continue }
          return false
        }
        offset += n
      }
      return fsync(descriptor) == 0
    }
    let reason = errno
    guard close(descriptor) == 0, written else {
      errno = reason
      throw failure("write", path)
    }
    guard rename(temporary, path) == 0 else { throw failure("write", path) }
    done = true
  }

  private static let mark = ".tmp-"

  /// Whether `name` is that of a temporary file, which a killed program may leave.
  public static func isTemporary(_ name: String) -> Bool {
    guard let place = name.range(of: mark, options: .backwards) else { return false }
    let numbers = name[place.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2 && numbers.allSatisfy { UInt32($0) != nil }
  }

  /// Writes `text` as UTF-8; see `write(_:to:)`.
  public static func write(_ text: String, to path: String) throws(RunError) {
    try write(Array(text.utf8), to: path)
  }

  /// Makes `folder` and the folders above it where they are missing.
  public static func makeFolder(_ folder: String) throws(RunError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError("cannot make the folder \(folder): \(error.localizedDescription)")
    }
  }

  private static func failure(_ verb: String, _ path: String) -> RunError {
    RunError("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}
