/// Paths of folders as the user gave them.
public enum FolderPath {
  /// `path` without slashes that are doubled or at its end, and without `.` components between others.
  ///
  /// A `~` is a name like any other: shells expand it before a program sees it.
  public static func plain(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    let joined = parts.joined(separator: "/")
    if path.hasPrefix("/") { return "/" + joined }
    return joined.isEmpty && !path.isEmpty ? "." : joined
  }
}
