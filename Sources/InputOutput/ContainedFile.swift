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
    guard let home = realPath(folder), let target = realPath(path) else {
      throw InputError(path, "is a symbolic link to nothing")
    }
    guard target.hasPrefix(home == "/" ? home : home + "/") else {
      throw InputError(
        path, "is a symbolic link that leads out of the folder, files inside it are expected")
    }
    return path
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
