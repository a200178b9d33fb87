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

  /// The names of the YAML files in the folder called `name`, sorted; none where there is no such folder.
  public static func yamlNames(in name: String) -> [String] {
    guard let folder = folder(name),
      let files = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return [] }
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The running program. Its first argument is not its path if a shell found it through `PATH`.
  public static var executable: URL {
    #if os(Linux)
      let link = "/proc/self/exe"
      if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: link) {
        return URL(filePath: path)
      }
    #endif
    let path = Bundle.main.executablePath ?? CommandLine.arguments.first ?? "."
    return URL(filePath: path).resolvingSymlinksInPath()
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
