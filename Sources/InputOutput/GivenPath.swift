import Foundation

/// Paths that a user gave, as files keep them.
public enum GivenPath {
  /// The absolute path of the file or folder that `text` names from the current folder; `text` itself where it is
  /// absolute, names nothing, or is a plain name, without slash and dot, that may be one of a library.
  ///
  /// A run file with such values repeats the run from any folder.
  public static func absolute(_ text: String) -> String {
    guard !text.hasPrefix("/"), !text.isEmpty, text.utf8.count < Int(PATH_MAX),
      text.contains("/") || text.contains("."),
      FileManager.default.fileExists(atPath: text)
    else { return text }
    let folder = FileManager.default.currentDirectoryPath
    return URL(filePath: "\(folder)/\(text)").standardizedFileURL.path
  }
}
