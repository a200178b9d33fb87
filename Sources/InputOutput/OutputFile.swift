import Foundation

/// What stands at a path that is to be written.
public enum OutputTarget: Sendable, Hashable {
  /// A regular file, or nothing yet: replaced as a whole.
  case file(exists: Bool)
  /// A character device or a FIFO, or with a number one of the process's open files: written directly.
  case stream(descriptor: Int32?)

  /// Why a path cannot be written.
  public struct Fault: Error {
    /// A part of a sentence whose subject is the path.
    public let problem: String
  }

  /// - Throws: what makes `path` unfit: a NUL character; folders, links, sockets and block devices are
  ///   never replaced.
  public init(_ path: String) throws(Fault) {
    guard !path.utf8.contains(0) else {
      throw Fault(problem: "holds a NUL character, which no path can have")
    }
    if let descriptor = Self.descriptor(named: path) {
      self = .stream(descriptor: descriptor)
      return
    }
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else {
        throw Fault(problem: "cannot be written: \(String(cString: strerror(errno)))")
      }
      self = .file(exists: false)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file(exists: true)
    case S_IFCHR, S_IFIFO: self = .stream(descriptor: nil)
    case S_IFDIR: throw Fault(problem: "is a folder, a file is expected")
    case S_IFLNK:
      throw Fault(problem: "is a symbolic link, which is not replaced: name the file itself")
    default: throw Fault(problem: "is a socket or a block device, a file is expected")
    }
  }

  /// Whether `path` is written directly, so that a line that follows the content would be part of it.
  public static func isStream(_ path: String) -> Bool {
    guard case .stream = try? OutputTarget(path) else { return false }
    return true
  }

  /// The open file that `path` stands for: "/dev/stdout", "/dev/fd/3".
  private static func descriptor(named path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
        return Int32(path.dropFirst(folder.count))
      }
      return nil
    }
  }
}

/// A file that is written piece by piece and takes its name when it is whole.
public final class OutputFile {
  /// What messages call the file.
  private let path: String
  /// The open folder that `name` and `temporary` are relative to; `AT_FDCWD` for the current one.
  private let folder: Int32
  private let name: String
  private let descriptor: Int32
  /// The name until the file is whole; `nil` for streams.
  private let temporary: String?
  private var buffer: [UInt8] = []
  private var isFinished = false

  /// Opens a temporary file beside `path`, or the device or FIFO that is there.
  ///
  /// Missing folders on the way are made.
  /// - Throws: `RunError` where `path` is unfit (see `OutputTarget`) or cannot be opened.
  public init(_ path: String) throws(RunError) {
    self.path = path
    folder = AT_FDCWD
    name = path
    let target: OutputTarget
    do { target = try OutputTarget(path) } catch { throw RunError("\(path) \(error.problem)") }
    switch target {
    case .stream(let open?):
      temporary = nil
      // Lines that were printed before come first.
      fflush(nil)
      descriptor = fcntl(open, F_DUPFD_CLOEXEC, 0)
    case .stream(nil):
      temporary = nil
      descriptor = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)
    case .file:
      let folder = AtomicFile.parent(of: path)
      if !folder.isEmpty { try AtomicFile.makeFolder(folder) }
      let name = AtomicFile.temporaryName(of: path)
      temporary = name
      descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    }
    guard descriptor >= 0 else { throw AtomicFile.failure("write", path) }
  }

  /// Opens a temporary file beside `name` in an open folder, where a regular file or nothing is replaced.
  ///
  /// - Parameters:
  ///   - folder: its descriptor, open as long as this value lives.
  ///   - path: what messages call the file.
  /// - Throws: `RunError` with the system's reason.
  package init(_ name: String, in folder: Int32, path: String) throws(RunError) {
    self.path = path
    self.folder = folder
    self.name = name
    let temporary = AtomicFile.temporaryName(of: name)
    self.temporary = temporary
    descriptor = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure("write", path) }
  }

  deinit {
    if isFinished { return }
    if descriptor >= 0 { close(descriptor) }
    if let temporary { unlinkat(folder, temporary, 0) }
  }

  /// Appends `bytes`.
  public func write(_ bytes: some Collection<UInt8>) throws(RunError) {
    let limit = 1 << 20
    if bytes.count >= limit {
      // Large arrays are written from where they are.
      try flush()
      let written = bytes.withContiguousStorageIfAvailable {
        writeAll(UnsafeRawBufferPointer($0), to: descriptor)
      }
      if written == false { throw AtomicFile.failure("write", path) }
      if written != nil { return }
    }
    buffer += bytes
    if buffer.count >= limit { try flush() }
  }

  /// Appends `text` as UTF-8.
  public func write(_ text: String) throws(RunError) { try write(text.utf8) }

  private func flush() throws(RunError) {
    let written = buffer.withUnsafeBytes { writeAll($0, to: descriptor) }
    guard written else { throw AtomicFile.failure("write", path) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Flushes the content to disk and gives the file its name.
  ///
  /// - Throws: `RunError` with the system's reason; nothing is left then.
  public func finish() throws(RunError) {
    precondition(!isFinished, "a file ends once")
    try flush()
    isFinished = true
    guard let temporary else {
      guard close(descriptor) == 0 else { throw AtomicFile.failure("write", path) }
      return
    }
    let isFlushed = fsync(descriptor) == 0
    let reason = errno
    guard close(descriptor) == 0, isFlushed else {
      if !isFlushed { errno = reason }
      let error = AtomicFile.failure("write", path)
      unlinkat(folder, temporary, 0)
      throw error
    }
    guard renameat(folder, temporary, folder, name) == 0 else {
      let error = AtomicFile.failure("write", path)
      unlinkat(folder, temporary, 0)
      throw error
    }
  }
}

/// Writes all of `bytes`; false where the system refuses, with the reason in `errno`.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
  var offset = 0
  while offset < bytes.count {
    let n = Foundation.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
    if n < 0 {
      if errno == EINTR { continue }
      return false
    }
    offset += n
  }
  return true
}
