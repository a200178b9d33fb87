import Foundation

extension InputFile {
  /// The path of the file `name` in `folder`, whose links lead to a file inside `folder`; `nil` where
  /// there is nothing of that name.
  ///
  /// For folders of unknown origin: a link such as `metrics.csv → /etc/passwd` is rejected.
  /// - Throws: `InputError` where a link leads out of the folder, or to nothing.
  public static func path(of name: String, inside folder: String) throws(InputError) -> String? {
    let path = "\(folder)/\(name)"
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    guard let isInside = isInside(path, folder: folder) else {
      throw InputError(path, "is a symbolic link to nothing")
    }
    guard isInside else {
      throw InputError(
        path, "is a symbolic link that leads out of the folder, files inside it are expected")
    }
    return path
  }

  /// Whether `path` leads to a place inside `folder`, all links resolved; `nil` where one of them leads to nothing.
  public static func isInside(_ path: String, folder: String) -> Bool? {
    guard let home = realPath(folder), let target = realPath(path) else { return nil }
    return target.hasPrefix(home == "/" ? home : home + "/")
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
