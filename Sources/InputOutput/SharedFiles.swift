import Foundation

/// Where the data folders that come with Ohmweave are: `device-models`, `circuits`, `Examples`.
public enum SharedFiles {
  /// The folder called `name`, or `nil` where there is none.
  ///
  /// Looked for in `$OHMWEAVE_HOME`, then beside the executable and in the folders above it, then in
  /// the current folder and the folders above it.
  public static func folder(_ name: String) -> String? {
    var roots: [URL] = []
    if let home = ProcessInfo.processInfo.environment["OHMWEAVE_HOME"] {
      roots.append(URL(filePath: home))
    }
    let executable = URL(filePath: CommandLine.arguments.first ?? ".").resolvingSymlinksInPath()
    roots += ancestors(of: executable.deletingLastPathComponent())
    roots += ancestors(of: URL(filePath: FileManager.default.currentDirectoryPath))
    for root in roots {
      let candidate = root.appending(path: name).path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder),
        isFolder.boolValue
      {
        return candidate
      }
    }
    return nil
  }

  private static func ancestors(of start: URL) -> [URL] {
    var list: [URL] = []
    var folder = start.standardizedFileURL
    for _ in 0..<12 {
      list.append(folder)
      let above = folder.deletingLastPathComponent().standardizedFileURL
      if above.path == folder.path { break }
      folder = above
    }
    return list
  }
}
