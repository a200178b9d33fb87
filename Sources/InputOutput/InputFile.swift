import Foundation

/// Reads whole files with a limit on their size.
public enum InputFile {
  /// The bytes of the file at `path`.
  ///
  /// - Parameter limit: the largest size accepted, in bytes (4 GiB unless said otherwise).
  /// - Throws: `InputError` where the file is missing, is a folder, a pipe or a device, cannot be read or is
  ///   too large.
  public static func bytes(of path: String, limit: Int = 4 << 30) throws(InputError) -> Data {
    try checkPath(path)
    // Without waiting: a pipe without a writer would never open.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = errno
      throw InputError(
        path,
        reason == ENOENT || reason == ENOTDIR
          ? "no such file" : "cannot be read: \(String(cString: strerror(reason)))")
    }
    defer { close(descriptor) }
    return try bytes(of: descriptor, path: path, limit: limit)
  }

  /// - Throws: `InputError` where `path` holds a NUL character, at which the system would end it and open
  ///   another file.
  public static func checkPath(_ path: String) throws(InputError) {
    guard !path.utf8.contains(0) else {
      throw InputError(path, "holds a NUL character, which no path can have")
    }
    guard path.utf8.count < Int(PATH_MAX) else {
      throw InputError(
        String(path.prefix(40)) + "…",
        "is a path of \(path.utf8.count) bytes, the system allows \(PATH_MAX - 1)")
    }
    for name in path.split(separator: "/") where name.utf8.count > 255 {
      throw InputError(
        String(path.prefix(40)) + "…",
        "has a name of \(name.utf8.count) bytes, the system allows 255")
    }
  }

  /// The bytes of the open file `descriptor`, which messages call `path`; see `bytes(of:limit:)`.
  ///
  /// They are read, not mapped: a mapped file that another program shortens ends the process.
  package static func bytes(
    of descriptor: Int32, path: String, limit: Int
  ) throws(InputError) -> Data {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw InputError(path, "cannot be read: \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw InputError(path, "is a folder, a file was expected")
    default: throw InputError(path, "is a pipe, a socket or a device, a regular file is expected")
    }
    let size = Int(status.st_size)
    guard size <= limit else {
      throw InputError(path, "has \(size) bytes, at most \(limit) are accepted")
    }
    guard size > 0 else { return Data() }
    guard let memory = malloc(size) else {
      throw InputError(path, "has \(size) bytes, more than there is memory for")
    }
    var count = 0
    while count < size {
      let n = read(descriptor, memory + count, size - count)
      if n == 0 { break }
      if n > 0 {
        count += n
      } else if errno != EINTR {
        let reason = errno
        free(memory)
        throw InputError(path, "cannot be read: \(String(cString: strerror(reason)))")
      }
    }
    return Data(bytesNoCopy: memory, count: count, deallocator: .free)
  }

  /// The text of the file at `path`, which must be UTF-8.
  public static func text(of path: String, limit: Int = 64 << 20) throws(InputError) -> String {
    try utf8(try bytes(of: path, limit: limit), source: path)
  }

  /// The text that `data` is, the content of the file `source`.
  /// - Throws: `InputError` where it is not UTF-8; it says what the file is where its first bytes do.
  public static func utf8(_ data: Data, source: String) throws(InputError) -> String {
    if let fault = FileKind.mismatch(
      data, source: source, expected: "UTF-8 text", allowed: [.text])
    {
      throw fault
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw InputError(source, "is not UTF-8 text")
    }
    return text
  }
}
