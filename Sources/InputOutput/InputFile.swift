import Foundation

/// Reads whole files with a limit on their size.
public enum InputFile {
  /// The bytes of the file at `path`.
  ///
  /// - Parameter limit: the largest size accepted, in bytes (4 GiB unless said otherwise).
  /// - Throws: `InputError` where the file is missing, is a folder, a pipe or a device, cannot be read or is
  ///   too large.
  public static func bytes(of path: String, limit: Int = 4 << 30) throws(InputError) -> Data {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw InputError(path, "no such file")
    }
    guard !isFolder.boolValue else { throw InputError(path, "is a folder, a file was expected") }
    // A pipe without a writer never ends, a device never stops.
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw InputError(path, "cannot be read: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw InputError(path, "is a pipe, a socket or a device, a regular file is expected")
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
    guard size <= limit else {
      throw InputError(path, "has \(size) bytes, at most \(limit) are accepted")
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw InputError(path, "cannot be read: \(error.localizedDescription)")
    }
  }

  /// The text of the file at `path`, which must be UTF-8.
  public static func text(of path: String, limit: Int = 64 << 20) throws(InputError) -> String {
    guard let text = String(data: try bytes(of: path, limit: limit), encoding: .utf8) else {
      throw InputError(path, "is not UTF-8 text")
    }
    return text
  }
}
